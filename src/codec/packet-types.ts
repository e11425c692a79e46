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

export const PUBLISH = 3;
export const PUBACK = 4;
export const PUBREL = 6;
export const PUBCOMP = 7;
