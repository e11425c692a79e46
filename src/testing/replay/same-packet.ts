import type { Packet, PublishPacket, SubscriptionRequest } from '../../packets.js';
import { deepEqual } from '../marbles/deep-equal.js';

/** A packet that the client sent, in the trace or in its replay. */
export interface SentPacket {
  readonly packet: Packet;
  /** ms since the start of the trace. */
  readonly frame: number;
  /** Whether the trace does not hold the payload. */
  readonly isPayloadUnknown?: boolean;
}

/**
 * Returns whether a packet of the replay is the one of the trace. Not compared is what the client chooses or counts itself: packet
 * identifiers of its own, the DUP flag, and properties.
 *
 * @param actualId - returns the packet identifier in the replay of a message of the trace.
 */
export function isSamePacket(
  { packet: recorded, isPayloadUnknown }: SentPacket,
  { packet: actual }: SentPacket,
  actualId: (id: number) => number | undefined,
): boolean {
  return (
    recorded.cmd === actual.cmd &&
    deepEqual(
      essenceOf(recorded, isPayloadUnknown, actualId),
      essenceOf(actual, isPayloadUnknown, id => id),
    )
  );
}

function essenceOf(packet: Packet, isPayloadUnknown = false, actualId: (id: number) => number | undefined): unknown {
  switch (packet.cmd) {
    case 'connect':
      return [packet.protocolVersion, packet.clientId, packet.clean];
    case 'publish':
      return [packet.topic, packet.qos, packet.retain, isPayloadUnknown ? packet.payload.length : contentOf(packet)];
    case 'subscribe':
      return packet.subscriptions.map(ofRequest);
    case 'unsubscribe':
      return packet.filters;
    case 'puback':
    case 'pubrec':
    case 'pubcomp':
      return [packet.packetId, packet.reasonCode ?? 0];
    case 'pubrel':
      return [actualId(packet.packetId), packet.reasonCode ?? 0];
    case 'disconnect':
      return packet.reasonCode ?? 0;
    default:
      return undefined;
  }
}

/** Without the class, because a Buffer is equal to a Uint8Array. */
const contentOf = ({ payload }: PublishPacket): number[] => [...payload];

const ofRequest = ({
  filter,
  qos,
  noLocal = false,
  retainAsPublished = false,
  retainHandling = 0,
}: SubscriptionRequest) => [filter, qos, noLocal, retainAsPublished, retainHandling];
