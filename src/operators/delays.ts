import { MqttError } from '../errors.js';

/** ms, the most that timers can. */
const LONGEST = 2 ** 31 - 1;

/** A delay of 0 would be a loop that never rests. */
export function assertDelay(what: string, ms: number): void {
  if (Number.isFinite(ms) && ms >= 1 && ms <= LONGEST) return;
  throw new MqttError('INVALID_ARGUMENT', `${what} must be a number of ms from 1 to 2,147,483,647`, { subject: what });
}

/** ms; the `step`th delay of a series that doubles from `first`, counted from 0, and what chance leaves of it. */
export function doubled(first: number, longest: number, step: number): number {
  return Math.min(longest, first * 2 ** step);
}

/** "Full jitter": anything from nothing to all of it, so that a thousand clients do not return as one. */
export const jittered = (ms: number, jitter: 'full' | 'none', random: () => number): number =>
  jitter === 'full' ? Math.round(random() * ms) : ms;
