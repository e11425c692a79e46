import { MqttError } from '../../src/errors.js';
import { SessionStore, type StoreChange, type StoreEntry, type StoredSession } from '../../src/store/index.js';

/** What outlives the stores: entries by client id and key, and the sessions that are open. */
export class PlainData {
  readonly entries = new Map<string, Map<string, Uint8Array>>();
  readonly owners = new Map<string, PlainStore>();
}

const byKey = (a: StoreEntry, b: StoreEntry) => (a.key < b.key ? -1 : 1);
const macrotask = () => new Promise(resolve => setImmediate(resolve));

/** A store that keeps to its contract. Each method does one thing, for stores in tests that do it wrong. */
export class PlainStore extends SessionStore {
  isDead = false;

  constructor(readonly data: PlainData) {
    super();
  }

  async open(clientId: string): Promise<StoredSession> {
    await macrotask();
    const name = this.nameOf(clientId);
    this.claim(name);
    let isClosed = false;
    return {
      load: () => this.load(name),
      write: async changes => {
        if (isClosed) return this.writeAfterClose(name, changes);
        await this.write(name, changes);
      },
      close: async () => {
        isClosed = true;
        this.release(name);
      },
    };
  }

  nameOf(clientId: string): string {
    return clientId;
  }

  claim(name: string): void {
    if (this.data.owners.has(name)) throw this.inUse();
    this.data.owners.set(name, this);
  }

  inUse(): Error {
    return new MqttError('STORE_IN_USE', 'the session is open');
  }

  release(name: string): void {
    this.data.owners.delete(name);
  }

  async *load(name: string): AsyncGenerator<readonly StoreEntry[]> {
    await macrotask();
    const entries = this.sorted([...this.entriesOf(name)].map(([key, value]) => ({ key, value: this.read(value) })));
    for (let i = 0; i < entries.length; i += 1_000) yield* this.list(entries.slice(i, i + 1_000));
  }

  sorted(entries: StoreEntry[]): StoreEntry[] {
    return entries.sort(byKey);
  }

  list(entries: readonly StoreEntry[]): Iterable<readonly StoreEntry[]> {
    return [entries];
  }

  read(value: Uint8Array): Uint8Array {
    return value.slice();
  }

  async write(name: string, changes: readonly StoreChange[]): Promise<void> {
    const next = new Map(this.entriesOf(name));
    for (const change of changes) this.apply(next, change);
    await macrotask();
    if (this.isDead) throw new MqttError('STORE_FAILED', 'The process is dead');
    this.data.entries.set(name, next);
  }

  async writeAfterClose(_name: string, _changes: readonly StoreChange[]): Promise<void> {
    throw new MqttError('STORE_FAILED', 'the session is closed');
  }

  apply(entries: Map<string, Uint8Array>, change: StoreChange): void {
    if (change.type === 'del') entries.delete(change.key);
    else entries.set(change.key, this.keep(change.value));
  }

  keep(value: Uint8Array): Uint8Array {
    return value.slice();
  }

  /** The death of its process. */
  die(): void {
    this.isDead = true;
    for (const [name, owner] of this.data.owners) if (owner === this) this.data.owners.delete(name);
  }

  entriesOf(name: string): Map<string, Uint8Array> {
    return this.data.entries.get(name) ?? new Map<string, Uint8Array>();
  }
}
