import { cpSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ClassicLevel } from 'classic-level';
import fc from 'fast-check';
import { MemoryLevel } from 'memory-level';
import { lastValueFrom, from } from 'rxjs';
import { MqttError } from '../../src/errors.js';
import { describeSmallDisk } from '../support/small-disk.js';
import { levelStore, type SessionStore, type StoreChange, type StoredSession } from '../../src/store/index.js';

const bytes = (text: string) => new TextEncoder().encode(text);
const put = (key: string, value: string): StoreChange => ({ type: 'put', key, value: bytes(value) });
const del = (key: string): StoreChange => ({ type: 'del', key });
const open = (store: SessionStore, clientId: string): Promise<StoredSession> =>
  lastValueFrom(from(store.open(clientId)));
const write = (session: StoredSession, ...changes: StoreChange[]) =>
  lastValueFrom(from(session.write(changes)), { defaultValue: undefined });
const close = (session: StoredSession) => lastValueFrom(from(session.close()), { defaultValue: undefined });

async function load(session: StoredSession): Promise<string[]> {
  const found: string[] = [];
  for await (const list of session.load() as AsyncIterable<{ key: string; value: Uint8Array }[]>)
    found.push(...list.map(({ key, value }) => `${key}=${new TextDecoder().decode(value)}`));
  return found;
}

async function reload(store: SessionStore, clientId: string): Promise<string[]> {
  const session = await open(store, clientId);
  try {
    return await load(session);
  } finally {
    await close(session);
  }
}

async function errorOf(promise: Promise<unknown>): Promise<MqttError> {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(MqttError.is(error), `an MqttError, not ${String(error)}`).to.be.true;
  return error as MqttError;
}

