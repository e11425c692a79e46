import type { ReconnectStrategy } from '../reconnect-options.js';
import { assertDelay } from './delays.js';

/**
 * Tries again `ms` after every failure, for ever, with the next server in turn. Without jitter: many clients on one broker had
 * better use `exponentialBackoff()`.
 *
 * @throws MqttError `INVALID_ARGUMENT` for less than 1 ms.
 */
export function fixedDelay(ms: number): ReconnectStrategy {
  assertDelay('fixedDelay(ms)', ms);
  return ({ wait }) => wait(ms);
}
