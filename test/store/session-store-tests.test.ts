import { expect } from 'chai';
import type { StoreChange, StoreEntry } from '../../src/store/index.js';
import { sessionStoreTests } from '../../src/testing/index.js';
import { PlainData, PlainStore } from './plain-store.js';

const macrotask = () => new Promise(resolve => setImmediate(resolve));

/** Stores that break the contract in one way, and what the failed test says of it. */
const broken: Readonly<Record<string, readonly [says: RegExp, store: typeof PlainStore]>> = {
  'a session that is not empty at first': [
    /must emit \[\] of a session without entries, and emitted \[x=\]/,
    class extends PlainStore {
      override sorted(entries: StoreEntry[]) {
        return entries.length === 0 ? [{ key: 'x', value: new Uint8Array() }] : super.sorted(entries);
      }
    },
  ],
  'entries in the order in which they were put': [
    /must emit \[a=a, a0=a0, .*\] after these keys were put in another order, and emitted \[z=z/,
    class extends PlainStore {
      override sorted(entries: StoreEntry[]) {
        return entries;
      }
    },
  ],
  'entries in the order of a dictionary': [
    /after these keys were put in another order/,
    class extends PlainStore {
      override sorted(entries: StoreEntry[]) {
        return entries.sort((a, b) => a.key.localeCompare(b.key, 'en', { numeric: true }));
      }
    },
  ],
  'no replacing': [
    /must emit \[a=2, c=1\] after a was replaced and b was deleted, and emitted \[a=1, c=1\]/,
    class extends PlainStore {
      override apply(entries: Map<string, Uint8Array>, change: StoreChange) {
        if (change.type === 'put' && entries.has(change.key)) return;
        super.apply(entries, change);
      }
    },
  ],
  'an error for the deletion of what is missing': [
    /no such row/,
    class extends PlainStore {
      override apply(entries: Map<string, Uint8Array>, change: StoreChange) {
        if (change.type === 'del' && !entries.has(change.key)) throw new Error('no such row');
        super.apply(entries, change);
      }
    },
  ],
  'no empty values': [
    /'empty' must have its bytes, and has 1 of 0 bytes/,
    class extends PlainStore {
      override keep(value: Uint8Array) {
        return value.length === 0 ? new Uint8Array(1) : super.keep(value);
      }
    },
  ],
  'values as text': [
    /'all' must have its bytes, and has \d+ of 256 bytes, wrong at 128/,
    class extends PlainStore {
      override keep(value: Uint8Array) {
        return new TextEncoder().encode(new TextDecoder().decode(value));
      }
    },
  ],
  'values of at most 64 KB': [
    /'large' must have its bytes, and has 65535 of 1000000 bytes/,
    class extends PlainStore {
      override keep(value: Uint8Array) {
        return value.slice(0, 65_535);
      }
    },
  ],
  'the buffer of a value instead of the value': [
    /'part' must have its bytes, and has 256 of 3 bytes/,
    class extends PlainStore {
      override keep(value: Uint8Array) {
        return new Uint8Array(value.buffer.slice(0));
      }
    },
  ],
  'values that are no Uint8Array': [
    /the value of 'all' must be a Uint8Array, and is string/,
    class extends PlainStore {
      override read(value: Uint8Array) {
        return Buffer.from(value).toString('base64') as never;
      }
    },
  ],
  'the tag in the place of the value': [
    /must emit \[a=1, b=2\] after a was put with a tag, and emitted \[a=sale-4711, b=2\]/,
    class extends PlainStore {
      override apply(entries: Map<string, Uint8Array>, change: StoreChange) {
        super.apply(entries, change);
        if (change.type === 'put' && change.tag !== undefined) entries.set(change.key, Buffer.from(change.tag));
      }
    },
  ],
  'only the first list of a long session': [
    /must emit .* \(10000\)\] after as many were put, and emitted .* \(1000\)\]/,
    class extends PlainStore {
      override async *load(name: string) {
        for await (const list of super.load(name)) {
          yield list;
          return;
        }
      }
    },
  ],
  'lists that overlap': [
    /after as many were put/,
    class extends PlainStore {
      override list(entries: readonly StoreEntry[]) {
        return [entries, entries.slice(-1)];
      }
    },
  ],
  'entries that are not in lists': [
    /must emit arrays of entries/,
    class extends PlainStore {
      override list(entries: readonly StoreEntry[]) {
        return entries as never;
      }
    },
  ],
  'client ids without regard to case': [
    /of client id 'a'/,
    class extends PlainStore {
      override nameOf(clientId: string) {
        return clientId.toLowerCase();
      }
    },
  ],
  'client ids in a normal form': [
    /of client id 'é'/,
    class extends PlainStore {
      override nameOf(clientId: string) {
        return clientId.normalize();
      }
    },
  ],
  'client ids of at most 255 characters': [
    /of client id 'xxx\.\.\. of 65535 characters'/,
    class extends PlainStore {
      override nameOf(clientId: string) {
        return clientId.slice(0, 255);
      }
    },
  ],
  'client ids without the blanks around them': [
    /of client id ''/,
    class extends PlainStore {
      override nameOf(clientId: string) {
        return clientId.trim();
      }
    },
  ],
  'client ids in UCS-2': [
    /of client id '\u{10ffff}'/u,
    class extends PlainStore {
      override nameOf(clientId: string) {
        return clientId.replace(/[\ud800-\udfff]{2}/g, '?');
      }
    },
  ],
  'the deletion of an entry of all sessions': [
    /must emit \[a=0, only=0\] of client id ''/,
    class extends PlainStore {
      override apply(entries: Map<string, Uint8Array>, change: StoreChange) {
        super.apply(entries, change);
        if (change.type === 'del') for (const others of this.data.entries.values()) others.delete(change.key);
      }
    },
  ],
  'deletions before everything else': [
    /after a batch that changes each key several times/,
    class extends PlainStore {
      override write(name: string, changes: readonly StoreChange[]) {
        const rank = ({ type }: StoreChange) => (type === 'del' ? 0 : 1);
        return super.write(
          name,
          [...changes].sort((a, b) => rank(a) - rank(b)),
        );
      }
    },
  ],
  'the first change of a key': [
    /after a batch that changes each key several times/,
    class extends PlainStore {
      override write(name: string, changes: readonly StoreChange[]) {
        return super.write(
          name,
          changes.filter(({ key }, i) => changes.findIndex(change => change.key === key) === i),
        );
      }
    },
  ],
  'batches out of order': [
    /after 100 batches/,
    class extends PlainStore {
      #held: readonly StoreChange[] = [];
      override async write(name: string, changes: readonly StoreChange[]) {
        if (changes.length === 2) {
          await super.write(name, [...changes, ...this.#held]);
          this.#held = changes;
        } else await super.write(name, changes);
      }
    },
  ],
  'no empty batches': [
    /nothing to write/,
    class extends PlainStore {
      override async write(name: string, changes: readonly StoreChange[]) {
        if (changes.length === 0) throw new Error('nothing to write');
        await super.write(name, changes);
      }
    },
  ],
  'changes one by one': [
    /must emit \[a=old, b=old, f=next\] after a batch that failed, .* and emitted \[a=new, c=new, f=next\]/,
    class extends PlainStore {
      override async write(name: string, changes: readonly StoreChange[]) {
        for (const change of changes) await super.write(name, [change]);
      }
    },
  ],
  'batches that fail in silence': [
    /write\(\) of a change that cannot be read must error, and did not/,
    class extends PlainStore {
      override write(name: string, changes: readonly StoreChange[]) {
        return super.write(name, changes).catch(() => undefined);
      }
    },
  ],
  'nothing after a batch that failed': [
    /the transaction is aborted/,
    class extends PlainStore {
      #isAborted = false;
      override async write(name: string, changes: readonly StoreChange[]) {
        if (this.#isAborted) throw new Error('the transaction is aborted');
        await super.write(name, changes).catch((error: unknown) => {
          this.#isAborted = true;
          throw error;
        });
      }
    },
  ],
  'writes after close()': [
    /write\(\) after close\(\) must error, and did not/,
    class extends PlainStore {
      override writeAfterClose(name: string, changes: readonly StoreChange[]) {
        return this.write(name, changes);
      }
    },
  ],
  'writes after close() that error': [
    /must emit \[\] after a write\(\) that followed close\(\)/,
    class extends PlainStore {
      override async writeAfterClose(name: string, changes: readonly StoreChange[]) {
        await this.write(name, changes);
        throw new Error('closed');
      }
    },
  ],
  'several owners': [
    /open\(\) of a session that is open must error, and did not/,
    class extends PlainStore {
      override claim(name: string) {
        this.data.owners.set(name, this);
      }
    },
  ],
  'several owners in different stores': [
    /open\(\) of a session that another store has open must error, and did not/,
    class extends PlainStore {
      override claim(name: string) {
        if (this.data.owners.get(name) === this) throw this.inUse();
        this.data.owners.set(name, this);
      }
    },
  ],
  'another error for a second owner': [
    /must error with an MqttError of code STORE_IN_USE, and errored with locked/,
    class extends PlainStore {
      override inUse() {
        return new Error('locked');
      }
    },
  ],
  'an owner that loses its place to the one that is refused': [
    /the third open\(\) of a session that is open must error, and did not/,
    class extends PlainStore {
      override claim(name: string) {
        try {
          super.claim(name);
        } catch (error) {
          this.release(name);
          throw error;
        }
      }
    },
  ],
  'sessions that stay open for ever': [
    /the session is open/,
    class extends PlainStore {
      override release() {}
    },
  ],
  'one session at a time': [
    /the session is open/,
    class extends PlainStore {
      override claim(name: string) {
        if (this.data.owners.size > 0) throw this.inUse();
        super.claim(name);
      }
    },
  ],
  'all sessions closed with the first one': [
    /open\(\) of a session that is open, after another one was closed must error, and did not/,
    class extends PlainStore {
      override release() {
        this.data.owners.clear();
      }
    },
  ],
  'entries only when it is closed': [
    /must emit \[a=1, b=2\] after its process died, and emitted \[\]/,
    class extends PlainStore {
      readonly #unwritten: StoreChange[] = [];
      override async write(_name: string, changes: readonly StoreChange[]) {
        await macrotask();
        this.#unwritten.push(...changes);
      }
      override release(name: string) {
        super.release(name);
        const entries = new Map(this.entriesOf(name));
        for (const change of this.#unwritten) this.apply(entries, change);
        this.data.entries.set(name, entries);
      }
    },
  ],
  'owners that outlive their process': [
    /the session is open/,
    class extends PlainStore {
      override die() {
        this.isDead = true;
      }
    },
  ],
  'parts of a batch while it is being written': [
    /must find all changes of a batch or none, and found \d+ of 200/,
    class extends PlainStore {
      override async write(name: string, changes: readonly StoreChange[]) {
        if (changes.length !== 200) return super.write(name, changes);
        for (let i = 0; i < 200; i += 10) await super.write(name, changes.slice(i, i + 10));
      }
    },
  ],
  'batches that are written later': [
    /must find batch \d+, because it was written before the process died/,
    class extends PlainStore {
      override async write(name: string, changes: readonly StoreChange[]) {
        if (changes.length !== 200) return super.write(name, changes);
        setTimeout(() => void super.write(name, changes).catch(() => undefined), 30);
        await macrotask();
      }
    },
  ],
};

describe('sessionStoreTests', () => {
  const run = async (Store: typeof PlainStore): Promise<readonly string[]> => {
    const data = new PlainData();
    const failures: string[] = [];
    const tests = sessionStoreTests(() => new Store(data), { crash: store => (store as PlainStore).die() });
    for (const test of tests) await test.run().catch((error: unknown) => failures.push(String(error)));
    return failures;
  };

  it('passes a store that keeps to its contract', async () => {
    expect(await run(PlainStore)).to.deep.equal([]);
  });

  for (const [name, [says, Store]] of Object.entries(broken)) {
    it(`fails a store with ${name}`, async () => {
      const failures = await run(Store);
      expect(
        failures.some(failure => says.test(failure)),
        failures.join('\n'),
      ).to.be.true;
    });
  }

  it('leaves the tests of crashes out without a way to crash', () => {
    const names = (tests: readonly { name: string }[]) => tests.map(({ name }) => name);
    const all = names(sessionStoreTests(() => new PlainStore(new PlainData()), { crash: () => undefined }));
    const some = names(sessionStoreTests(() => new PlainStore(new PlainData())));
    expect(all.filter(name => !some.includes(name))).to.have.length(2);
    expect(new Set(all)).to.have.property('size', all.length);
  });
});
