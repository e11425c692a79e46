import { createHash } from 'node:crypto';
import pg from 'pg';
import { SessionStore, type StoreChange, type StoreEntry, type StoredSession } from './library-store.js';
import { MqttError } from './library.js';

const LONGEST_LIST = 1_000;
const UNIQUE_VIOLATION = '23505';

/** Sessions hang from a hash of the client id, because an index takes no text of 65,535 bytes. The keys are sorted by code unit. */
const schema = `CREATE TABLE IF NOT EXISTS mqtt_session (
  session bytea, key text COLLATE "C", value bytea NOT NULL, PRIMARY KEY (session, key)
)`;

export interface PostgresStoreOptions {
  /** Runs in the transaction that stores a message with a tag. Mark the row of your outbox table here. */
  readonly onStored?: (client: pg.Client, tag: string) => Promise<unknown>;
}

type Work = (client: pg.Client) => Promise<unknown>;

/**
 * Keeps sessions in PostgreSQL. Each open session has a connection of its own, with an advisory lock that ends with the connection. If the
 * connection is lost, the ownership is, too: writes error until the client is opened again.
 */
export class PostgresStore extends SessionStore {
  private readonly sessions = new Map<string, PostgresSession>();

  constructor(
    private readonly config: pg.ClientConfig,
    private readonly options: PostgresStoreOptions = {},
  ) {
    super();
  }

  override async open(clientId: string): Promise<StoredSession> {
    const client = new pg.Client(this.config);
    // Each query of a lost connection errors, too.
    client.on('error', () => undefined);
    const session = createHash('sha256').update(clientId).digest();
    try {
      await client.connect();
      const { rows } = await client.query<{ locked: boolean }>('SELECT pg_try_advisory_lock($1) AS locked', [
        session.readBigInt64BE().toString(),
      ]);
      if (rows[0]?.locked !== true) {
        throw new MqttError('STORE_IN_USE', 'another process has the session open', { retryable: true });
      }
      await client.query(schema).catch(ignoreRace);
    } catch (error) {
      await client.end();
      throw asStoreError(error);
    }
    const opened = new PostgresSession(client, session, this.options);
    this.sessions.set(clientId, opened);
    return opened;
  }

  /**
   * Runs `work` and writes the receipt of a message in one transaction. If the receipt is there already, the message has been processed, and
   * `work` is not run. The transaction runs on the connection that holds the session: on another one, the COMMIT of a dead process could
   * arrive after the next process has read the session.
   */
  async runWithReceipt(clientId: string, receipt: StoreChange | undefined, work: Work): Promise<void> {
    const session = this.sessions.get(clientId);
    if (session === undefined) throw new MqttError('STORE_FAILED', 'the session is not open', { retryable: true });
    await session.runWithReceipt(receipt, work);
  }
}

class PostgresSession implements StoredSession {
  /** The last transaction: one connection runs one at a time. */
  private last: Promise<unknown> = Promise.resolve();

  constructor(
    private readonly client: pg.Client,
    private readonly session: Buffer,
    private readonly options: PostgresStoreOptions,
  ) {}

  async *load(): AsyncGenerator<readonly StoreEntry[]> {
    for (let last = ''; ;) {
      const { rows } = await this.client
        .query<StoreEntry>(
          'SELECT key, value FROM mqtt_session WHERE session = $1 AND key > $2 ORDER BY key LIMIT $3',
          [this.session, last, LONGEST_LIST],
        )
        .catch(fail);
      if (rows.length > 0) yield rows;
      if (rows.length < LONGEST_LIST) return;
      last = rows.at(-1)!.key;
    }
  }

  async write(changes: readonly StoreChange[]): Promise<void> {
    await this.transact(() => this.apply(changes)).catch(fail);
  }

  runWithReceipt(receipt: StoreChange | undefined, work: Work): Promise<void> {
    return this.transact(async () => {
      const isProcessed = receipt !== undefined && (await this.apply([receipt])) === 0;
      if (!isProcessed) await work(this.client);
    });
  }

  async close(): Promise<void> {
    await this.last;
    await this.client.end();
  }

  /** Runs one transaction after the other, because they share the connection. */
  private transact(run: () => Promise<unknown>): Promise<void> {
    const done = this.last.then(async () => {
      try {
        await this.client.query('BEGIN');
        await run();
        // PostgreSQL rolls back if a query has failed, also where its error was caught.
        const { command } = await this.client.query('COMMIT');
        if (command !== 'COMMIT') throw new Error('a query in the transaction has failed');
      } catch (error) {
        await this.client.query('ROLLBACK').catch(() => undefined);
        throw error;
      }
    });
    this.last = done.catch(() => undefined);
    return done;
  }

  /** Returns how many rows it has changed. */
  private async apply(changes: readonly StoreChange[]): Promise<number> {
    // The last change of each key is what the transaction leaves.
    const values = new Map(changes.map(change => [change.key, change.type === 'put' ? bufferOf(change.value) : null]));
    const puts = [...values].filter(([, value]) => value !== null);
    const dels = [...values].filter(([, value]) => value === null).map(([key]) => key);
    const deleted = await this.client.query('DELETE FROM mqtt_session WHERE session = $1 AND key = ANY($2)', [
      this.session,
      dels,
    ]);
    const written = await this.client.query(
      `INSERT INTO mqtt_session AS stored SELECT $1, * FROM unnest($2::text[], $3::bytea[])
       ON CONFLICT (session, key) DO UPDATE SET value = excluded.value WHERE stored.value <> excluded.value`,
      [this.session, puts.map(([key]) => key), puts.map(([, value]) => value)],
    );
    for (const change of changes) {
      if (change.type === 'put' && change.tag !== undefined) await this.options.onStored?.(this.client, change.tag);
    }
    return deleted.rowCount! + written.rowCount!;
  }
}

const bufferOf = ({ buffer, byteOffset, byteLength }: Uint8Array) => Buffer.from(buffer, byteOffset, byteLength);

/** Two connections may create the table at the same time: then the second one finds it. */
function ignoreRace(error: unknown): void {
  if ((error as { code?: string }).code !== UNIQUE_VIOLATION) throw error;
}

function asStoreError(cause: unknown): MqttError {
  if (MqttError.is(cause)) return cause;
  return new MqttError('STORE_FAILED', 'PostgreSQL did not store the session: see cause', { cause, retryable: true });
}

function fail(error: unknown): never {
  throw asStoreError(error);
}
