import { UINT16 } from './scalars.js';
import { kindOf } from './describe.js';
import { type Check, type Problem, expected } from './problem.js';

/** Also a Uint8Array of another realm, which is what a Buffer is under some test runners. */
export function isBytes(value: unknown): value is Uint8Array {
  return value instanceof Uint8Array || (ArrayBuffer.isView(value) && typeTag(value) === '[object Uint8Array]');
}

export function isArrayBuffer(value: unknown): value is ArrayBuffer {
  return value instanceof ArrayBuffer || typeTag(value) === '[object ArrayBuffer]';
}

/** Binary data of MQTT: its length goes in two bytes (5.0 section 1.5.6). */
export const binary: Check = value =>
  isBytes(value) ? fitting(value.byteLength) : expected('a Uint8Array', kindOf(value));

export function fitting(bytes: number): Problem | undefined {
  return bytes <= UINT16 ? undefined : expected('at most 65,535 bytes', 'more');
}

function typeTag(value: unknown): string {
  return Object.prototype.toString.call(value);
}
