import type { PacketCommand, ProtocolVersion } from '../packets.js';

export interface PacketType {
  readonly cmd: PacketCommand;
  /** The name in the specification. */
  readonly name: string;
  /** The lower half of the first byte, for packet types that fix it (5.0 section 2.1.3). */
  readonly flags: number | undefined;
  /** The first version in which a server may send it; undefined if only clients may. */
  readonly fromServer: ProtocolVersion | undefined;
}

const packetType = (cmd: PacketCommand, flags: number | undefined, fromServer?: ProtocolVersion): PacketType => ({
  cmd,
  name: cmd.toUpperCase(),
  flags,
  fromServer,
});

/** The packet types by number, which is the upper half of the first byte (5.0 section 2.1.2). Type 0 is reserved. */
export const packetTypes: readonly (PacketType | undefined)[] = [
  undefined,
  packetType('connect', 0),
  packetType('connack', 0, 3),
  packetType('publish', undefined, 3),
  packetType('puback', 0, 3),
  packetType('pubrec', 0, 3),
  packetType('pubrel', 2, 3),
  packetType('pubcomp', 0, 3),
  packetType('subscribe', 2),
  packetType('suback', 0, 3),
  packetType('unsubscribe', 2),
  packetType('unsuback', 0, 3),
  packetType('pingreq', 0),
  packetType('pingresp', 0, 3),
  packetType('disconnect', 0, 5),
  packetType('auth', 0, 5),
];

/** Bytes; the longest packet whose remaining length has one byte. */
const SMALL = 2 + 0x7f;
/** Bytes; enough for 10,000 short properties, or for the reason codes of 65,535 filters. */
const LARGE = 0x100000;

/**
 * For each version and packet type, how many bytes a packet may announce, fixed header included. It is checked before a byte of the body is
 * kept. PUBLISH has no limit of its own. Without properties (3.x) only SUBACK has a variable length. The gate refuses invalid packets
 * within these limits, and says what is wrong.
 */
export const longestPackets: Readonly<Record<ProtocolVersion, Uint32Array>> = {
  3: /* @__PURE__ */ createLongestPackets(3),
  4: /* @__PURE__ */ createLongestPackets(4),
  5: /* @__PURE__ */ createLongestPackets(5),
};

function createLongestPackets(version: ProtocolVersion): Uint32Array {
  return Uint32Array.from(packetTypes, type => {
    if (type?.cmd === 'publish') return 0xffffffff;
    if (type?.cmd === 'suback') return LARGE;
    return version === 5 && type?.cmd !== 'pingresp' ? LARGE : SMALL;
  });
}

export const CONNACK = 2;
export const PUBLISH = 3;
export const PUBACK = 4;
export const PUBREL = 6;
export const PUBCOMP = 7;
export const SUBACK = 9;
