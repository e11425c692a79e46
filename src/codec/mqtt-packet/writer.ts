import { writeToStream } from '#mqtt-packet';
import type { Packet as WirePacket } from 'mqtt-packet';
import type { Packet, ProtocolVersion } from '../../packets.js';
import { encodeUtf8 } from '../../protocol/utf8.js';
import { packetToWire } from './to-wire.js';
import { unencodable } from '../unencodable.js';

/** Returns the bytes of a packet for which this library has no writer of its own, written by mqtt-packet. */
export function writeSlowly(packet: Packet, version: ProtocolVersion): Uint8Array {
  const wire = packetToWire(packet, version);
  const sink = new Sink();
  try {
    writeToStream(wire as WirePacket, sink as never, { protocolVersion: version });
  } catch (error) {
    sink.destroy(error);
  }
  // mqtt-packet reports most errors by calling destroy(), and some by writing nothing.
  if (sink.error !== undefined || sink.context.length === 0) {
    const { message = 'mqtt-packet does not accept it' } = (sink.error as Error | undefined) ?? {};
    throw unencodable(packet.cmd, message, sink.error);
  }
  return join(sink.context);
}

/** The stream that mqtt-packet writes to. Without cork() it defers nothing to the next tick. */
class Sink {
  readonly context: Uint8Array[] = [];
  error: unknown;

  write(part: Uint8Array | string): boolean {
    this.context.push(typeof part === 'string' ? encodeUtf8(part) : part);
    return true;
  }

  destroy(error: unknown): void {
    this.error ??= error;
  }
}

function join(context: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(context.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of context) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
