import { type Observable, from, map, throwError } from 'rxjs';
import { MqttError } from '../../errors.js';
import { assertDelay } from '../delay.js';
import type {
  AttemptOverrides,
  BackoffOptions,
  FailoverOptions,
  ReconnectContext,
  ReconnectStrategy,
} from '../../options/reconnect-options.js';

/**
 * The default strategy: tries again with the next server in turn, after a delay that doubles from 1 s to 60 s. With full jitter, the
 * default, the delay is a random part of that. Gives up with the error after `maxRetries`.
 *
 * ![Delays of 1 s and 2 s](../../../docs/marbles/reconnect-backoff.svg)
 *
 * @throws MqttError `INVALID_ARGUMENT` for delays below 1 ms, or a factor below 1.
 */
export function exponentialBackoff(options: BackoffOptions = {}): ReconnectStrategy {
  const { initial = 1000, max = 60_000, factor = 2, jitter = 'full', maxRetries = Infinity } = options;
  assertDelay('exponentialBackoff({ initial })', initial);
  assertDelay('exponentialBackoff({ max })', max);
  if (!(factor >= 1))
    throw new MqttError('INVALID_ARGUMENT', 'exponentialBackoff({ factor }) must be a number from 1', {
      subject: 'factor',
    });
  return ({ attempt, error, verdict, random, wait }) => {
    if (verdict === 'stop' || attempt > maxRetries) return throwError(() => error);
    return wait(withJitter(backoffDelay(initial, max, factor, attempt - 1), jitter, random));
  };
}

/**
 * Tries again `ms` after every failure, without end, with the next server in turn. It has no jitter: if many clients share one broker,
 * use `exponentialBackoff()`.
 *
 * @throws MqttError `INVALID_ARGUMENT` for less than 1 ms.
 */
export function fixedDelay(ms: number): ReconnectStrategy {
  assertDelay('fixedDelay(ms)', ms);
  return ({ wait }) => wait(ms);
}

/**
 * Tries each server of a list several times before it goes to the next one, without end. At each server the delays double from
 * `minimum` to `maximum` (2, 4, 8, 16, 32, 60 s). With one server the delay stays at `maximum`.
 *
 * When a connection is lost that lasted at least `minimum` ms, but was not stable yet, the same server is tried first.
 *
 * Has no state of its own, so several clients can share it.
 *
 * ![Once more the first server, then the second](../../../docs/marbles/failover.svg)
 *
 * @throws MqttError `INVALID_ARGUMENT` for delays below 1 ms, or a minimum above the maximum.
 */
export function failover(options: FailoverOptions = {}): ReconnectStrategy {
  const { minimum = 2000, maximum = 60_000, order = 'sticky', jitter = 'full' } = options;
  assertDelay('failover({ minimum })', minimum);
  assertDelay('failover({ maximum })', maximum);
  if (minimum > maximum)
    throw new MqttError('INVALID_ARGUMENT', 'failover({ minimum }) is above its maximum', { subject: 'minimum' });
  const attemptsPerServer = 1 + Math.ceil(Math.log2(maximum / minimum));

  return ({ attempt, servers, server: lost, lastGood, connectedFor, random, wait }) => {
    const failures = attempt - 1;
    const serversTried = servers.length > 1 ? Math.floor(failures / attemptsPerServer) : 0;
    const step = failures - serversTried * attemptsPerServer;
    const delay = withJitter(backoffDelay(minimum, maximum, 2, step), jitter, random);
    const wasStable = attempt === 1 && lost === lastGood;
    // a server that accepts and closes at once does not keep its turn
    const keepsTurn = !wasStable && connectedFor >= minimum;
    const server = keepsTurn ? lost : (firstServer(order, lastGood) + serversTried) % servers.length;
    return withServer(wait(delay), server);
  };
}

/** The strategy of `reconnect: false`: gives up at the first failure. */
export const never: ReconnectStrategy = ({ error }) => throwError(() => error);

/** Returns the delay in ms with the number `step`, counted from 0, of a series that grows from `first` to `longest`. */
function backoffDelay(first: number, longest: number, factor: number, step: number): number {
  return Math.min(longest, first * factor ** step);
}

/** Full jitter takes a random part of a delay, so that many clients do not reconnect at the same moment. */
const withJitter = (ms: number, jitter: 'full' | 'none', random: () => number): number =>
  jitter === 'full' ? Math.round(random() * ms) : ms;

function firstServer(order: NonNullable<FailoverOptions['order']>, lastGood: number | undefined): number {
  if (lastGood === undefined || order === 'priority') return 0;
  return order === 'rotate' ? lastGood + 1 : lastGood;
}

function withServer(delay$: ReturnType<ReconnectContext['wait']>, server: number): Observable<AttemptOverrides> {
  return from(delay$).pipe(map(() => ({ server })));
}
