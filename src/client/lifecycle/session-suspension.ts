import { Subscription, noop, skip } from 'rxjs';
import type { DurableSession } from '../../store/durable-session.js';
import type { ClientContext } from '../client-context.js';
import { isPageShown } from './page-lifecycle.js';

/**
 * Closes the store of a client while its page is hidden: a page in the back/forward cache would keep its session from all other pages, or
 * lose the lock unnoticed, as the browser decides. When the page is shown again, the session is restored, and the messages whose outcome
 * somebody waits for go on. Lives with the client.
 */
export class SessionSuspension {
  readonly #context: ClientContext;
  readonly #durable: DurableSession;
  #listening = Subscription.EMPTY;

  constructor(durable: DurableSession, context: ClientContext) {
    this.#context = context;
    this.#durable = durable;
  }

  /** Suspends and resumes the session of a client that has its store open without a connection. */
  listenWhileIdle(): void {
    const { options, trampoline } = this.#context;
    if (options.platformSignal$ === false || !this.#listening.closed) return;
    const isShown$ = isPageShown(options.platformSignal$).pipe(skip(1));
    this.#listening = isShown$.subscribe({
      next: isShown => trampoline.run(() => (isShown ? this.#resume() : this.suspend())),
      error: noop,
    });
  }

  stopListening(): void {
    this.#listening.unsubscribe();
  }

  suspend(): void {
    const { publisher, session } = this.#context;
    // what is not durable yet is written as it is now
    this.#durable.close$.subscribe();
    publisher.suspend();
    session.receiver.abandon();
    session.discard();
  }

  #resume(): void {
    this.#durable.open().subscribe({ error: noop });
  }
}
