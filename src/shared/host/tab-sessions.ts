import { type SchedulerLike, Subscription } from 'rxjs';
import type { ConnectPacket } from '../../packets.js';
import { SESSION_EXPIRY } from './connack.js';
import type { HostContext } from './host-context.js';
import { TabSession } from './tab-session.js';

interface Entry {
  readonly session: TabSession;
  /** Whether the tab is there. */
  isLive: boolean;
  expiry: Subscription;
}

/** The sessions of the tabs, by client identifier. That of a tab which is gone stays for a while, so that it publishes nothing twice. */
export class TabSessions {
  readonly #scheduler: SchedulerLike;
  readonly #context: HostContext;
  readonly #byClient = new Map<string, Entry>();

  constructor(scheduler: SchedulerLike, context: HostContext) {
    this.#scheduler = scheduler;
    this.#context = context;
  }

  of(clientId: string): TabSession | undefined {
    return this.#byClient.get(clientId)?.session;
  }

  /** Returns the session of a tab that connects: the present one, or a new one (5.0 section 3.1.2.4). */
  begin({ clientId, clean }: ConnectPacket): { readonly session: TabSession; readonly isPresent: boolean } {
    const known = this.#byClient.get(clientId);
    known?.expiry.unsubscribe();
    if (known !== undefined && !clean) {
      known.isLive = true;
      return { session: known.session, isPresent: true };
    }
    const session = new TabSession(this.#context);
    this.#byClient.set(clientId, { session, isLive: true, expiry: Subscription.EMPTY });
    return { session, isPresent: false };
  }

  /** Records that a tab is gone. */
  end(session: TabSession): void {
    for (const [clientId, entry] of this.#byClient) {
      if (entry.session !== session) continue;
      entry.isLive = false;
      entry.expiry = this.#scheduler.schedule(() => this.#byClient.delete(clientId), SESSION_EXPIRY * 1000);
    }
  }

  /** Forgets the tabs that are gone. */
  close(): void {
    for (const { expiry } of this.#byClient.values()) expiry.unsubscribe();
    this.#byClient.clear();
  }

  /** Whether it is true of the session of any tab that is there. */
  some(predicate: (session: TabSession) => boolean): boolean {
    for (const { session, isLive } of this.#byClient.values()) if (isLive && predicate(session)) return true;
    return false;
  }

  /** @param sessionPresent - whether the broker sends messages again that were not acknowledged on the connection before. */
  onConnected(sessionPresent: boolean): void {
    for (const { session } of this.#byClient.values())
      if (sessionPresent) session.dropStale();
      else session.forgetTopics();
  }
}
