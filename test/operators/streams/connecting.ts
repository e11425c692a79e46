import { type MonoTypeOperatorFunction, NEVER, Observable, type Observer, Subject, defer } from 'rxjs';
import { type MqttErrorCode, type ReconnectStrategy, MqttError } from '../../../src/index.js';
import { type ReconnectConfig, Reconnecting } from '../../../src/operators/reconnect/reconnecting.js';
import { type FlowHelpers, inWords } from '../support.js';

export const failure = (code: MqttErrorCode = 'CONNECTION_CLOSED') => new MqttError(code, 'gone', { retryable: true });
export const closed = 'CONNECTION_CLOSED retryable';

/** Reconnects as an operator, so that marble diagrams show it. */
export const reconnect =
  <T>(config: Omit<ReconnectConfig<T>, 'attempt'>): MonoTypeOperatorFunction<T> =>
  connection$ =>
    new Observable(subscriber => {
      const attempt = (observer: Observer<T>) => connection$.subscribe(observer);
      const reconnecting = new Reconnecting({ ...config, attempt }, subscriber);
      subscriber.add(reconnecting);
      reconnecting.connect();
    });

/**
 * One connection after the other: each diagram is an attempt from its start, `c` when the broker accepts, `#` when it is over.
 * `told$` is what the one who asked is told: `wait 1 5` for attempt 1 and 5 ms, `retry 2` for the attempt that begins.
 */
export function connecting(
  { cold, clock }: FlowHelpers,
  attempts: readonly string[],
  strategy: ReconnectStrategy,
  config: Partial<ReconnectConfig<string>> = {},
) {
  const links = attempts.map(marbles => cold(marbles, undefined, failure()));
  const told$ = new Subject<string>();
  let next = 0;
  const connection$ = defer(() => links[next++] ?? NEVER).pipe(
    reconnect({
      strategy,
      stableAfter: 10,
      scheduler: clock,
      random: () => 0.5,
      onWaiting: (attempt, delay) => told$.next(`wait ${attempt} ${delay}`),
      onRetrying: (attempt, { url }) => told$.next(['retry', attempt, url].filter(Boolean).join(' ')),
      ...config,
    }),
  );
  return { connection$: inWords(connection$), links, told$ };
}

export const waitFor =
  (ms: number): ReconnectStrategy =>
  ({ wait }) =>
    wait(ms);
