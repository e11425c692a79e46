import { MqttError } from '../errors.js';
import { isBytes } from '../protocol/bytes.js';
import { isMqttString, MAX_STRING_BYTES } from '../protocol/utf8.js';

/** Returns the error for a packet that has no form on the wire. */
export function unencodable(packet: string, what: string, cause?: unknown): MqttError {
  return new MqttError('INVALID_ARGUMENT', `cannot encode ${packet.toUpperCase()}: ${what}`, { cause });
}

export function requireText(packet: string, what: string, text: unknown): asserts text is string {
  if (typeof text !== 'string') throw unencodable(packet, `${what} must be a string, it is ${describe(text)}`);
  if (!isMqttString(text)) {
    const rule = `well-formed text without U+0000, at most ${MAX_STRING_BYTES} bytes as UTF-8`;
    throw unencodable(packet, `${what} must be ${rule}`);
  }
}

export function requireBytes(packet: string, what: string, bytes: unknown): asserts bytes is Uint8Array {
  if (!isBytes(bytes)) throw unencodable(packet, `${what} must be a Uint8Array, it is ${describe(bytes)}`);
  if (bytes.length > MAX_STRING_BYTES) throw unencodable(packet, `${what} is longer than ${MAX_STRING_BYTES} bytes`);
}

export function requireInteger(
  packet: string,
  what: string,
  value: unknown,
  minimum: number,
  maximum: number,
): asserts value is number {
  if (Number.isInteger(value) && (value as number) >= minimum && (value as number) <= maximum) return;
  throw unencodable(packet, `${what} must be an integer from ${minimum} to ${maximum}, it is ${describe(value)}`);
}

/** Returns numbers as they are, and only the type of any other value, which may be a secret. */
function describe(value: unknown): string {
  return typeof value === 'number' ? `${value}` : value === null ? 'null' : typeof value;
}
