import { throwError } from 'rxjs';
import type { BackoffOptions, ReconnectStrategy } from '../reconnect-options.js';
import { jittered } from './delays.js';

/**
 * The default strategy: try again, with the next server in turn, after a delay that doubles from 1 s to 60 s, of which chance takes
 * anything from nothing to all ("full jitter"). Gives up, with the error, after `maxRetries`.
 *
 * ![Delays of 1 s and 2 s](../../docs/marbles/reconnect-backoff.svg)
 */
export function exponentialBackoff(options: BackoffOptions = {}): ReconnectStrategy {
  const { initial = 1000, max = 60_000, factor = 2, jitter = 'full', maxRetries = Infinity } = options;
  return ({ attempt, error, verdict, random, wait }) => {
    if (verdict === 'stop' || attempt > maxRetries) return throwError(() => error);
    return wait(jittered(Math.min(max, initial * factor ** (attempt - 1)), jitter, random));
  };
}

/** The strategy of `reconnect: false`: the first failure is the end. */
export const never: ReconnectStrategy = ({ error }) => throwError(() => error);
