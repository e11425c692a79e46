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

/** Web Locks of one origin, without those that wait longer than their signal allows. */
class Locks {
  readonly held = new Set<string>();
  failure: Error | undefined;

  async request(name: string, { signal }: { signal: AbortSignal }, callback: () => Promise<void>): Promise<void> {
    if (this.failure !== undefined) throw this.failure;
    if (this.held.has(name)) {
      await new Promise(resolve => signal.addEventListener('abort', resolve));
      throw signal.reason;
    }
    this.held.add(name);
    await callback();
    this.held.delete(name);
  }
}

describe('levelStore in a page', () => {
  const globals = ['navigator', 'indexedDB'].map(
    name => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const,
  );
  const define = (navigator: object) => {
    Object.defineProperty(globalThis, 'navigator', { value: navigator, configurable: true });
    Object.defineProperty(globalThis, 'indexedDB', { value: {}, configurable: true });
  };
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
    expect([...locks.held]).to.deep.equal([
      'rxjs-mqtt:level-js-sessions:rxjs-mqtt!a%21!',
      'rxjs-mqtt:level-js-sessions:x!a%21!',
    ]);
    expect(await errorOf(open(new PageLevel()))).to.include({ code: 'STORE_IN_USE', retryable: true, subject: 'a!' });
    await close(session);
    await close(other);
    expect(locks.held).to.have.property('size', 0);
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
