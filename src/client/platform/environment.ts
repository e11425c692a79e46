/** What comes from outside and not from the options: chance, the monotonic clock, and the console. */

import { reportUnhandled } from '../trampoline.js';

export const random: () => number = Math.random;

/** ms since some moment, of a clock that nobody sets. Undefined where the platform has none. */
export const monotonicTime = (): number | undefined =>
  (globalThis as { performance?: { now?(): number } }).performance?.now?.();

/** 16 hex digits, from a cryptographic source where the engine has one, within the 23 letters and digits that every server takes [MQTT-3.1.3-5]. */
export function randomClientId(): string {
  const bytes = new Uint8Array(8);
  const { crypto } = globalThis as { crypto?: Partial<Crypto> };
  if (typeof crypto?.getRandomValues === 'function') crypto.getRandomValues(bytes);
  else bytes.forEach((_, i) => (bytes[i] = 256 * random()));
  return `rxmqtt${Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')}`;
}

/** For what nobody listens to. Does nothing where the engine has no console; one that throws, as those of some tests do, ends nothing. */
export const warnOnConsole = (words: string): void => {
  const { console } = globalThis as { console?: Partial<Console> };
  try {
    console?.warn?.(words);
  } catch (error) {
    reportUnhandled(error);
  }
};
