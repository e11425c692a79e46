import { AsyncSubject, EMPTY, type Observable, Subscription, concat, defer, of, takeUntil, timer } from 'rxjs';
import type { SchedulerLike } from 'rxjs';
import type { MqttError } from '../errors.js';
import type { RestoredSession } from '../protocol/session-recorder.js';
import type { Restored } from '../results.js';
import type { Journal } from './journal.js';
import { storeFailed } from './store-errors.js';

/** ms after which a client closes without waiting longer for its store. */
const CLOSE_TIMEOUT = 10_000;

/** What a client gives to its durable session. */
export interface DurableSessionConfig {
  readonly scheduler: SchedulerLike;
  /** Runs a task at once. What it starts waits until it has returned. */
  readonly run: (task: () => void) => void;
  /** Returns false while the client is closed or closing. */
  readonly mayOpen: () => boolean;
  /** Called when the store begins to open. */
  readonly onOpening: () => void;
  /** Takes over what the store knew. */
  readonly restore: (restored: RestoredSession) => Restored;
  /** Called when the session is restored. */
  readonly onRestored: () => void;
  /** Called before the store closes: what settles from then on would stay in it. */
  readonly onClosing: () => void;
  /** Called when the session cannot be opened. */
  readonly onFailed: (error: MqttError) => void;
}

interface Opening {
  /** Completes when the session is restored; errors if it cannot be. */
  readonly done$: AsyncSubject<never>;
  readonly running: Subscription;
  restored?: Restored;
}

/** Opens the stored session of a client, has it restored, and closes it. Lives with the client. */
export class DurableSession {
  readonly #journal: Journal;
  readonly #config: DurableSessionConfig;

  // lives from one opening to the next close
  #opening: Opening | undefined;
  /** Completes when the store is closed after the last opening. */
  #closed$: Observable<never> = EMPTY;

  constructor(journal: Journal, config: DurableSessionConfig) {
    this.#journal = journal;
    this.#config = config;
  }

  /** Opens the store, unless it is open. Completes when the session is restored; unsubscribing stops the waiting. */
  readonly opened$: Observable<never> = defer(() => this.open());

  /** Emits what the store knew, then completes. */
  readonly restored$: Observable<Restored> = concat(
    this.opened$,
    defer(() => (this.#opening?.restored === undefined ? EMPTY : of(this.#opening.restored))),
  );

  /** Opens the store, unless it is open. What it returns completes when the session is restored, and errors if it cannot be. */
  open(): Observable<never> {
    const { mayOpen, run, onOpening, restore, onRestored, onFailed } = this.#config;
    if (this.#opening !== undefined) return this.#opening.done$;
    if (!mayOpen()) return EMPTY;
    const done$ = new AsyncSubject<never>();
    const opening: Opening = { done$, running: new Subscription() };
    this.#opening = opening;
    onOpening();
    opening.running.add(
      concat(this.#closed$, this.#journal.open()).subscribe({
        next: restored => run(() => (opening.restored = restore(restored))),
        error: (cause: unknown) => {
          const error = storeFailed('cannot be opened', cause);
          done$.error(error);
          onFailed(error);
        },
        complete: () =>
          run(() => {
            onRestored();
            done$.complete();
          }),
      }),
    );
    return done$;
  }

  /** Writes what is not durable yet and closes the store. Completes in bounded time. */
  readonly close$: Observable<never> = defer(() => {
    if (this.#opening === undefined) return this.#closed$;
    this.#opening.running.unsubscribe();
    this.#opening = undefined;
    const closed$ = new AsyncSubject<never>();
    this.#config.onClosing();
    this.#journal.close().subscribe(closed$);
    this.#closed$ = closed$;
    return closed$.pipe(takeUntil(timer(CLOSE_TIMEOUT, this.#config.scheduler)));
  });
}
