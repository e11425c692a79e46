import { from, lastValueFrom, toArray, type ObservableInput } from 'rxjs';
import { MqttError, type MqttErrorCode } from '../../errors.js';
import { wordsOf } from '../../quoted.js';
import type { SessionStore } from '../../store/session-store.js';
import type { StoreChange, StoreEntry, StoredSession } from '../../stored-session.js';

/** What the store must do, as a function that rejects if it does not. */
export type StoreCheck = (tested: StoreUnderTest) => Promise<void>;

/** The stores and sessions that one check has made. */
export class StoreUnderTest {
  readonly #makeStore: () => SessionStore | Promise<SessionStore>;
  readonly #open = new Set<StoredSession>();

  constructor(makeStore: () => SessionStore | Promise<SessionStore>) {
    this.#makeStore = makeStore;
  }

  /** Makes a store, and deletes these stored sessions. */
  async makeEmpty(...clientIds: readonly string[]): Promise<SessionStore> {
    const store = await this.make();
    for (const clientId of clientIds) {
      const session = await this.open(store, clientId);
      const entries = await entriesOf(session);
      if (entries.length > 0) await write(session, ...entries.map(({ key }) => del(key)));
      await this.close(session);
    }
    return store;
  }

  async make(): Promise<SessionStore> {
    return this.#makeStore();
  }

  async open(store: SessionStore, clientId: string): Promise<StoredSession> {
    const session = await lastValueFrom(from(store.open(clientId)), { defaultValue: undefined });
    expect(session !== undefined, 'open() must emit a session, and emitted nothing');
    this.#open.add(session);
    return session;
  }

  async close(session: StoredSession): Promise<void> {
    this.#open.delete(session);
    await completionOf(session.close());
  }

  /** Forgets the open sessions, because the process that had them open is dead. */
  forgetAll(): void {
    this.#open.clear();
  }

  async closeAll(): Promise<void> {
    for (const session of this.#open) await this.close(session).catch(() => undefined);
  }

  /** Returns what a new store finds. */
  async reload(clientId: string): Promise<readonly StoreEntry[]> {
    const session = await this.open(await this.make(), clientId);
    const entries = await entriesOf(session);
    await this.close(session);
    return entries;
  }
}

export const put = (key: string, value: Uint8Array | string): StoreChange => ({
  type: 'put',
  key,
  value: typeof value === 'string' ? new TextEncoder().encode(value) : value,
});

export const del = (key: string): StoreChange => ({ type: 'del', key });

export async function write(session: StoredSession, ...changes: readonly StoreChange[]): Promise<void> {
  await completionOf(session.write(changes));
}

export async function completionOf(input: ObservableInput<unknown>): Promise<void> {
  await lastValueFrom(from(input), { defaultValue: undefined });
}

export async function entriesOf(session: StoredSession): Promise<readonly StoreEntry[]> {
  const lists = await lastValueFrom(from(session.load()).pipe(toArray()), { defaultValue: [] });
  expect(
    lists.every(list => Array.isArray(list)),
    'load() must emit arrays of entries, and emitted something else',
  );
  return lists.flat();
}

export function expect(isMet: boolean, otherwise: string): asserts isMet {
  if (!isMet) throw new Error(otherwise);
}

/** Expects these keys with these values, as `key=value`, in this order. */
export function expectEntries(entries: readonly StoreEntry[], expected: readonly string[], when: string): void {
  const found = entries.map(({ key, value }) => `${key}=${new TextDecoder().decode(value)}`);
  const isSame = found.length === expected.length && found.every((entry, i) => entry === expected[i]);
  expect(isSame, `load() must emit ${show(expected)} ${when}, and emitted ${show(found)}`);
}

export async function expectError(
  input: ObservableInput<unknown> | (() => ObservableInput<unknown>),
  code: MqttErrorCode | undefined,
  what: string,
): Promise<void> {
  let error: unknown;
  try {
    await completionOf(typeof input === 'function' ? input() : input);
  } catch (thrown) {
    if (code === undefined || MqttError.is(thrown, code)) return;
    error = thrown;
  }
  expect(error !== undefined, `${what} must error, and did not`);
  throw new Error(`${what} must error with an MqttError of code ${code}, and errored with ${wordsOf(error)}`, {
    cause: error,
  });
}

function show(entries: readonly string[]): string {
  const shown = entries.slice(0, 20).map(entry => (entry.length > 60 ? `${entry.slice(0, 60)}...` : entry));
  return `[${shown.join(', ')}${entries.length > 20 ? `, ... (${entries.length})` : ''}]`;
}
