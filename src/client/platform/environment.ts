/** What the client takes from the platform without an option: random numbers, the monotonic clock and the console. */

import { asyncScheduler } from 'rxjs';
import { reportUnhandled } from '../trampoline.js';

export const random: () => number = Math.random;

/** Returns the ms of a clock that is never set, since an arbitrary moment. Undefined if the platform has none. */
export const monotonicTime = (): number | undefined =>
  (globalThis as { performance?: { now?(): number } }).performance?.now?.();

/** Runs a task in a later turn of the event loop, as early as the platform can, but after the timers and I/O that are due. */
export function runInNextTurn(task: () => void): void {
  const { setImmediate, MessageChannel } = globalThis as Partial<typeof globalThis>;
  if (setImmediate !== undefined) setImmediate(task);
  else if (MessageChannel === undefined) asyncScheduler.schedule(task);
  else {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close(); // an open port keeps a process alive
      task();
    };
    port2.postMessage(undefined);
  }
}

/**
 * Returns 'rxmqtt' and 16 hex digits, from a cryptographic source if the engine has one. They fit into the 23 letters and digits that every
 * server accepts [MQTT-3.1.3-5].
 */
export function randomClientId(): string {
  const { crypto } = globalThis as { crypto?: Partial<Crypto> };
  if (typeof crypto?.randomUUID === 'function') {
    // engines keep random bytes ready for UUIDs; all digits of these two groups are random
    const [first, , , , last = ''] = crypto.randomUUID().split('-');
    return `rxmqtt${first}${last.slice(0, 8)}`;
  }
  const bytes = new Uint8Array(8);
  if (typeof crypto?.getRandomValues === 'function') crypto.getRandomValues(bytes);
  else bytes.forEach((_, i) => (bytes[i] = 256 * random()));
  return `rxmqtt${Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join('')}`;
}

/** Writes a warning to the console, if the engine has one. An error of the console, as in some tests, is reported and not thrown. */
export const warnOnConsole = (text: string): void => {
  const { console } = globalThis as { console?: Partial<Console> };
  try {
    console?.warn?.(text);
  } catch (error) {
    reportUnhandled(error);
  }
};
