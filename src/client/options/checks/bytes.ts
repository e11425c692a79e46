import { isBytes } from '../../../protocol/bytes.js';
import { UINT16 } from './scalars.js';
import { kindOf } from './describe.js';
import { type Check, type Problem, expected } from './problem.js';

/** Binary data of MQTT: its length goes in two bytes (5.0 section 1.5.6). */
export const binary: Check = value =>
  isBytes(value) ? fitting(value.byteLength) : expected('a Uint8Array', kindOf(value));

export function fitting(bytes: number): Problem | undefined {
  return bytes <= UINT16 ? undefined : expected('at most 65,535 bytes', 'more');
}
