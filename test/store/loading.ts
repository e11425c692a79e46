import { type Observable, Subject, VirtualTimeScheduler, from, of, queueScheduler } from 'rxjs';
import { RestoredPublication } from '../../src/client/publishing/publication.js';
import type { MqttError } from '../../src/errors.js';
import type { JournalConfig } from '../../src/store/journal-config.js';
import { type LoadedSession, loadSession } from '../../src/store/load-session.js';
import { SessionStore, type StoreChange, type StoredSession } from '../../src/store/index.js';

/** A store of one session that does everything in the turn of the call, and fails when it is told to. */
export class SynchronousStore extends SessionStore {
  fails = false;

  constructor(readonly entries = new Map<string, Uint8Array>()) {
    super();
  }

  open(): Observable<StoredSession> {
    return of({
      load: () => {
        const all = [...this.entries].map(([key, value]) => ({ key, value }));
        return of(all.sort((a, b) => (a.key < b.key ? -1 : 1)));
      },
      write: (changes: readonly StoreChange[]) => {
        if (this.fails) throw new Error('the disk is full');
        for (const change of changes)
          if (change.type === 'put') this.entries.set(change.key, change.value);
          else this.entries.delete(change.key);
        return from([]);
      },
      close: () => from([]),
    });
  }
}

export const journalConfig = (config: Partial<JournalConfig> = {}): JournalConfig => ({
  clientId: 'me',
  scheduler: new VirtualTimeScheduler(),
  tick: queueScheduler,
  wallClock: () => 0,
  keepsQos0: false,
  createMessage: stored => new RestoredPublication(stored),
  receiptOf: () => 'none',
  spentIds: () => [],
  run: task => task(),
  onDurable: () => undefined,
  onFailed: () => undefined,
  ...config,
});

/** What is loaded from these entries, or the error. */
export function load(entries: ReadonlyMap<string, Uint8Array>, config: Partial<JournalConfig> = {}) {
  let result: { loaded?: LoadedSession; error?: MqttError } = {};
  loadSession(new SynchronousStore(new Map(entries)), journalConfig(config), new Subject()).subscribe({
    next: loaded => (result = { loaded }),
    error: (error: unknown) => (result = { error: error as MqttError }),
  });
  return result;
}
