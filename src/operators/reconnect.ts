import {
  type MonoTypeOperatorFunction,
  NEVER,
  Observable,
  type Observer,
  type SchedulerLike,
  type Subscriber,
  Subscription,
  type Unsubscribable,
  combineLatest,
  from,
  map,
  race,
  take,
  timer,
} from 'rxjs';
import type { MqttError } from '../errors.js';
import type { AttemptOverrides, ReconnectStrategy } from '../options/reconnect-options.js';

/** ms; the shortest pause between two attempts. */
const SHORTEST_WAIT = 1_000;

/** This operator has no list of servers; its caller adds one to the context of the strategy. */
const noServers = { servers: [], server: 0, lastGood: undefined };

export interface ReconnectConfig {
  strategy(...context: Parameters<ReconnectStrategy>): ReturnType<ReconnectStrategy>;
  /** ms that a connection must have held for the attempts to count from 1 again. */
  readonly stableAfter: number;
  readonly scheduler: SchedulerLike;
  random(): number;
  /** Ends the delay of `wait(ms)` early. */
  readonly shorten$?: Observable<unknown>;
  /** Called when the strategy was called and has not decided yet. `delay` is in ms; 0 if the strategy did not call `wait(ms)`. */
  onWaiting(attempt: number, delay: number, error: MqttError): void;
  /** Called before each further attempt. */
  onRetrying(attempt: number, overrides: AttemptOverrides): void;
}

/**
 * Subscribes to its source again as the strategy decides; each subscription is one connection, from the attempt to the loss. When the
 * strategy emits, tries again; when it completes, completes; when it errors, errors with that.
 *
 * The source errors with MqttErrors only. Attempts count from 1 again only after a stable connection: a broker that accepts connections
 * and closes them at once must not get attempts without a delay.
 */
export const reconnect =
  <T>(config: ReconnectConfig): MonoTypeOperatorFunction<T> =>
  connection$ =>
    new Observable(subscriber => {
      new Reconnecting(config, connection$, subscriber).connect();
    });

/** Observes the connections, one after another. */
class Reconnecting<T> implements Observer<T>, Unsubscribable {
  readonly #config: ReconnectConfig;
  readonly #connection$: Observable<T>;
  readonly #subscriber: Subscriber<T>;
  #attempt = 0;
  #connectedAt: number | undefined;
  #connection = Subscription.EMPTY;
  #isConnecting = false;
  #mustConnect = false;

  constructor(config: ReconnectConfig, connection$: Observable<T>, subscriber: Subscriber<T>) {
    this.#config = config;
    this.#connection$ = connection$;
    this.#subscriber = subscriber;
    subscriber.add(this);
  }

  /** Subscribes again. Attempts that fail synchronously follow each other in a loop, so that they do not deepen the stack. */
  connect(): void {
    this.#mustConnect = true;
    if (this.#isConnecting) return;
    this.#isConnecting = true;
    while (this.#mustConnect && !this.#subscriber.closed) {
      this.#mustConnect = false;
      this.#connection.unsubscribe();
      this.#connection = this.#connection$.subscribe(this);
    }
    this.#isConnecting = false;
    if (this.#subscriber.closed) this.unsubscribe();
  }

  next(value: T): void {
    this.#connectedAt ??= this.#config.scheduler.now();
    this.#subscriber.next(value);
  }

  error(error: MqttError): void {
    const { scheduler, stableAfter } = this.#config;
    const connectedFor = this.#connectedAt === undefined ? 0 : scheduler.now() - this.#connectedAt;
    const wasStable = this.#connectedAt !== undefined && connectedFor >= stableAfter;
    this.#attempt = wasStable ? 1 : this.#attempt + 1;
    this.#connectedAt = undefined;
    try {
      this.#decide(error, connectedFor);
    } catch (cause) {
      this.#subscriber.error(cause);
    }
  }

  complete(): void {
    this.#subscriber.complete();
  }

  unsubscribe(): void {
    this.#connection.unsubscribe();
  }

  #decide(error: MqttError, connectedFor: number): void {
    const subscriber = this.#subscriber;
    const config = this.#config;
    const { scheduler } = config;
    const random = () => config.random();
    const attempt = this.#attempt;
    let delay = 0;
    const wait = (ms: number) => {
      delay = ms;
      return this.#wait(ms);
    };
    const verdict = error.retryable ? 'retry' : 'stop';
    const loss = { attempt, error, verdict, connectedFor, scheduler, random, wait, ...noServers } as const;
    const decision$ = from(config.strategy(loss));
    // a strategy that gives up synchronously makes no one wait
    let isReported = false;
    let isDecided = false;
    const reportWaiting = () => {
      if (!isReported) config.onWaiting(attempt, delay, error);
      isReported = true;
    };
    const decision = new Subscription();
    subscriber.add(decision);
    const decided = () => {
      isDecided = true;
      decision.unsubscribe();
    };
    decision.add(
      decision$.subscribe({
        next: overrides => {
          // only the first decision counts, also if the strategy emits several synchronously
          if (isDecided) return;
          reportWaiting();
          decided();
          try {
            config.onRetrying(attempt + 1, overrides ?? {});
          } catch (cause) {
            return subscriber.error(cause); // the overrides of the strategy are invalid
          }
          this.connect();
        },
        error: (cause: unknown) => {
          decided();
          subscriber.error(cause);
        },
        complete: () => {
          if (isDecided) return;
          decided();
          subscriber.complete();
        },
      }),
    );
    if (!isDecided) reportWaiting();
  }

  /** Emits once, after `ms` or when `shorten$` emits; never sooner than the shortest pause, however often `shorten$` emits. */
  #wait(ms: number): Observable<void> {
    const { scheduler, shorten$ = NEVER } = this.#config;
    const shortened$ = combineLatest([shorten$, timer(SHORTEST_WAIT, scheduler)]);
    return race(timer(ms, scheduler), shortened$).pipe(
      take(1),
      map(() => undefined),
    );
  }
}
