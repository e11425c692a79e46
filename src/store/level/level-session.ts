import { lastValueFrom, timer } from 'rxjs';
import { MqttError } from '../../errors.js';
import type { StoreChange, StoreEntry, StoredSession } from '../../stored-session.js';
import { del, encodings, put, withParents, type LevelDatabase, type LevelOperation } from './level-database.js';
import type { SharedDatabase } from './shared-database.js';
import { lockLost, storeError, storeInUse } from './store-errors.js';

/** The entries of one list of `load()`. */
const LONGEST_LIST = 1_000;

/** A batch that has failed, and may have been written nevertheless. */
interface DoubtfulBatch {
  /** The mark that the batch would have left. */
  readonly mark: Uint8Array;
  /** What restores the entries that it changed. Undefined if they could not be read, or were changed already. */
  readonly undo: LevelOperation[] | undefined;
}

/**
 * The entries of one session. Their keys are those of the session behind `base`. The entry `base` itself is the mark of the last batch. It
 * tells after the database was opened again whether a failed batch has been written, and whether somebody else has written.
 */
export class LevelSession implements StoredSession {
  readonly #db: LevelDatabase;
  readonly #shared: SharedDatabase;
  readonly #base: string;
  readonly #clientId: string;
  readonly #isOwner: () => boolean;
  readonly #onClose: () => Promise<void>;
  /** Undefined rather than without effect: abstract-level copies options to each operation, which then takes three times as long. */
  readonly #writeOptions: { readonly sync: true } | undefined;
  readonly #random = crypto.getRandomValues(new Uint8Array(8));
  #batches = 0;
  #mark: Uint8Array | undefined;
  #doubtful: DoubtfulBatch | undefined;
  #openings: number;
  #isClosed = false;

  private constructor(info: LevelSessionInfo, mark: Uint8Array | undefined) {
    const { db, shared, base, clientId, sync, isOwner, onClose } = info;
    this.#db = db;
    this.#shared = shared;
    this.#base = base;
    this.#clientId = clientId;
    this.#isOwner = isOwner;
    this.#onClose = onClose;
    this.#writeOptions = sync ? { sync } : undefined;
    this.#mark = mark;
    this.#openings = shared.openings;
  }

  static async open(info: LevelSessionInfo): Promise<LevelSession> {
    const { db, shared, base } = info;
    await shared.open();
    await openSublevels(db);
    const [mark] = await shared.inTurn(() => db.getMany([base], encodings));
    return new LevelSession(info, mark);
  }

  async *load(): AsyncGenerator<readonly StoreEntry[]> {
    const start = this.#base.length;
    for (let gt = this.#base; ;) {
      const entries = await this.#inTurn('read the session', () => this.#db.iterator(this.#rangeAfter(gt)).all());
      if (entries.length > 0)
        yield entries.map(([key, value]) => ({ key: key.slice(start), value: asUint8Array(value) }));
      if (entries.length < LONGEST_LIST) return;
      gt = entries.at(-1)![0];
      // A database in memory answers in the same turn of the event loop.
      if (this.#db.supports.permanence === false) await lastValueFrom(timer(0), { defaultValue: 0 });
    }
  }

  write(changes: readonly StoreChange[]): Promise<void> {
    return this.#inTurn('write', async () => {
      await this.#verify();
      const mark = this.#nextMark();
      const operations = changes.map(change =>
        change.type === 'put' ? put(this.#base + change.key, change.value) : del(this.#base + change.key),
      );
      operations.push(put(this.#base, mark));
      try {
        await this.#db.batch(operations, this.#writeOptions);
      } catch (error) {
        this.#doubtful = { mark, undo: await this.#undoOf(operations) };
        this.#shared.distrust();
        throw error;
      }
      this.#mark = mark;
    });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    if (this.#doubtful !== undefined) await this.#inTurn('close', () => this.#verify()).catch(() => undefined);
    this.#isClosed = true;
    await this.#onClose();
  }

  async #inTurn<T>(action: string, task: () => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new MqttError('STORE_FAILED', `the store cannot ${action} after close()`);
    try {
      return await this.#shared.inTurn(async () => {
        if (!this.#isOwner()) throw lockLost(this.#clientId);
        await openSublevels(this.#db);
        return task();
      });
    } catch (error) {
      throw storeError(error, action);
    }
  }

  /** Undoes a failed batch that was written nevertheless, and makes sure that nobody has written while the database was closed. */
  async #verify(): Promise<void> {
    if (this.#doubtful === undefined && this.#openings === this.#shared.openings) return;
    const [mark] = await this.#db.getMany([this.#base], encodings);
    if (this.#doubtful !== undefined && isEqual(mark, this.#doubtful.mark)) {
      const { undo } = this.#doubtful;
      if (undo === undefined) {
        throw new MqttError(
          'STORE_FAILED',
          'a batch that failed was written nevertheless, and cannot be undone; open the client again',
        );
      }
      // It restores the mark, too: if this fails as well, the next check finds out how far it came.
      try {
        await this.#db.batch(undo, this.#writeOptions);
      } catch (error) {
        this.#shared.distrust();
        throw error;
      }
    } else if (!isEqual(mark, this.#mark)) {
      if (mark !== undefined) throw storeInUse(this.#clientId, 'another owner');
      throw new MqttError('STORE_UNREADABLE', 'the stored session was deleted while this client had it open');
    }
    this.#doubtful = undefined;
    this.#openings = this.#shared.openings;
  }

  async #undoOf(operations: readonly LevelOperation[]): Promise<LevelOperation[] | undefined> {
    const keys = [...new Set(operations.map(({ key }) => key))];
    try {
      const values = await this.#db.getMany(keys, encodings);
      if (!isEqual(values[keys.indexOf(this.#base)], this.#mark)) return undefined;
      return keys.map((key, i) => {
        const value = values[i];
        return value === undefined ? del(key) : put(key, value);
      });
    } catch {
      return undefined;
    }
  }

  #nextMark(): Uint8Array {
    const mark = new Uint8Array(12);
    mark.set(this.#random);
    new DataView(mark.buffer).setUint32(8, ++this.#batches);
    return mark;
  }

  #rangeAfter(gt: string): Parameters<LevelDatabase['iterator']>[0] {
    // '"' follows '!', the last character of base.
    return { ...encodings, gt, lt: `${this.#base.slice(0, -1)}"`, limit: LONGEST_LIST };
  }
}

/** What a {@link LevelSession} is made of. */
export interface LevelSessionInfo {
  readonly db: LevelDatabase;
  readonly shared: SharedDatabase;
  /** What the keys of the session begin with. */
  readonly base: string;
  readonly clientId: string;
  readonly sync: boolean;
  /** Whether the session still belongs to this object. */
  readonly isOwner: () => boolean;
  /** Gives the ownership back. */
  readonly onClose: () => Promise<void>;
}

/** Opens what was closed together with the root, which the caller has opened. */
async function openSublevels(db: LevelDatabase): Promise<void> {
  for (const level of withParents(db).slice(1)) if (level.status !== 'open') await level.open();
}

/** Returns the bytes of a Buffer as a plain Uint8Array, because `slice()` of a Buffer does not copy. */
function asUint8Array({ buffer, byteOffset, byteLength }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

function isEqual(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
