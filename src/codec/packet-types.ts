import type { PacketCommand, ProtocolVersion } from '../packets.js';

export interface PacketType {
  readonly cmd: PacketCommand;
  /** As the specification writes it. */
  readonly name: string;
  /** The lower half of the first byte where it is fixed (5.0 section 2.1.3). */
  readonly flags?: number;
  /** The first version in which a server may send it; absent where only clients may. */
  readonly fromServer?: ProtocolVersion;
}

/** The packet types by their number, the upper half of the first byte (5.0 section 2.1.2). Type 0 is forbidden. */
export const packetTypes: readonly (PacketType | undefined)[] = [
  undefined,
  { cmd: 'connect', name: 'CONNECT', flags: 0 },
  { cmd: 'connack', name: 'CONNACK', flags: 0, fromServer: 3 },
  { cmd: 'publish', name: 'PUBLISH', fromServer: 3 },
  { cmd: 'puback', name: 'PUBACK', flags: 0, fromServer: 3 },
  { cmd: 'pubrec', name: 'PUBREC', flags: 0, fromServer: 3 },
  { cmd: 'pubrel', name: 'PUBREL', flags: 2, fromServer: 3 },
  { cmd: 'pubcomp', name: 'PUBCOMP', flags: 0, fromServer: 3 },
  { cmd: 'subscribe', name: 'SUBSCRIBE', flags: 2 },
  { cmd: 'suback', name: 'SUBACK', flags: 0, fromServer: 3 },
  { cmd: 'unsubscribe', name: 'UNSUBSCRIBE', flags: 2 },
  { cmd: 'unsuback', name: 'UNSUBACK', flags: 0, fromServer: 3 },
  { cmd: 'pingreq', name: 'PINGREQ', flags: 0 },
  { cmd: 'pingresp', name: 'PINGRESP', flags: 0, fromServer: 3 },
  { cmd: 'disconnect', name: 'DISCONNECT', flags: 0, fromServer: 5 },
  { cmd: 'auth', name: 'AUTH', flags: 0, fromServer: 5 },
];

/** bytes: a fixed header with a remaining length of one byte can announce so much. */
const SMALL = 2 + 0x7f;
/** bytes: room for 10,000 short properties, or for the reason codes of 65,535 filters. */
const LARGE = 0x100000;

/**
 * For each packet type how many bytes a packet of it may announce, fixed header included, before a byte of it is kept. PUBLISH has no
 * bound of its own. Without properties (3.x) only SUBACK is of no fixed length. What is small enough to be read is refused by the gate,
 * which says what is wrong.
 */
export function longestPackets(version: ProtocolVersion): Uint32Array {
  return Uint32Array.from(packetTypes, type => {
    if (type?.cmd === 'publish') return 0xffffffff;
    if (type?.cmd === 'suback') return LARGE;
    return version === 5 && type?.cmd !== 'pingresp' ? LARGE : SMALL;
  });
}

export const PUBLISH = 3;
export const PUBACK = 4;
export const PUBREL = 6;
export const PUBCOMP = 7;
