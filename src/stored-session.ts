import type { ObservableInput } from 'rxjs';

/** One entry of a stored session. */
export interface StoreEntry {
  /** 1 to 40 characters of ASCII: a lower-case letter, then digits and lower-case letters. It is unique in its session. */
  readonly key: string;
  /** Any bytes, also none. A store returns them as it got them. */
  readonly value: Uint8Array;
}

/** A change of one entry of a stored session. */
export type StoreChange =
  | {
      readonly type: 'put';
      /** The entry to add, or to replace. */
      readonly key: string;
      readonly value: Uint8Array;
      /**
       * The `tag` of the message that this entry holds, in the batch that adds the message to the session. A store of your own can mark the
       * row of an outbox table by it, in the same transaction.
       */
      readonly tag?: string;
    }
  | {
      readonly type: 'del';
      /** The entry to delete. There may be none: that is not an error. */
      readonly key: string;
    };

/**
 * The entries of one session, open for one owner. `SessionStore.open()` makes it, and the client calls its methods as described at
 * `SessionStore` of 'rxjs-mqtt/store'.
 */
export interface StoredSession {
  /**
   * Emits all entries in lists of any length (one list with everything will do, also no list for an empty session), in ascending order of
   * their keys by code unit, each entry once. Then it completes. The client calls it once, before `write()`.
   *
   * A long session needs several lists: the client works on one list at a time, and the event loop gets its turn between them. Errors with
   * `STORE_UNREADABLE` if the database is damaged, and with `STORE_FAILED` if reading fails otherwise.
   */
  load(): ObservableInput<readonly StoreEntry[]>;
  /**
   * Writes all changes in their order, or none of them. Completes when they are durable; what it emits is ignored. One batch may change one
   * key several times: the last change counts. The client waits for the end of a batch before it writes the next one.
   *
   * If it errors (with `STORE_FAILED`), nothing of the batch is written, and nothing of it appears later. A later batch is written as if the
   * failed one had never been. After `close()` it errors, too.
   */
  write(changes: readonly StoreChange[]): ObservableInput<unknown>;
  /** Gives the session up, so that another owner can open it. Completes when that is possible. The client calls it once, as the last method. */
  close(): ObservableInput<unknown>;
}
