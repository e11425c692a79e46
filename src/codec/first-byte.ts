import type { MqttError } from '../errors.js';
import type { ProtocolVersion } from '../packets.js';
import { packetTypes } from './packet-types.js';
import { hex } from '../quoted.js';
import { malformed, protocolError } from '../protocol/violations.js';

/** The flags of a legal PUBLISH: RETAIN with QoS 0, 1 and 2, and DUP with QoS 1 and 2. */
const publishFlags = [0, 1, 2, 3, 4, 5, 0xa, 0xb, 0xc, 0xd];

/** For each version, a table that says for each first byte whether a server may send it: 1 or 0. */
export const legalFirstBytes: Readonly<Record<ProtocolVersion, Uint8Array>> = {
  3: /* @__PURE__ */ createLegalFirstBytes(3),
  4: /* @__PURE__ */ createLegalFirstBytes(4),
  5: /* @__PURE__ */ createLegalFirstBytes(5),
};

function createLegalFirstBytes(version: ProtocolVersion): Uint8Array {
  const legal = new Uint8Array(256);
  packetTypes.forEach((type, number) => {
    if (type?.fromServer === undefined || type.fromServer > version) return;
    for (const flags of type.flags === undefined ? publishFlags : [type.flags]) legal[(number << 4) | flags] = 1;
  });
  // In 3.1 a resent PUBREL has the DUP flag (3.1 section 3.6).
  if (version === 3) legal[0x6a] = 1;
  return legal;
}

/** Returns the error for a first byte that a server may not send. */
export function firstByteViolation(byte: number, version: ProtocolVersion): MqttError {
  const number = byte >> 4;
  const flags = byte & 0x0f;
  const type = packetTypes[number];
  if (type === undefined || (type.cmd === 'auth' && version < 5)) {
    return malformed('packet', `packet type ${number} (first byte ${hex(byte)}) is reserved in this version of MQTT`);
  }
  if (type.fromServer === undefined || type.fromServer > version) {
    const since = type.fromServer === undefined ? '' : ' before MQTT 5.0';
    return protocolError(type.name, `only clients may send this packet${since}`);
  }
  if (type.flags !== undefined) {
    return malformed(type.name, `the flags of the fixed header must be ${hex(type.flags)}, they are ${hex(flags)}`);
  }
  return (flags & 6) === 6
    ? malformed(type.name, 'QoS 3 does not exist [MQTT-3.3.1-4]')
    : malformed(type.name, 'DUP must be 0 for QoS 0 [MQTT-3.3.1-2]');
}
