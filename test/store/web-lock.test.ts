import { expect } from 'chai';
import { MemoryLevel } from 'memory-level';
import { from, lastValueFrom } from 'rxjs';
import { levelStore, type StoredSession } from '../../src/store/index.js';

/** A permanent database, as that of a browser, of which two objects have the same entries. */
class PageLevel extends MemoryLevel {
  readonly location = 'sessions';
  readonly namePrefix = 'level-js-';
  constructor() {
    super();
    Object.assign(this.supports, { permanence: true });
  }
}

/** Web Locks of one origin. */
class Locks {
  /** By name, what takes the lock away from its owner. */
  readonly held = new Map<string, (reason: Error) => void>();
  #waiting: { readonly name: string; readonly grant: () => void }[] = [];
  failure: Error | undefined;
  /** How often somebody has waited for a lock. */
  waits = 0;

  async request(
    name: string,
    { ifAvailable, signal }: { ifAvailable?: true; signal?: AbortSignal },
    callback: (lock: object | null) => Promise<void>,
  ): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    if (this.held.has(name)) {
      if (ifAvailable === true) return callback(null);
      this.waits++;
      await new Promise<void>((grant, reject) => {
        const waiting = { name, grant };
        this.#waiting.push(waiting);
        signal?.addEventListener('abort', () => {
          this.#waiting = this.#waiting.filter(each => each !== waiting);
          reject(signal.reason as Error);
        });
      });
    }
    const lost = new Promise<never>((_, reject) => this.held.set(name, reject));
    await Promise.race([callback({}), lost]).finally(() => {
      this.held.delete(name);
      const next = this.#waiting.findIndex(waiting => waiting.name === name);
      if (next >= 0) this.#waiting.splice(next, 1)[0]!.grant();
    });
  }

  /** Holds a lock for a page that does not answer. Returns what ends the page. */
  hold(name: string): () => void {
    let end: () => void;
    const ended = new Promise<void>(resolve => (end = resolve));
    void this.request(name, {}, () => ended);
    return end!;
  }
}

const turn = () => new Promise(resolve => setImmediate(resolve));

const name = 'rxjs-mqtt:level-js-sessions:rxjs-mqtt!a%21!';