describe('levelStore', () => {
  describe('opens and closes the database', () => {
    it('with the first and the last session, if it is not open', async () => {
      const db = new MemoryLevel();
      const stores = [levelStore(db), levelStore(db)];
      const a = await open(stores[0]!, 'a');
      const b = await open(stores[1]!, 'b');
      await close(a);
      expect(db.status).to.equal('open');
      await close(b);
      expect(db.status).to.equal('closed');
      await close(await open(stores[0]!, 'a'));
      expect(db.status).to.equal('closed');
    });

    it('not, if it is open before', async () => {
      const db = new MemoryLevel();
      await db.open();
      await close(await open(levelStore(db), 'a'));
      expect(db.status).to.equal('open');
    });

    it('not, if somebody else has opened it since', async () => {
      const db = new MemoryLevel();
      const store = levelStore(db);
      await close(await open(store, 'a'));
      await db.open();
      await close(await open(store, 'a'));
      expect(db.status).to.equal('open');
    });

    it('also with the parent of a sublevel', async () => {
      const db = new MemoryLevel();
      const store = levelStore(db.sublevel('x'));
      const session = await open(store, 'a');
      await write(session, put('a', '1'));
      await close(session);
      expect(db.status).to.equal('closed');
      expect(await reload(store, 'a')).to.deep.equal(['a=1']);
    });
  });

  describe('has one owner of a session', () => {
    const inUse = async (store: SessionStore, clientId: string) =>
      expect(await errorOf(open(store, clientId))).to.include({ code: 'STORE_IN_USE', retryable: true });

    it('among all stores of one database', async () => {
      const db = new MemoryLevel();
      const session = await open(levelStore(db), 'a');
      await inUse(levelStore(db), 'a');
      await close(await open(levelStore(db, { prefix: 'other' }), 'a'));
      await close(session);
      await close(await open(levelStore(db), 'a'));
    });

    it('among sublevels of one name, and not of different names', async () => {
      const db = new MemoryLevel();
      const session = await open(levelStore(db.sublevel('x')), 'a');
      await inUse(levelStore(db.sublevel('x')), 'a');
      const other = await open(levelStore(db.sublevel('y')), 'a');
      await close(other);
      await close(session);
    });

    it('is not the owner any more after open() has failed', async () => {
      const db = new MemoryLevel();
      const remove = db.hooks.postopen;
      const fail = () => Promise.reject(new Error('not today'));
      remove.add(fail);
      const store = levelStore(db);
      const error = await errorOf(open(store, 'a'));
      expect(error).to.include({ code: 'STORE_FAILED', message: 'the store could not open its database (not today)' });
      remove.delete(fail);
      await close(await open(store, 'a'));
    });

    it('in one process, also by another object of the same location', async () => {
      const location = mkdtempSync(join(tmpdir(), 'level-store-'));
      try {
        const session = await open(levelStore(new ClassicLevel(location)), 'a');
        const error = await errorOf(open(levelStore(new ClassicLevel(location)), 'b'));
        expect(error).to.include({ code: 'STORE_IN_USE' });
        expect(error.message).to.match(
          /^another process, or another database object of this process, has .* open \(IO error/,
        );
        await close(session);
        await close(await open(levelStore(new ClassicLevel(location)), 'b'));
      } finally {
        rmSync(location, { recursive: true });
      }
    });
  });

  it('keeps sessions apart, whatever client ids and prefixes contain', async () => {
    const part = fc.oneof(
      fc.stringMatching(/^[!"%a12]{0,4}$/),
      fc.string({ unit: 'binary', maxLength: 3 }),
      fc.constantFrom('\uffff', '\u{10ffff}', '%21', '!', ''),
    );
    const sessions = fc.uniqueArray(fc.tuple(part, part), {
      minLength: 2,
      maxLength: 6,
      selector: pair => pair.join('\0'),
    });
    await fc.assert(
      fc.asyncProperty(sessions, async pairs => {
        const db = new MemoryLevel();
        await db.open();
        for (const [i, [prefix, clientId]] of pairs.entries()) {
          const session = await open(levelStore(db, { prefix }), clientId);
          await write(session, put('a', `${i}`), put('z0', `${i}`));
          await close(session);
        }
        for (const [i, [prefix, clientId]] of pairs.entries())
          expect(await reload(levelStore(db, { prefix }), clientId)).to.deep.equal([`a=${i}`, `z0=${i}`]);
        await db.close();
      }),
    );
  });

  it('leaves other entries of the database alone', async () => {
    const db = new MemoryLevel();
    await db.open();
    await db.batch(
      ['', 'rxjs-mqtt', 'rxjs-mqtt!', 'rxjs-mqtt"', 'rxjs-mqtt!a', 'rxjs-mqtt!a"'].map(key => ({
        type: 'put',
        key: `x${key}`.slice(key === '' ? 0 : 1),
        value: '',
      })),
    );
    expect(await reload(levelStore(db), 'a')).to.deep.equal([]);
  });

  it('loads lists of at most 1,000 entries, and gives the event loop a turn between them', async () => {
    for (const count of [0, 1, 999, 1_000, 1_001, 2_500]) {
      const store = levelStore(new MemoryLevel());
      const session = await open(store, 'a');
      await write(session, ...Array.from({ length: count }, (_, i) => put(`q${String(i).padStart(6, '0')}`, '')));
      const lengths: number[] = [];
      let turns = 0;
      const interval = setInterval(() => turns++, 0);
      for await (const list of session.load() as AsyncIterable<unknown[]>) lengths.push(list.length);
      clearInterval(interval);
      const full = Math.floor(count / 1_000);
      expect(lengths).to.deep.equal([...Array.from({ length: full }, () => 1_000), count % 1_000].filter(n => n > 0));
      expect(turns).to.be.at.least(full);
      await close(session);
    }
  });

  it('returns bytes that slice() copies', async () => {
    const store = levelStore(new MemoryLevel());
    const session = await open(store, 'a');
    await write(session, put('a', '123'));
    for await (const [entry] of session.load() as AsyncIterable<{ value: Uint8Array }[]>) {
      expect(Object.getPrototypeOf(entry!.value)).to.equal(Uint8Array.prototype);
    }
    await close(session);
  });

  it('takes no other object for a database', () => {
    for (const db of [undefined, null, {}, './outbox', new Map()])
      expect(() => levelStore(db as never)).to.throw(MqttError, /^levelStore\(\) takes a database of abstract-level 3/);
  });
});

type Fault = 'lost' | 'written' | 'seen';

/** The private methods of a database in memory, which its types do not show. */
const memory = MemoryLevel.prototype as unknown as { _batch(operations: unknown, options: unknown): Promise<void> };

/** A database in memory that fails where a test says so. */
class FaultyLevel extends MemoryLevel {
  /**
   * What becomes of the next batches, which all error: nothing is written, or the log has it, so that it shows when the database is opened
   * again, as in LevelDB, or it shows at once.
   */
  readonly faults: Fault[] = [];
  error: Error = Object.assign(new Error('IO error: No space left on device'), { code: 'LEVEL_IO_ERROR' });
  /** The batches that the next opening finds in the log. */
  readonly log: unknown[] = [];
  last: unknown;

  async _open(): Promise<void> {
    for (const operations of this.log.splice(0)) await memory._batch.call(this, operations, {});
  }

  async _batch(operations: unknown, options: unknown): Promise<void> {
    this.last = operations;
    const fault = this.faults.shift();
    if (fault === 'written') this.log.push(operations);
    else if (fault !== 'lost') await memory._batch.call(this, operations, options);
    if (fault !== undefined) throw this.error;
  }
}

describe('levelStore after a failed write', () => {
  let db: FaultyLevel;
  let store: SessionStore;
  let session: StoredSession;
  let openings: number;
  beforeEach(async () => {
    db = new FaultyLevel();
    openings = 0;
    db.on('open', () => openings++);
    store = levelStore(db);
    session = await open(store, 'a');
    await write(session, put('a', 'old'), put('b', 'old'));
  });

  const fail = async (...faults: Fault[]) => {
    db.faults.push(...faults);
    return errorOf(write(session, put('a', 'new'), del('b'), put('c', 'new')));
  };

  it('errors with the cause and with advice', async () => {
    const error = await fail('lost');
    expect(error).to.include({ code: 'STORE_FAILED', retryable: true, cause: db.error });
    expect(error.message).to.equal(
      'the store could not write (IO error: No space left on device); free some space, and the next write succeeds',
    );
    db.error = new DOMException('The transaction was aborted', 'QuotaExceededError');
    expect((await fail('lost')).message).to.match(/; free some space, and the next write succeeds$/);
    db.error = new Error('the disk is on fire');
    expect((await fail('lost')).message).to.equal('the store could not write (the disk is on fire)');
    db.error = Object.assign(new Error('Corruption: block checksum mismatch'), { code: 'LEVEL_CORRUPTION' });
    expect(await fail('lost')).to.include({ code: 'STORE_UNREADABLE', retryable: false });
    await close(session);
  });

  for (const fault of ['lost', 'written'] as const) {
    it(`opens the database again before the next write, when the batch was ${fault}`, async () => {
      await fail(fault);
      expect(openings).to.equal(1);
      await write(session, put('d', 'next'));
      expect(openings).to.equal(2);
      await write(session, put('e', 'next'));
      expect(openings).to.equal(2);
      expect(await load(session)).to.deep.equal(['a=old', 'b=old', 'd=next', 'e=next']);
      await close(session);
      expect(db.status).to.equal('closed');
    });

    it(`leaves nothing of the batch when the session is closed, when the batch was ${fault}`, async () => {
      await fail(fault);
      await close(session);
      expect(await reload(store, 'a')).to.deep.equal(['a=old', 'b=old']);
    });
  }

  it('undoes the batch as often as it takes', async () => {
    await fail('written');
    for (const fault of ['lost', 'lost', 'written'] as const) await fail(fault);
    await write(session, put('d', 'next'));
    expect(await load(session)).to.deep.equal(['a=old', 'b=old', 'd=next']);
    await close(session);
  });

  it('undoes the first batch of a session, too', async () => {
    const other = await open(store, 'b');
    db.faults.push('written');
    await errorOf(write(other, put('x', '1')));
    await close(other);
    expect(await reload(store, 'b')).to.deep.equal([]);
    await close(session);
  });

  it('errors while the database does not open again, and then goes on', async () => {
    await fail('written');
    const refuse = () => Promise.reject(new Error('still full'));
    db.hooks.postopen.add(refuse);
    for (let i = 0; i < 3; i++) {
      const error = await errorOf(write(session, put('d', 'next')));
      expect(error.code).to.equal('STORE_FAILED');
      expect(error.message).to.equal('the store could not open its database again after a failed write (still full)');
    }
    db.hooks.postopen.delete(refuse);
    await write(session, put('d', 'next'));
    expect(await load(session)).to.deep.equal(['a=old', 'b=old', 'd=next']);
    await close(session);
  });

  it('opens the database again for all its sessions, one after the other', async () => {
    const other = await open(store, 'b');
    db.faults.push('lost');
    const [failed] = await Promise.allSettled([write(session, put('c', '1')), write(other, put('x', '1'))]);
    expect(failed.status).to.equal('rejected');
    expect(openings).to.equal(2);
    await write(session, put('c', '2'));
    expect(openings).to.equal(2);
    expect(await load(session)).to.deep.equal(['a=old', 'b=old', 'c=2']);
    expect(await load(other)).to.deep.equal(['x=1']);
    await close(session);
    await close(other);
  });

  it('opens the parent of a sublevel again', async () => {
    const below = await open(levelStore(db.sublevel('x')), 'a');
    db.faults.push('lost');
    await errorOf(write(below, put('x', '1')));
    await write(below, put('x', '2'));
    expect(await load(below)).to.deep.equal(['x=2']);
    await close(below);
    await close(session);
  });

  it('does not write over what another owner has written since', async () => {
    await fail('lost');
    const thief = new FaultyLevel();
    const stolen = await open(levelStore(thief), 'a');
    await write(stolen, put('a', 'stolen'));
    db.log.push(thief.last);
    for (let i = 0; i < 2; i++) {
      const error = await errorOf(write(session, put('d', 'next')));
      expect(error).to.include({ code: 'STORE_IN_USE', subject: 'a' });
    }
    await close(session);
    expect(await reload(store, 'a')).to.deep.equal(['a=stolen', 'b=old']);
  });

  it('writes no more when it cannot undo the batch', async () => {
    await fail('seen');
    for (let i = 0; i < 2; i++) {
      const { code, message } = await errorOf(write(session, put('d', 'next')));
      expect(code).to.equal('STORE_FAILED');
      expect(message).to.equal(
        'a batch that failed was written nevertheless, and cannot be undone; open the client again',
      );
    }
    await close(session);
    expect(await reload(store, 'a')).to.deep.equal(['a=new', 'c=new']);
  });
});

describe('levelStore, when its database is closed underneath', () => {
  it('errors, and goes on when it is open again', async () => {
    const db = new MemoryLevel();
    const session = await open(levelStore(db), 'a');
    await write(session, put('a', '1'));
    await db.close();
    for (let i = 0; i < 2; i++) {
      expect(await errorOf(write(session, put('b', '1')))).to.include({ code: 'STORE_FAILED' });
      expect(db.status).to.equal('closed');
    }
    await db.open();
    await write(session, put('c', '1'));
    expect(await load(session)).to.deep.equal(['a=1', 'c=1']);
    await close(session);
  });

  it('errors when the session was deleted in between', async () => {
    const db = new MemoryLevel();
    const session = await open(levelStore(db), 'a');
    await write(session, put('a', '1'));
    await db.close();
    await db.open();
    await db.clear();
    for (let i = 0; i < 2; i++) {
      const error = await errorOf(write(session, put('c', '1')));
      expect(error.code).to.equal('STORE_UNREADABLE');
      expect(error.message).to.equal('the stored session was deleted while this client had it open');
    }
    await close(session);
  });
});

describe('levelStore with a damaged LevelDB', () => {
  it('errors with STORE_UNREADABLE', async () => {
    const location = mkdtempSync(join(tmpdir(), 'level-store-'));
    try {
      await close(await open(levelStore(new ClassicLevel(location)), 'a'));
      for (const file of readdirSync(location)) {
        if (file.startsWith('MANIFEST')) writeFileSync(join(location, file), 'x'.repeat(100));
      }
      const error = await errorOf(open(levelStore(new ClassicLevel(location)), 'a'));
      expect(error).to.include({ code: 'STORE_UNREADABLE', retryable: false });
      expect(error.message).to.match(/^the database of the store is damaged \(Corruption: .*; keep a copy of it/);
    } finally {
      rmSync(location, { recursive: true });
    }
  });
});

describeSmallDisk('levelStore on a full disk', disk => {
  afterEach(() => disk.clear());

  for (const sync of [false, true]) {
    for (const isOpenBefore of [false, true]) {
      it(`loses nothing that was written, ${sync ? 'with' : 'without'} sync, in ${isOpenBefore ? 'an open' : 'a closed'} database`, async () => {
        const location = join(disk.path, 'db');
        const db = new ClassicLevel(location);
        if (isOpenBefore) await db.open();
        const session = await open(levelStore(db, { sync }), 'a');
        const written: string[] = [];
        const failed: MqttError[] = [];
        const writeSome = async (name: string, count: number) => {
          for (let i = 0; i < count; i++) {
            const key = `${name}${String(i).padStart(2, '0')}`;
            const value = key.repeat(500);
            await write(session, put(key, value)).then(
              () => written.push(`${key}=${value}`),
              (error: unknown) => failed.push(error as MqttError),
            );
          }
        };
        await writeSome('a', 5);
        expect(failed).to.deep.equal([]);
        disk.fill();
        await writeSome('b', 20);
        expect(failed.length).to.be.at.least(10);
        for (const { code, message } of failed) {
          expect(code).to.equal('STORE_FAILED');
          expect(message).to.match(/No space left on device\); free some space, and the next write succeeds$/i);
        }
        disk.free();
        const failures = failed.length;
        await writeSome('c', 20);
        expect(failed.length).to.equal(failures);

        // What a killed process leaves.
        const left = mkdtempSync(join(tmpdir(), 'level-store-'));
        cpSync(location, left, { recursive: true });
        await close(session);
        await db.close();
        const found = await reload(levelStore(new ClassicLevel(left)), 'a');
        rmSync(left, { recursive: true });
        expect(found).to.deep.equal(written);
      });
    }
  }
});
