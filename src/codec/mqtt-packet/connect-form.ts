import type { ConnectPacket } from '../../packets.js';
import { ByteWriter } from '../bytes/byte-writer.js';

const USER_NAME = 0x80;
const CLEAN_START = 0x02;

/**
 * Corrects the bytes of CONNECT where mqtt-packet cannot write what 5.0 allows: a password without a user name (section 3.1.2.9), and an
 * empty client identifier without Clean Start (section 3.1.3.1). mqtt-packet gets an empty user name and Clean Start instead, and this
 * function removes both from its bytes.
 */
export function finishConnect(bytes: Uint8Array, packet: ConnectPacket): Uint8Array {
  if (packet.protocolVersion < 5) return bytes;
  const body = bytes.findIndex((byte, index) => index > 0 && byte < 0x80) + 1;
  // The flags follow the protocol name, which has six bytes, and the version.
  const flags = body + 7;
  if (!packet.clean) bytes[flags]! &= ~CLEAN_START;
  if (packet.password === undefined || packet.username !== undefined) return bytes;

  bytes[flags]! &= ~USER_NAME;
  // The last fields are the empty user name, which is two bytes of length, and the password.
  const password = bytes.length - 2 - packet.password.length;
  const remaining = bytes.length - body - 2;
  const result = new ByteWriter();
  result.reserve(5 + remaining);
  result.uint8(bytes[0]!);
  result.variable(remaining);
  result.raw(bytes.subarray(body, password - 2));
  result.raw(bytes.subarray(password));
  return result.bytes.subarray(0, result.position);
}
