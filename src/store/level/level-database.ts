/**
 * What {@link levelStore} uses of a database of abstract-level 3. `ClassicLevel`, `BrowserLevel`, `MemoryLevel` and their sublevels have it,
 * whatever their encodings are. It is written out here, so that the types of this package need no other package.
 */
export interface LevelDatabase {
  readonly status: 'opening' | 'open' | 'closing' | 'closed';
  /** What the database can do. `permanence` is false if its entries end with the process. */
  readonly supports: { readonly permanence?: boolean };
  /** Opens the database, or waits until it is open. */
  open(): Promise<void>;
  /** Closes the database, after which it can be opened again. */
  close(): Promise<void>;
  /** Returns the values of keys, undefined for those that are missing. */
  getMany(
    keys: string[],
    options: { readonly keyEncoding: 'utf8'; readonly valueEncoding: 'view' },
  ): Promise<(Uint8Array | undefined)[]>;
  /** Writes all operations or none. */
  batch(
    operations: (
      | { type: 'put'; key: string; value: Uint8Array; keyEncoding: 'utf8'; valueEncoding: 'view' }
      | { type: 'del'; key: string; keyEncoding: 'utf8' }
    )[],
    options: object | undefined,
  ): Promise<void>;
  /** Returns an iterator over a range of keys. */
  iterator(options: {
    readonly keyEncoding: 'utf8';
    readonly valueEncoding: 'view';
    readonly gt: string;
    readonly lt: string;
    readonly limit: number;
  }): {
    /** Returns all entries of the range, in the order of their keys. */
    all(): Promise<[key: string, value: Uint8Array][]>;
  };
  /** Returns a key as the root of the sublevels knows it. */
  prefixKey(key: string, keyFormat: 'utf8'): string;
}

/** A database as it runs. The types of abstract-level have `on` from those of Node, which a project for browsers may not have. */
export interface EmittingDatabase extends LevelDatabase {
  /** Calls the listener whenever the database was opened. */
  on(event: 'open', listener: () => void): unknown;
}

/** An operation of a batch. It has its own encodings, because abstract-level takes three times as long to add those of the batch. */
export type LevelOperation = Parameters<LevelDatabase['batch']>[0][number];

export const put = (key: string, value: Uint8Array): LevelOperation => ({
  type: 'put',
  key,
  value,
  keyEncoding: 'utf8',
  valueEncoding: 'view',
});
export const del = (key: string): LevelOperation => ({ type: 'del', key, keyEncoding: 'utf8' });

/** The encodings of all entries, however the database was configured. */
export const encodings = { keyEncoding: 'utf8', valueEncoding: 'view' } as const;

/** Returns the database after those that it is a sublevel of, the root first. */
export function withParents(db: LevelDatabase): readonly [root: LevelDatabase, ...LevelDatabase[]] {
  const { parent } = db as { parent?: LevelDatabase | null };
  return parent ? [...withParents(parent), db] : [db];
}

/** Returns the name under which a permanent database is found again: a path, or the name of an IndexedDB database. */
export function locationOf(db: LevelDatabase): string {
  const { namePrefix = '', location = '' } = db as { namePrefix?: string; location?: string };
  return `${namePrefix}${location}`;
}
