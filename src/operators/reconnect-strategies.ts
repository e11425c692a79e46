import { throwError, type Observable, from, map } from 'rxjs';
import type {
  BackoffOptions,
  ReconnectStrategy,
  AttemptOverrides,
  FailoverOptions,
  ReconnectContext,
} from '../options/reconnect-options.js';
import { MqttError } from '../errors.js';

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

/** ms, the most that timers can. */
const LONGEST = 2 ** 31 - 1;

/** A delay of 0 would be a loop that never rests. */
export function assertDelay(what: string, ms: number): void {
  if (Number.isFinite(ms) && ms >= 1 && ms <= LONGEST) return;
  throw new MqttError('INVALID_ARGUMENT', `${what} must be a number of ms from 1 to 2,147,483,647`, { subject: what });
}

/** ms; the `step`th delay of a series that doubles from `first`, counted from 0, and what chance leaves of it. */
function doubled(first: number, longest: number, step: number): number {
  return Math.min(longest, first * 2 ** step);
}

/** "Full jitter": anything from nothing to all of it, so that a thousand clients do not return as one. */
const jittered = (ms: number, jitter: 'full' | 'none', random: () => number): number =>
  jitter === 'full' ? Math.round(random() * ms) : ms;

/**
 * Goes round a list of servers: at each the delays double from `minimum` to `maximum` (2, 4, 8, 16, 32, 60 s), then it is the next
 * one's turn, and so on round, for ever. With one server the delay stays at `maximum`.
 *
 * After the loss of a connection that did not hold, but was there for at least `minimum` ms, the same server is asked first.
 *
 * Keeps no state of its own, so several clients can share it.
 *
 * ![Once more the first server, then the second](../../docs/marbles/failover.svg)
 *
 * @throws MqttError `INVALID_ARGUMENT` for delays below 1 ms, or a minimum above the maximum.
 */
export function failover(options: FailoverOptions = {}): ReconnectStrategy {
  const { minimum = 2000, maximum = 60_000, order = 'sticky', jitter = 'full' } = options;
  assertDelay('failover({ minimum })', minimum);
  assertDelay('failover({ maximum })', maximum);
  if (minimum > maximum)
    throw new MqttError('INVALID_ARGUMENT', 'failover({ minimum }) is above its maximum', { subject: 'minimum' });
  /** The delays at one server. */
  const steps = 1 + Math.ceil(Math.log2(maximum / minimum));

  return ({ attempt, servers, server: lost, lastGood, connectedFor, random, wait }) => {
    const failed = attempt - 1;
    const turn = servers.length > 1 ? Math.floor(failed / steps) : 0;
    const delay = jittered(doubled(minimum, maximum, failed - turn * steps), jitter, random);
    const held = attempt === 1 && lost === lastGood;
    // one that accepts and hangs up at once is not stayed with
    const stays = !held && connectedFor >= minimum;
    const server = stays ? lost : (beginning(order, lastGood) + turn) % servers.length;
    return announced(wait(delay), server);
  };
}

function beginning(order: NonNullable<FailoverOptions['order']>, lastGood: number | undefined): number {
  if (lastGood === undefined || order === 'priority') return 0;
  return order === 'rotate' ? lastGood + 1 : lastGood;
}

function announced(waiting: ReturnType<ReconnectContext['wait']>, server: number): Observable<AttemptOverrides> {
  return from(waiting).pipe(map(() => ({ server })));
}
