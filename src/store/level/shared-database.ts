import { withParents, type EmittingDatabase, type LevelDatabase } from './level-database.js';
import { storeError } from './store-errors.js';

/** Shared with other copies of this library, so that their sessions exclude each other, too. */
const key: unique symbol = Symbol.for('rxjs-mqtt.SharedDatabase') as never;

/** What all sessions of one database share: their owners, the turns in which they use it, and whether its writes can be trusted. */
export class SharedDatabase {
  /** How often the database was opened. A session that sees a new number cannot be sure that nobody else has written. */
  openings = 0;
  readonly #owners = new Set<string>();
  readonly #root: LevelDatabase;
  /** Whether the database was opened for its sessions, and is closed with the last one. */
  #isOurs: boolean;
  /**
   * Whether a write has failed since the database was opened. LevelDB accepts further writes after a failed one, but it finds them behind a
   * torn record when it is opened again, and drops them. So nothing is written before it has been opened again.
   */
  #isSuspect = false;
  #turns: Promise<unknown> = Promise.resolve();

  private constructor(root: LevelDatabase) {
    this.#root = root;
    this.#isOurs = root.status !== 'open';
    (root as EmittingDatabase).on('open', () => {
      this.openings++;
      this.#isSuspect = false;
    });
  }

  /** Returns the one object of a database, which its sublevels have, too. */
  static of(db: LevelDatabase): SharedDatabase {
    const root = withParents(db)[0] as LevelDatabase & { [key]?: SharedDatabase };
    if (root[key] === undefined) Object.defineProperty(root, key, { value: new SharedDatabase(root) });
    return root[key]!;
  }

  /** Makes `owner` the owner of its entries, and returns true, unless it is already. */
  claim(owner: string): boolean {
    if (this.#owners.has(owner)) return false;
    this.#owners.add(owner);
    return true;
  }

  /** Opens the database if it is closed. */
  async open(): Promise<void> {
    if (this.#root.status === 'closed') this.#isOurs = true;
    await this.#root.open();
  }

  /** Ends the ownership, and closes the database after its last owner if it was opened for them. */
  async release(owner: string): Promise<void> {
    this.#owners.delete(owner);
    if (this.#owners.size > 0 || !this.#isOurs) return;
    this.#isOurs = false;
    await this.#root.close();
  }

  /** Notes that a write has failed. A database that was closed by somebody else is left closed. */
  distrust(): void {
    if (this.#root.status === 'open') this.#isSuspect = true;
  }

  /** Runs a task on the open database, after all tasks before it. After a failed write it opens the database again first. */
  async inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#turns.then(async () => {
      if (this.#isSuspect) await this.#reopen();
      return task();
    });
    this.#turns = turn.catch(() => undefined);
    return turn;
  }

  async #reopen(): Promise<void> {
    try {
      await this.#root.close();
      await this.#root.open();
    } catch (error) {
      throw storeError(error, 'open its database again after a failed write');
    }
  }
}
