import { createHash } from 'node:crypto';
import Database from 'libsql';
import { SessionStore, type StoreChange, type StoreEntry, type StoredSession } from './library-store.js';
import { MqttError, type MqttErrorCode } from './library.js';

const LONGEST_LIST = 1_000;

const schema = `CREATE TABLE IF NOT EXISTS mqtt_session (
  client_id TEXT, key TEXT, value BLOB NOT NULL, PRIMARY KEY (client_id, key)
) WITHOUT ROWID`;

const codes: Readonly<Record<string, MqttErrorCode>> = {
  SQLITE_CORRUPT: 'STORE_UNREADABLE',
  SQLITE_NOTADB: 'STORE_UNREADABLE',
};

export interface SqliteStoreOptions {
  /** Runs in the transaction that stores a message with a tag. Mark the row of your outbox table here. */
  readonly onStored?: (tag: string) => void;
}

/**
 * Keeps sessions in a SQLite database of yours, by `libsql`. The owner of a session holds a transaction on a file beside the database,
 * and the operating system ends it with the process.
 */
export class SqliteStore extends SessionStore {
  private readonly sessions = new Map<string, SqliteSession>();

  /** `path` is where the database is. */
  constructor(
    private readonly db: Database.Database,
    private readonly path: string,
    private readonly options: SqliteStoreOptions = {},
  ) {
    super();
  }

  override async open(clientId: string): Promise<StoredSession> {
    const owner = ownerOf(this.path, clientId);
    try {
      this.db.exec(schema);
      const session = new SqliteSession(this.db, clientId, owner, this.options);
      this.sessions.set(clientId, session);
      return session;
    } catch (error) {
      owner.close();
      throw asStoreError(error);
    }
  }

  /** Runs `work`, which is synchronous, and writes the receipt of a message in one transaction. */
  runWithReceipt(clientId: string, receipt: StoreChange | undefined, work: () => void): void {
    const session = this.sessions.get(clientId);
    if (session === undefined) throw new MqttError('STORE_FAILED', 'the session is not open', { retryable: true });
    session.writeNow(receipt === undefined ? [] : [receipt], work);
  }
}

class SqliteSession implements StoredSession {
  private readonly writeAll: (changes: readonly StoreChange[], work?: () => void) => unknown;
  private isClosed = false;

  constructor(
    private readonly db: Database.Database,
    private readonly clientId: string,
    private readonly owner: Database.Database,
    { onStored }: SqliteStoreOptions,
  ) {
    const del = db.prepare('DELETE FROM mqtt_session WHERE client_id = ? AND key = ?');
    const put = db.prepare(
      `INSERT INTO mqtt_session VALUES (?, ?, ?)
       ON CONFLICT (client_id, key) DO UPDATE SET value = excluded.value`,
    );
    this.writeAll = db.transaction((changes: readonly StoreChange[], work?: () => void) => {
      for (const change of changes) {
        if (change.type === 'del') del.run(clientId, change.key);
        else {
          put.run(clientId, change.key, change.value);
          if (change.tag !== undefined) onStored?.(change.tag);
        }
      }
      work?.();
    });
  }

  async *load(): AsyncGenerator<readonly StoreEntry[]> {
    const select = this.db.prepare(
      'SELECT key, value FROM mqtt_session WHERE client_id = ? AND key > ? ORDER BY key LIMIT ?',
    );
    for (let last = ''; ;) {
      const rows = attempt(() => select.all(this.clientId, last, LONGEST_LIST)) as {
        key: string;
        value: ArrayBuffer;
      }[];
      if (rows.length > 0) yield rows.map(({ key, value }) => ({ key, value: new Uint8Array(value) }));
      if (rows.length < LONGEST_LIST) return;
      last = rows.at(-1)!.key;
      // SQLite answers in the same turn of the event loop.
      await new Promise(resolve => setImmediate(resolve));
    }
  }

  async write(changes: readonly StoreChange[]): Promise<void> {
    attempt(() => this.writeNow(changes));
  }

  writeNow(changes: readonly StoreChange[], work?: () => void): void {
    if (this.isClosed) throw new MqttError('STORE_FAILED', 'the session is closed');
    this.writeAll(changes, work);
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.owner.exec('ROLLBACK');
    this.owner.close();
  }
}

/** Returns the connection that holds the session of a client id. */
function ownerOf(path: string, clientId: string): Database.Database {
  const name = createHash('sha256').update(clientId).digest('hex').slice(0, 16);
  const owner = new Database(`${path}-owner-${name}`);
  try {
    owner.exec('BEGIN EXCLUSIVE');
    return owner;
  } catch (error) {
    owner.close();
    if ((error as { code?: string }).code !== 'SQLITE_BUSY') throw asStoreError(error);
    throw new MqttError('STORE_IN_USE', 'another process has the session open', { cause: error, retryable: true });
  }
}

function attempt<T>(task: () => T): T {
  try {
    return task();
  } catch (error) {
    throw asStoreError(error);
  }
}

function asStoreError(cause: unknown): MqttError {
  if (MqttError.is(cause)) return cause;
  const code = codes[(cause as { code?: string }).code ?? ''] ?? 'STORE_FAILED';
  return new MqttError(code, 'SQLite did not store the session: see cause', {
    cause,
    retryable: code === 'STORE_FAILED',
  });
}