describe('levelStore in a page', () => {
  const globals = ['navigator', 'indexedDB'].map(
    name => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const,
  );
  const define = (navigator: object) => {
    Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
    Object.defineProperty(globalThis, 'indexedDB', { value: {}, configurable: true });
  };
  const { timeout: realTimeout } = AbortSignal;
  /** What says that the patience is over. */
  let timeout: typeof AbortSignal.timeout;
  before(() => (AbortSignal.timeout = ms => timeout(ms)));
  beforeEach(() => (timeout = realTimeout));
  after(() => (AbortSignal.timeout = realTimeout));
  afterEach(() => {
    for (const [name, descriptor] of globals) {
      if (descriptor === undefined) Reflect.deleteProperty(globalThis, name);
      else Object.defineProperty(globalThis, name, descriptor);
    }
  });

  const open = (db: MemoryLevel, prefix?: string): Promise<StoredSession> =>
    lastValueFrom(from(levelStore(db, prefix === undefined ? {} : { prefix }).open('a!')));
  const close = (session: StoredSession) => lastValueFrom(from(session.close()), { defaultValue: undefined });
  const errorOf = (promise: Promise<unknown>) =>
    promise.then(
      () => expect.fail('it has not failed'),
      (error: unknown) => error,
    );

  it('holds a lock of its location, prefix and client id while a session is open', async () => {
    const locks = new Locks();
    define({ locks });
    const session = await open(new PageLevel());
    const other = await open(new PageLevel(), 'x');
    expect([...locks.held.keys()]).to.deep.equal([
      'rxjs-mqtt:level-js-sessions:rxjs-mqtt!a%21!',
      'rxjs-mqtt:level-js-sessions:x!a%21!',
    ]);
    expect(await errorOf(open(new PageLevel()))).to.include({ code: 'STORE_IN_USE', retryable: true, subject: 'a!' });
    await close(session);
    await close(other);
    expect(locks.held).to.have.property('size', 0);
    await close(await open(new PageLevel()));
  });

  it('is refused as soon as the owner answers', async () => {
    const locks = new Locks();
    define({ locks });
    const session = await open(new PageLevel());
    timeout = () => new AbortController().signal;
    expect(await errorOf(open(new PageLevel()))).to.include({ code: 'STORE_IN_USE' });
    expect(locks.waits).to.equal(1);
    await close(session);
  });

  it('waits for the lock of a page that has just died, which does not answer', async () => {
    const locks = new Locks();
    define({ locks });
    const die = locks.hold(name);
    const opening = open(new PageLevel());
    while (locks.waits === 0) await turn();
    die();
    const session = await opening;
    expect(session).to.respondTo('write');
    await close(session);
  });

  it('is refused after half a second when the owner neither answers nor dies', async () => {
    const locks = new Locks();
    define({ locks });
    locks.hold(name);
    const start = performance.now();
    expect(await errorOf(open(new PageLevel()))).to.include({ code: 'STORE_IN_USE' });
    expect(performance.now() - start).to.be.within(450, 5_000);
  });

  it('is refused at once when another page that waited has got the lock', async () => {
    const locks = new Locks();
    define({ locks });
    timeout = () => new AbortController().signal;
    const die = locks.hold(name);
    const openings = [open(new PageLevel()), open(new PageLevel())];
    while (locks.waits < 2) await turn();
    die();
    const results = await Promise.allSettled(openings);
    const [winner] = results.filter(({ status }) => status === 'fulfilled');
    const [loser] = results.filter(({ status }) => status === 'rejected');
    expect((loser as PromiseRejectedResult).reason).to.include({ code: 'STORE_IN_USE' });
    await close((winner as PromiseFulfilledResult<StoredSession>).value);
  });

  it('writes nothing more after the browser has taken its lock away', async () => {
    const locks = new Locks();
    define({ locks });
    const db = new PageLevel();
    const session = await open(db);
    const write = (key: string) =>
      lastValueFrom(from(session.write([{ type: 'put', key, value: new Uint8Array([1]) }])), {
        defaultValue: undefined,
      });
    await write('a');
    locks.held.get(name)!(new DOMException('Lock broken by another request', 'AbortError'));
    await turn();
    const error = await errorOf(write('b'));
    expect(error).to.include({ code: 'STORE_IN_USE', subject: 'a!', retryable: true });
    expect((error as Error).message).to.match(
      /^the browser has taken the lock of the session of 'a!' away from this page/,
    );
    expect((await db.keys().all()).filter(key => key.endsWith('!b'))).to.deep.equal([]);
    await close(session);
    await close(await open(new PageLevel()));
  });

  it('gives the lock back when the database does not open', async () => {
    const locks = new Locks();
    define({ locks });
    const db = new PageLevel();
    db.hooks.postopen.add(() => Promise.reject(new Error('not today')));
    expect(await errorOf(open(db))).to.include({ code: 'STORE_FAILED' });
    expect(locks.held).to.have.property('size', 0);
  });

  it('errors with the cause when the lock cannot be asked for', async () => {
    const locks = new Locks();
    locks.failure = new DOMException('The document is not fully active', 'InvalidStateError');
    define({ locks });
    const error = await errorOf(open(new PageLevel()));
    expect(error).to.include({ code: 'STORE_FAILED', cause: locks.failure });
  });

  it('refuses to work without Web Locks', async () => {
    define({});
    expect(await errorOf(open(new PageLevel()))).to.include({
      code: 'NOT_SUPPORTED',
      subject: 'store',
      retryable: false,
    });
  });

  it('needs no lock for a database in memory', async () => {
    define({});
    const session = await open(new MemoryLevel());
    expect(session).to.respondTo('write');
    await close(session);
  });
});
