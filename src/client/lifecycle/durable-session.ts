import { AsyncSubject, EMPTY, type Observable, Subscription, concat, defer, of, takeUntil, timer } from 'rxjs';
import type { RestoredSession } from '../../protocol/session-recorder.js';
import type { Restored } from '../../results.js';
import type { MqttError } from '../../errors.js';
import type { ClientContext } from '../client-context.js';
import { toMqttError } from '../connection/connection-errors.js';
import { entryOf } from '../outbox-entries.js';

/** ms after which a client closes without waiting longer for its store. */
const CLOSE_TIMEOUT = 10_000;

export interface DurableSessionConfig {
  readonly restoreClientId: (clientId: string) => void;
  /** Returns false while the client is closed or closing. */
  readonly mayOpen: () => boolean;
  /** Called when the session cannot be opened. */
  readonly onFailed: (error: MqttError) => void;
}

interface Opening {
  /** Completes when the session is restored; errors if it cannot be. */
  readonly done$: AsyncSubject<never>;
  readonly running: Subscription;
  restored?: Restored;
}

/** Opens the stored session of a client, restores it, and closes it. Without a store, all of this is nothing. Lives with the client. */
export class DurableSession {
  readonly #context: ClientContext;
  readonly #config: DurableSessionConfig;

  // lives from one opening to the next close
  #opening: Opening | undefined;
  #closed$: Observable<never> = EMPTY;

  constructor(context: ClientContext, config: DurableSessionConfig) {
    this.#context = context;
    this.#config = config;
  }

  /** Opens the store, unless it is open. Completes when the session is restored; unsubscribing stops the waiting. */
  readonly opened$: Observable<never> = defer(() => {
    this.open();
    return this.#opening?.done$ ?? EMPTY;
  });

  /** Emits what the store knew, then completes. */
  readonly restored$: Observable<Restored> = concat(
    this.opened$,
    defer(() => (this.#opening?.restored === undefined ? EMPTY : of(this.#opening.restored))),
  );

  open(): void {
    const { journal, session, trampoline } = this.#context;
    if (journal === undefined || this.#opening !== undefined || !this.#config.mayOpen()) return;
    const done$ = new AsyncSubject<never>();
    const opening: Opening = { done$, running: new Subscription() };
    this.#opening = opening;
    opening.running.add(
      concat(this.#closed$, journal.open()).subscribe({
        next: restored => trampoline.within(() => (opening.restored = this.#restore(restored))),
        error: (error: unknown) => {
          done$.error(error);
          this.#config.onFailed(toMqttError(error));
        },
        complete: () => {
          session.giveUpWithdrawn();
          done$.complete();
        },
      }),
    );
  }

  /** Writes what is not durable yet and closes the store. Completes in bounded time. */
  readonly close$: Observable<never> = defer(() => {
    const { journal, scheduler } = this.#context;
    if (journal === undefined || this.#opening === undefined) return EMPTY;
    this.#opening.running.unsubscribe();
    this.#opening = undefined;
    const closed$ = new AsyncSubject<never>();
    journal
      .close()
      .pipe(takeUntil(timer(CLOSE_TIMEOUT, scheduler)))
      .subscribe(closed$);
    this.#closed$ = closed$;
    return closed$;
  });

  #restore(restored: RestoredSession): Restored {
    const { session, publisher } = this.#context;
    const { clientId, messages, received } = restored;
    const waiting = messages.filter(({ stage }) => stage === 'queued').length;
    if (clientId !== undefined) this.#config.restoreClientId(clientId);
    session.restore(restored);
    publisher.restored();
    return {
      ...(clientId === undefined ? {} : { clientId }),
      waiting,
      inFlight: messages.length - waiting,
      received: received.size,
      entries: messages.map(message => entryOf(message)),
    };
  }
}
