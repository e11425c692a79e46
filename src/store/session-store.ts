import type { ObservableInput } from 'rxjs';
import type { StoredSession } from '../stored-session.js';
import { Journal } from './journal.js';
import type { JournalConfig } from './journal-config.js';

/**
 * Where clients keep their sessions, so that a session outlives its process: the option `store` of `mqtt()`. {@link levelStore} is one.
 * Extend this class to keep sessions in a database of your own.
 *
 * A store keeps entries of a key and bytes for each client id. What the entries mean is the business of the client: keep them as they are. All
 * methods return an `ObservableInput`, for example a promise, and begin their work when they are called or when the result is subscribed. The
 * client calls them one after the other: `open()`, `load()`, `write()` any number of times, `close()`. After a crash, the next owner calls
 * `open()` without a `close()` before.
 *
 * Four properties make a session durable:
 *
 * - **Atomic**: after a crash at any moment, `load()` finds all changes of a batch, or none of them. Use a transaction.
 * - **Ordered**: if a batch is found, all batches before it are found, too. Changes inside a batch apply in their order.
 * - **Durable**: when `write()` completes, the batch survives what the store promises to survive: at least the death of the process.
 * - **Exclusive**: a session has one owner. While it is open, `open()` of the same client id errors with `STORE_IN_USE` at once, in this
 *   process and in all others, and does not wait. When the owner's process dies, its ownership ends without help. Use what dies with a
 *   process: a lock of a database session, of an open file or, in browsers, a Web Lock. An expiry time is not enough, because a process that was
 *   suspended comes back.
 *
 * Client ids are any strings without lone surrogates, of 0 to 65,535 bytes in UTF-8. Compare them by code unit (in SQL by a binary
 * collation). `''` stands for a client without a `clientId`. Sessions of different client ids are independent.
 *
 * Errors are `MqttError`s with one of three codes, with the error of the database as their `cause`:
 *
 * | code               | when                                                      | `retryable` |
 * | ------------------ | --------------------------------------------------------- | ----------- |
 * | `STORE_IN_USE`     | another client, process or page has this session open     | true        |
 * | `STORE_FAILED`     | the database did not do its work: disk full, disconnected | true        |
 * | `STORE_UNREADABLE` | what the database holds is damaged                        | false       |
 *
 * The client reports any other error as the `cause` of a `STORE_FAILED`.
 *
 * In SQL, one table is enough:
 *
 * ```sql
 * CREATE TABLE mqtt_session (client_id text, key text COLLATE "C", value bytea NOT NULL, PRIMARY KEY (client_id, key));
 * ```
 *
 * - `open()` takes a lock that ends with its database session, such as PostgreSQL's `pg_try_advisory_lock`, and errors with `STORE_IN_USE` if it
 *   does not get it.
 * - `load()` is `SELECT key, value FROM mqtt_session WHERE client_id = $1 ORDER BY key`.
 * - `write()` is one transaction on the connection that holds the lock, so that no owner writes without its lock. A put is
 *   `INSERT … ON CONFLICT (client_id, key) DO UPDATE SET value = excluded.value`, a del is `DELETE`.
 * - `close()` gives the lock back.
 *
 * `sessionStoreTests()` of `rxjs-mqtt/testing` checks a store for all of this.
 */
export abstract class SessionStore {
  /**
   * Opens the session of a client id for this owner alone, and emits it, or resolves with it. There need not be one: then it is empty. Errors
   * with `STORE_IN_USE` if another client, process or page has the session open, and with `STORE_FAILED` or `STORE_UNREADABLE` if the database
   * cannot be opened.
   */
  abstract open(clientId: string): ObservableInput<StoredSession>;

  /** @internal */
  createJournal(config: JournalConfig): Journal {
    return new Journal(this, config);
  }
}
