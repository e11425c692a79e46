import { toBytes } from '../../client/payload.js';
import type { Packet, PublishPacket } from '../../packets.js';
import { encodeUtf8 } from '../../protocol/utf8.js';
import { fromBase64 } from '../../trace/base64.js';
import type { TracePacket, TracePayload } from '../../trace/trace-event.js';
import { misuse, quote } from '../marbles/failure.js';
import type { ReplayOptions } from './replay-options.js';

/** A packet of a trace, with payloads as bytes. */
export interface RecordedPacket {
  readonly packet: Packet;
  /** Whether the trace does not hold the payload, so that only its length can be compared. */
  readonly isPayloadUnknown: boolean;
  /** Identifies the correlation data of a message in this trace. */
  readonly correlation: string | undefined;
}

/** Returns the packet of an event, as the client sent or received it. */
export function recordedPacket({ packet }: TracePacket, payloadOf: ReplayOptions['payload']): RecordedPacket {
  if (packet.cmd !== 'publish')
    return { packet: packet as unknown as Packet, isPayloadUnknown: false, correlation: undefined };
  const { payload, properties = {} } = packet as unknown as { payload: TracePayload; properties?: PlainProperties };
  const { correlationData, ...rest } = properties;
  const known = bytesOf(payload);
  const topic = String(packet.topic);
  return {
    packet: {
      ...(packet as unknown as PublishPacket),
      payload: known ?? substituteFor(topic, payload, payloadOf),
      properties:
        correlationData === undefined
          ? rest
          : { ...rest, correlationData: bytesOf(correlationData) ?? filler(correlationData) },
    },
    isPayloadUnknown: known === undefined,
    correlation: correlationData && JSON.stringify(correlationData),
  };
}

interface PlainProperties {
  readonly correlationData?: TracePayload;
}

function bytesOf({ text, base64, length }: TracePayload): Uint8Array | undefined {
  if (text !== undefined) return encodeUtf8(text);
  if (length === 0) return new Uint8Array(0);
  if (base64 === undefined) return undefined;
  const bytes = fromBase64(base64);
  if (bytes === undefined) throw misuse(`the trace has a payload ${quote(base64)}, which is not base64`);
  return bytes;
}

const substituteFor = (topic: string, payload: TracePayload, payloadOf: ReplayOptions['payload']): Uint8Array =>
  payloadOf === undefined ? filler(payload) : toBytes(payloadOf(topic, payload));

/** Returns bytes of the length of a payload that is not known. Those of equal hashes are equal. */
function filler({ length, hash = '\0' }: TracePayload): Uint8Array {
  const seed = encodeUtf8(hash);
  return Uint8Array.from({ length }, (_, i) => seed[i % seed.length]!);
}
