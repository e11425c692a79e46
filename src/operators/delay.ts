import { MqttError } from '../errors.js';

/** ms; the longest delay of a timer. Platforms end a longer one at once. */
export const LONGEST_DELAY = 2 ** 31 - 1;

/** Throws INVALID_ARGUMENT for a delay that timers cannot measure. A delay of 0 would retry in a busy loop. */
export function assertDelay(what: string, ms: number, subject = what): void {
  if (Number.isFinite(ms) && ms >= 1 && ms <= LONGEST_DELAY) return;
  throw new MqttError('INVALID_ARGUMENT', `${what} must be a number of ms from 1 to 2,147,483,647`, { subject });
}
