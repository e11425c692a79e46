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

/** ms */
const SHORTEST_WAIT = 1_000;

/** Of servers it knows nothing. */
const unreachable = { servers: [], server: 0, lastGood: undefined };

export interface ReconnectConfig {
  readonly strategy: ReconnectStrategy;
  /** ms that a connection must have held for the attempts to count from 1 again. */
  readonly stableAfter: number;
  readonly scheduler: SchedulerLike;
  readonly random: () => number;
  /** Ends what `wait(ms)` waits for. */
  readonly hurry$?: Observable<unknown>;
  /** Called when the strategy has been asked, before its answer is awaited; `delay` is in ms, 0 when it announced none. */
  readonly waiting: (attempt: number, delay: number, error: MqttError) => void;
  /** Called before each further attempt. */
  readonly retrying: (attempt: number, overrides: AttemptOverrides) => void;
}

/**
 * Subscribes to its source, one connection from attempt to loss, again and again as the strategy decides: when that emits, try
 * again; when it completes, complete; when it errors, error with that.
 *
 * Its source errors with MqttErrors only. Attempts count from 1 again only after a connection that held, so that a broker which accepts and hangs up is not hammered.
 */
export function reconnect<T>(config: ReconnectConfig): MonoTypeOperatorFunction<T> {
  const { scheduler, random, hurry$ = NEVER } = config;
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
          // however often it is hurried, there is a pause between two attempts
          const hurried$ = combineLatest([hurry$, timer(SHORTEST_WAIT, scheduler)]);
          return race(timer(ms, scheduler), hurried$).pipe(
            take(1),
            map(() => undefined),
          );
        };
        return new Observable<void>(again => {
          const verdict = error.retryable ? 'retry' : 'stop';
          const loss = { attempt, error, verdict, connectedFor, scheduler, random, wait, ...unreachable } as const;
          const decision$ = from(config.strategy(loss));
          // a strategy that gives up at once was never waited for
          let waited = false;
          const waiting = () => {
            if (!waited) config.waiting(attempt, delay, error);
            waited = true;
          };
          const decided = decision$.subscribe({
            next: overrides => {
              // the first answer counts, also of a strategy that gives all of its answers at once
              if (again.closed) return;
              waiting();
              try {
                config.retrying(attempt + 1, overrides ?? {});
              } catch (cause) {
                return again.error(cause); // what a strategy asked for and cannot be had is its end
              }
              again.next();
            },
            error: (cause: unknown) => again.error(cause),
            complete: () => again.complete(),
          });
          again.add(decided);
          if (!again.closed) waiting();
        });
      };

      return connection$.pipe(
        tap(() => (connectedAt ??= scheduler.now())),
        retry({ delay: decide }),
      );
    });
}
