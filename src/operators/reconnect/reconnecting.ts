import {
  NEVER,
  type Observable,
  type Observer,
  type SchedulerLike,
  Subscription,
  type Unsubscribable,
  combineLatest,
  from,
  map,
  race,
  take,
  timer,
} from 'rxjs';
import type { MqttError } from '../../errors.js';
import type { AttemptOverrides, ReconnectStrategy } from '../../options/reconnect-options.js';

/** ms; the shortest pause between two attempts. */
const SHORTEST_WAIT = 1_000;

/** There is no list of servers here; the caller adds one to the context of the strategy. */
const noServers = { servers: [], server: 0, lastGood: undefined };

export interface ReconnectConfig<T> {
  /**
   * Makes one attempt. The observer gets the connection, and an MqttError when the attempt fails or the connection is lost. It gets nothing
   * once the attempt is unsubscribed.
   */
  attempt(observer: Observer<T>): Unsubscribable;
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
 * Makes one attempt after another as the strategy decides, and observes them; each is one connection, from the attempt to the loss. When
 * the strategy emits, tries again; when it completes, completes; when it errors, errors with that. Its observer gets all connections, and
 * nothing once this is unsubscribed.
 *
 * Attempts count from 1 again only after a stable connection: a broker that accepts connections and closes them at once must not get
 * attempts without a delay.
 */
export class Reconnecting<T> implements Observer<T>, Unsubscribable {
  readonly #config: ReconnectConfig<T>;
  readonly #observer: Observer<T>;
  #attempt = 0;
  #connectedAt: number | undefined;
  #connection: Unsubscribable = Subscription.EMPTY;
  #decision = Subscription.EMPTY;
  #isConnecting = false;
  #mustConnect = false;
  #isClosed = false;

  constructor(config: ReconnectConfig<T>, observer: Observer<T>) {
    this.#config = config;
    this.#observer = observer;
  }

  /** Makes an attempt. Attempts that fail synchronously follow each other in a loop, so that they do not deepen the stack. */
  connect(): void {
    this.#mustConnect = true;
    if (this.#isConnecting) return;
    this.#isConnecting = true;
    while (this.#mustConnect && !this.#isClosed) {
      this.#mustConnect = false;
      this.#connection.unsubscribe();
      this.#connection = this.#config.attempt(this);
    }
    this.#isConnecting = false;
    if (this.#isClosed) this.#connection.unsubscribe();
  }

  next(value: T): void {
    this.#connectedAt ??= this.#config.scheduler.now();
    if (!this.#isClosed) this.#observer.next(value);
  }

  error(error: MqttError): void {
    if (this.#isClosed) return;
    const { scheduler, stableAfter } = this.#config;
    const connectedFor = this.#connectedAt === undefined ? 0 : scheduler.now() - this.#connectedAt;
    const wasStable = this.#connectedAt !== undefined && connectedFor >= stableAfter;
    this.#attempt = wasStable ? 1 : this.#attempt + 1;
    this.#connectedAt = undefined;
    try {
      this.#decide(error, connectedFor);
    } catch (cause) {
      this.#giveUp(cause);
    }
  }

  complete(): void {
    if (this.#isClosed) return;
    this.#observer.complete();
    this.unsubscribe();
  }

  unsubscribe(): void {
    this.#isClosed = true;
    this.#decision.unsubscribe();
    this.#connection.unsubscribe();
  }

  #giveUp(reason: unknown): void {
    if (this.#isClosed) return;
    this.#observer.error(reason);
    this.unsubscribe();
  }

  #decide(error: MqttError, connectedFor: number): void {
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
    this.#decision = decision;
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
            return this.#giveUp(cause); // the overrides of the strategy are invalid
          }
          this.connect();
        },
        error: (cause: unknown) => {
          decided();
          this.#giveUp(cause);
        },
        complete: () => {
          if (isDecided) return;
          decided();
          this.complete();
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
