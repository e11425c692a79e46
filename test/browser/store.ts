import { BrowserLevel } from 'browser-level';
import { type ObservableInput, from, lastValueFrom, toArray } from 'rxjs';
import { MqttError } from '../../src/index.js';
import { type StoredSession, levelStore } from '../../src/store/index.js';
import { sessionStoreTests } from '../../src/testing/index.js';

const done = (input: ObservableInput<unknown>) => lastValueFrom(from(input), { defaultValue: undefined });
const makeStore = (prefix?: string) => levelStore(new BrowserLevel('sessions'), prefix === undefined ? {} : { prefix });

let session: StoredSession;

/** What tests have the page `/store` do. */
const store = {
  /** Runs the tests of a store, and resolves with what the failed ones say, and with the number of tests. */
  async test(): Promise<{ count: number; failures: readonly string[] }> {
    const tests = sessionStoreTests(() => makeStore('tests'));
    const failures: string[] = [];
    for (const { name, run } of tests) {
      await run().catch((error: unknown) => failures.push(`${name}: ${String(error)}`));
    }
    return { count: tests.length, failures };
  },

  /** Opens the session of a client id. Resolves with the code of the error if that fails. */
  async open(clientId: string): Promise<string> {
    try {
      session = await lastValueFrom<StoredSession>(from(makeStore().open(clientId)));
      return 'open';
    } catch (error) {
      if (MqttError.is(error)) return `${error.code}: ${error.message}`;
      throw error;
    }
  },

  put: (key: string) => done(session.write([{ type: 'put', key, value: new Uint8Array([1]) }])),

  async keys(): Promise<readonly string[]> {
    const lists = await lastValueFrom(from(session.load()).pipe(toArray()));
    return lists.flat().map(({ key }) => key);
  },

  close: () => done(session.close()),

  /** Resolves when no page holds the lock that is held now. */
  async locksReleased(): Promise<void> {
    const { held = [] } = await navigator.locks.query();
    for (const { name } of held) await navigator.locks.request(name!, () => undefined);
  },
};

export type Store = typeof store;

Object.assign(globalThis, { store });
