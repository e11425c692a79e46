import { Observable, type SchedulerLike, asapScheduler } from 'rxjs';
import { MqttError } from '../errors.js';
import { SessionStore } from '../store/session-store.js';
import type { StoreChange, StoredSession } from '../stored-session.js';

/** How a {@link MemoryStore} behaves. */
export interface MemoryStoreOptions {
  /** Runs what the store does. Default `asapScheduler`. */
  scheduler?: SchedulerLike;
  /** ms that opening, loading, a batch or closing takes; called for each of them. Default 0. */
  delay?: () => number;
  /** Called before each batch is written. What it throws is the error of the batch, of which nothing is written. */
  beforeWrite?: (changes: readonly StoreChange[]) => void;
}

/**
 * A store for tests, which keeps sessions in memory. It outlives the clients of a test, so that you can throw a client away with `crash()`
 * and give the store to the next one.
 */
export class MemoryStore extends SessionStore {
  readonly #options: MemoryStoreOptions;
  readonly #sessions = new Map<string, Map<string, Uint8Array>>();
  readonly #owners = new Map<string, MemorySession>();
  #crashes = 0;

  constructor(options: MemoryStoreOptions = {}) {
    super();
    this.#options = options;
  }

  open(clientId: string): Observable<StoredSession> {
    return this.#later(subscriber => {
      if (this.#owners.has(clientId)) {
        const words = `the session of '${clientId}' is open already`;
        return subscriber.error(new MqttError('STORE_IN_USE', words, { subject: clientId, retryable: true }));
      }
      const session = new MemorySession(this.entriesOf(clientId), this.#options, this.#later, () => {
        if (this.#owners.get(clientId) === session) this.#owners.delete(clientId);
      });
      this.#owners.set(clientId, session);
      subscriber.next(session);
      subscriber.complete();
    });
  }

  /** The client ids with entries. */
  get clientIds(): readonly string[] {
    return [...this.#sessions.keys()].filter(clientId => this.entriesOf(clientId).size > 0);
  }

  /** What is stored for a client id. Changing it changes the store. */
  entriesOf(clientId: string): Map<string, Uint8Array> {
    const entries = this.#sessions.get(clientId) ?? new Map<string, Uint8Array>();
    this.#sessions.set(clientId, entries);
    return entries;
  }

  /**
   * Does what the death of the process does: nothing that a client does with the store from now on has an effect, and another client may
   * open its sessions.
   *
   * @param finishes - whether a batch that is being written is still written. Default false.
   */
  crash(finishes = false): void {
    for (const session of this.#owners.values()) session.crash(finishes);
    this.#owners.clear();
    this.#crashes++;
  }

  readonly #later = <T>(
    work: (subscriber: { next(value: T): void; error(error: unknown): void; complete(): void }) => void,
  ) =>
    new Observable<T>(subscriber => {
      const { scheduler = asapScheduler, delay = () => 0 } = this.#options;
      const crashes = this.#crashes;
      return scheduler.schedule(() => {
        if (crashes === this.#crashes) work(subscriber);
      }, delay());
    });
}

class MemorySession implements StoredSession {
  readonly #entries: Map<string, Uint8Array>;
  readonly #options: MemoryStoreOptions;
  readonly #later: Later;
  readonly #release: () => void;
  #isOpen = true;
  #writing: readonly StoreChange[] | undefined;

  constructor(entries: Map<string, Uint8Array>, options: MemoryStoreOptions, later: Later, release: () => void) {
    this.#entries = entries;
    this.#options = options;
    this.#later = later;
    this.#release = release;
  }

  load(): Observable<{ key: string; value: Uint8Array }[]> {
    return this.#later(subscriber => {
      const entries = [...this.#entries].map(([key, value]) => ({ key, value: value.slice() }));
      subscriber.next(entries.sort((a, b) => (a.key < b.key ? -1 : 1)));
      subscriber.complete();
    });
  }

  write(changes: readonly StoreChange[]): Observable<never> {
    return new Observable(subscriber => {
      this.#writing = changes;
      return this.#later<never>(done => {
        this.#writing = undefined;
        if (!this.#isOpen) return done.error(new MqttError('STORE_FAILED', 'the session is closed'));
        try {
          this.#options.beforeWrite?.(changes);
        } catch (error) {
          return done.error(error);
        }
        this.#apply(changes);
        done.complete();
      }).subscribe(subscriber);
    });
  }

  close(): Observable<never> {
    return this.#later(subscriber => {
      this.#isOpen = false;
      this.#release();
      subscriber.complete();
    });
  }

  crash(finishes: boolean): void {
    this.#isOpen = false;
    if (finishes && this.#writing !== undefined) this.#apply(this.#writing);
  }

  #apply(changes: readonly StoreChange[]): void {
    for (const change of changes)
      if (change.type === 'put') this.#entries.set(change.key, change.value.slice());
      else this.#entries.delete(change.key);
  }
}

type Later = <T>(
  work: (subscriber: { next(value: T): void; error(error: unknown): void; complete(): void }) => void,
) => Observable<T>;
