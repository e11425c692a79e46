import { MqttError } from '../../errors.js';
import type { StoredSession } from '../../stored-session.js';
import { SessionStore } from '../session-store.js';
import { locationOf, type EmittingDatabase, type LevelDatabase } from './level-database.js';
import { LevelSession } from './level-session.js';
import { SharedDatabase } from './shared-database.js';
import { storeError, storeInUse } from './store-errors.js';
import { isSharedBetweenPages, takeWebLock, type ReleaseLock } from './web-lock.js';

/** Options of {@link levelStore}. */
export interface LevelStoreOptions {
  /**
   * Whether each batch waits until the disk has it. Default false: a batch is durable when the operating system has it, so it survives the
   * death of the process, and a crash of the system or a power loss can take the last batches. With true it survives these, too, and each
   * batch costs a write of the disk. Only `classic-level` knows this option; IndexedDB decides by itself.
   */
  readonly sync?: boolean;
  /** What the keys of all sessions begin with, so that a database can hold other entries, too. Default `'rxjs-mqtt'`. */
  readonly prefix?: string;
}

/**
 * Returns a store that keeps sessions in a database of [abstract-level](https://www.npmjs.com/package/abstract-level) 3: `classic-level`
 * (LevelDB) in Node, `browser-level` (IndexedDB) in browsers, `memory-level` in tests. Install the one that you use.
 *
 * ```ts
 * const store = levelStore(new ClassicLevel('./outbox'));
 * ```
 *
 * **Opening and closing.** The store opens the database when a client opens its session, and closes it with the last session. If the
 * database is open when you call `levelStore()`, because you have awaited `db.open()` or anything else since you made it, it stays open, and you
 * close it after the clients.
 *
 * **Failed writes.** A write fails as a whole with `STORE_FAILED`. After a failed write, LevelDB accepts further writes and loses them when the
 * process ends, so the store closes the database and opens it again before the next one. This closes iterators and sublevels of yours, so
 * give the store a database of its own. A database that you have closed stays closed: writes error until you open it.
 *
 * **Several clients.** Sessions of different client ids, and stores with different values of `prefix`, share a database without touching each
 * other.
 *
 * **One owner.** A session that is open cannot be opened again: `STORE_IN_USE`. LevelDB allows one process for a database. In browsers, the store
 * holds a Web Lock for each session, which the browser gives back when the page dies. Pages without Web Locks (neither https nor localhost)
 * get `NOT_SUPPORTED`. Databases that several processes may open at the same time, such as `rave-level` and `many-level`, do not fit.
 *
 * @throws MqttError `INVALID_ARGUMENT` if `db` is not a database of abstract-level 3.
 */
export function levelStore(db: LevelDatabase, options: LevelStoreOptions = {}): SessionStore {
  return new LevelStore(db, options);
}

class LevelStore extends SessionStore {
  readonly #db: LevelDatabase;
  readonly #shared: SharedDatabase;
  readonly #sync: boolean;
  readonly #prefix: string;

  constructor(db: LevelDatabase, { sync = false, prefix = 'rxjs-mqtt' }: LevelStoreOptions) {
    super();
    checkDatabase(db);
    this.#db = db;
    this.#shared = SharedDatabase.of(db);
    this.#sync = sync;
    this.#prefix = prefix;
  }

  async open(clientId: string): Promise<StoredSession> {
    const [db, shared] = [this.#db, this.#shared];
    const base = `${escape(this.#prefix)}!${escape(clientId)}!`;
    const owner = db.prefixKey(base, 'utf8');
    if (!shared.claim(owner)) throw storeInUse(clientId, 'another client of this process');
    let releaseLock: ReleaseLock | undefined;
    let isOwner = true;
    const onClose = async () => {
      try {
        await shared.release(owner);
      } finally {
        await releaseLock?.();
      }
    };
    try {
      if (isSharedBetweenPages(db)) {
        releaseLock = await takeWebLock(`rxjs-mqtt:${locationOf(db)}:${owner}`, () => (isOwner = false));
        if (releaseLock === undefined) throw storeInUse(clientId, 'another page');
      }
      return await LevelSession.open({ db, shared, base, clientId, sync: this.#sync, isOwner: () => isOwner, onClose });
    } catch (error) {
      await onClose().catch(() => undefined);
      throw storeError(error, 'open its database');
    }
  }
}

/** Replaces what ends a part of a key, so that no client id is the beginning of another one. */
function escape(part: string): string {
  return part.replace(/[%!]/g, character => (character === '%' ? '%25' : '%21'));
}

function checkDatabase(db: LevelDatabase): void {
  const methods = ['open', 'close', 'getMany', 'batch', 'iterator', 'prefixKey', 'on'] as const;
  const given = db as EmittingDatabase | null;
  if (typeof given === 'object' && given !== null && methods.every(name => typeof given[name] === 'function')) return;
  throw new MqttError(
    'INVALID_ARGUMENT',
    'levelStore() takes a database of abstract-level 3, such as a ClassicLevel of classic-level 3',
    { subject: 'db' },
  );
}
