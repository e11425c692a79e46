import type { SessionStore } from '../../store/session-store.js';
import { batchChecks } from './batch-checks.js';
import { crashChecks } from './crash-checks.js';
import { entryChecks } from './entry-checks.js';
import { ownerChecks } from './owner-checks.js';
import { StoreUnderTest } from './store-under-test.js';

/** A test of {@link sessionStoreTests}. */
export interface SessionStoreTest {
  /** What the store must do, to be read behind 'the store'. */
  readonly name: string;
  /** Resolves if the store does it, and rejects with an error that says what it does instead. It waits without limit: set a time limit in your runner. */
  readonly run: () => Promise<void>;
}

/** Options of {@link sessionStoreTests}. */
export interface SessionStoreTestOptions {
  /**
   * Does to a store, while its sessions are open, what the death of its process does: its connections and locks end, and what it has not
   * written is lost. The next store of `makeStore` finds what is left. Without this option, the tests of crashes are left out.
   */
  readonly crash?: (store: SessionStore) => void | Promise<void>;
}

/**
 * Returns the tests that each {@link SessionStore} must pass, as plain functions for any runner.
 *
 * ```ts
 * describe('my store', () => {
 *   for (const { name, run } of sessionStoreTests(() => new MyStore('postgresql:///test'))) it(name, run);
 * });
 * ```
 *
 * The tests run one after the other, each alone if you like. Each one deletes the stored sessions that it uses, so give them a database of their
 * own.
 *
 * @param makeStore Returns a new store over the same data each time, as the processes of one program do that follow each other, or that were
 * started twice by mistake. Share nothing between the stores but the database.
 */
export function sessionStoreTests(
  makeStore: () => SessionStore | Promise<SessionStore>,
  options: SessionStoreTestOptions = {},
): readonly SessionStoreTest[] {
  const { crash } = options;
  const checks = { ...entryChecks, ...batchChecks, ...ownerChecks, ...(crash === undefined ? {} : crashChecks(crash)) };
  return Object.entries(checks).map(([name, check]) => ({
    name,
    run: async () => {
      const tested = new StoreUnderTest(makeStore);
      try {
        await check(tested);
      } finally {
        await tested.closeAll();
      }
    },
  }));
}
