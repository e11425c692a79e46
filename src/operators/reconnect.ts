import {
  type MonoTypeOperatorFunction,
  NEVER,
  Observable,
  type SchedulerLike,
  combineLatest,
  defer,
  from,
  map,
  race,
  retry,
  take,
  tap,
  timer,
} from 'rxjs';
import type { MqttError } from '../errors.js';
import type { AttemptOverrides, ReconnectStrategy } from '../options/reconnect-options.js';

/** ms; the shortest pause between two attempts. */
const SHORTEST_WAIT = 1_000;

/** This operator has no list of servers; its caller adds one to the context of the strategy. */
const noServers = { servers: [], server: 0, lastGood: undefined };

export interface ReconnectConfig {
  readonly strategy: ReconnectStrategy;
  /** ms that a connection must have held for the attempts to count from 1 again. */
  readonly stableAfter: number;
  readonly scheduler: SchedulerLike;
  readonly random: () => number;
  /** Ends the delay of `wait(ms)` early. */
  readonly shorten$?: Observable<unknown>;
  /** Called when the strategy was called and has not decided yet. `delay` is in ms; 0 if the strategy did not call `wait(ms)`. */
  readonly onWaiting: (attempt: number, delay: number, error: MqttError) => void;
  /** Called before each further attempt. */
  readonly onRetrying: (attempt: number, overrides: AttemptOverrides) => void;
}

/**
 * Subscribes to its source again as the strategy decides; each subscription is one connection, from the attempt to the loss. When the
 * strategy emits, tries again; when it completes, completes; when it errors, errors with that.
 *
 * The source errors with MqttErrors only. Attempts count from 1 again only after a stable connection: a broker that accepts connections
 * and closes them at once must not get attempts without a delay.
 */
export function reconnect<T>(config: ReconnectConfig): MonoTypeOperatorFunction<T> {
  const { scheduler, random, shorten$ = NEVER } = config;
  return connection$ =>
    defer(() => {
      let attempt = 0;
      let connectedAt: number | undefined;

      const decide = (error: MqttError) => {
        const connectedFor = connectedAt === undefined ? 0 : scheduler.now() - connectedAt;
        const wasStable = connectedAt !== undefined && connectedFor >= config.stableAfter;
        attempt = wasStable ? 1 : attempt + 1;
        connectedAt = undefined;

        let delay = 0;
        const wait = (ms: number) => {
          delay = ms;
          // the pause between two attempts has a lower bound, however often shorten$ emits
          const shortened$ = combineLatest([shorten$, timer(SHORTEST_WAIT, scheduler)]);
          return race(timer(ms, scheduler), shortened$).pipe(
            take(1),
            map(() => undefined),
          );
        };
        return new Observable<void>(retrySubscriber => {
          const verdict = error.retryable ? 'retry' : 'stop';
          const loss = { attempt, error, verdict, connectedFor, scheduler, random, wait, ...noServers } as const;
          const decision$ = from(config.strategy(loss));
          // a strategy that gives up synchronously makes no one wait
          let isReported = false;
          const reportWaiting = () => {
            if (!isReported) config.onWaiting(attempt, delay, error);
            isReported = true;
          };
          const decision = decision$.subscribe({
            next: overrides => {
              // only the first decision counts, also if the strategy emits several synchronously
              if (retrySubscriber.closed) return;
              reportWaiting();
              try {
                config.onRetrying(attempt + 1, overrides ?? {});
              } catch (cause) {
                return retrySubscriber.error(cause); // the overrides of the strategy are invalid
              }
              retrySubscriber.next();
            },
            error: (cause: unknown) => retrySubscriber.error(cause),
            complete: () => retrySubscriber.complete(),
          });
          retrySubscriber.add(decision);
          if (!retrySubscriber.closed) reportWaiting();
        });
      };

      return connection$.pipe(
        tap(() => (connectedAt ??= scheduler.now())),
        retry({ delay: decide }),
      );
    });
}
