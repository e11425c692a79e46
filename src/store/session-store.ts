import type { ObservableInput } from 'rxjs';
import type { SessionJournal } from '../protocol/durable-session.js';
import { Journal, type JournalConfig } from './journal.js';

/** One entry of a stored session. */
export interface StoreEntry {
  /** ASCII: a lower-case letter, then digits and lower-case letters; at most 40 characters. */
  readonly key: string;
  readonly value: Uint8Array;
}

/** A change of one entry. */
export type StoreChange =
  | {
      readonly type: 'put';
      readonly key: string;
      readonly value: Uint8Array;
      /** The tag of the message that the entry holds, when the message enters the store: for a store that keeps books of its own (an outbox table). */
      readonly tag?: string;
    }
  | { readonly type: 'del'; readonly key: string };

/** The entries of one session, open for one owner. */
export interface StoredSession {
  /** Emits all entries, in any number of lists, in ascending order of their keys (by code unit), then completes. Called once, before write(). */
  load(): ObservableInput<readonly StoreEntry[]>;
  /**
   * Writes all changes, in their order, or none of them. Completes (emissions are ignored) when they are durable. Called with the next batch only
   * after the one before has completed or errored. Errors if nothing was written.
   */
  write(changes: readonly StoreChange[]): ObservableInput<unknown>;
  /** Gives the session up to its next owner. Called last, once; completes when that is done. */
  close(): ObservableInput<unknown>;
}

/** Where sessions are kept. Extend it to keep sessions in a database of your own. */
export abstract class SessionStore {
  /**
   * Opens the session of a client id ('' for a client whose id the library makes) for this owner alone. Emits it (or resolves).
   * Errors with MqttError STORE_IN_USE if another client, process or tab has it open.
   */
  abstract open(clientId: string): ObservableInput<StoredSession>;

  /** @internal */
  createJournal(config: JournalConfig): SessionJournal {
    return new Journal(this, config);
  }
}
