import { type SchedulerAction, type SchedulerLike, Subject, VirtualTimeScheduler } from 'rxjs';
import type { Channel, PageSignal, TabPlatform } from '../../../src/shared/browser/platform.js';
import type { WebLocks } from '../../../src/shared/browser/web-locks.js';

interface LockRequest {
  readonly context: FakeContext;
  readonly callback: (lock: Lock | null) => unknown;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

const aborted = (message: string) => new DOMException(message, 'AbortError');

/** Web Locks and channels of one origin, with tabs and workers that can be frozen and killed. Time is virtual, messages take a microtask. */
export class FakeBrowser {
  readonly scheduler = new VirtualTimeScheduler();
  readonly #held = new Map<string, LockRequest>();
  readonly #waiting = new Map<string, LockRequest[]>();
  readonly #ends = new Map<string, Set<FakeChannel>>();
  #names = 0;

  openContext(): FakeContext {
    return new FakeContext(this);
  }

  name(): string {
    return `name ${this.#names++}`;
  }

  /** The two ends of a channel, as of a MessageChannel. */
  connect(one: FakeContext, other: FakeContext): [Channel, Channel] {
    const name = this.name();
    return [one.openChannel(name), other.openChannel(name)];
  }

  /** Has virtual time pass. */
  elapse(ms: number): void {
    const { scheduler } = this;
    scheduler.maxFrames = scheduler.frame + ms;
    scheduler.schedule(() => undefined, ms);
    scheduler.flush();
  }

  /** Resolves when all messages and locks that are under way have arrived. */
  settled(): Promise<void> {
    return new Promise(resolve => setImmediate(resolve));
  }

  /** The names of the locks that a context holds. */
  locksOf(context: FakeContext): string[] {
    return [...this.#held].filter(([, { context: holder }]) => holder === context).map(([name]) => name);
  }

  /** The context that holds a lock. */
  holder(name: string): FakeContext | undefined {
    return this.#held.get(name)?.context;
  }

  request(name: string, { steal = false, signal }: LockOptions, given: LockRequest): void {
    const queue = this.#waiting.get(name) ?? [];
    this.#waiting.set(name, queue);
    if (steal) {
      const robbed = this.#held.get(name);
      this.#held.delete(name);
      robbed?.context.run(() => robbed.reject(aborted('the lock was stolen')));
      queue.unshift(given);
    } else queue.push(given);
    signal?.addEventListener('abort', () => {
      const index = queue.indexOf(given);
      if (index < 0) return;
      queue.splice(index, 1);
      given.reject(aborted('the request was withdrawn'));
    });
    this.#grant(name);
  }

  #grant(name: string): void {
    if (this.#held.has(name)) return;
    const granted = this.#waiting.get(name)?.shift();
    if (granted === undefined) return;
    this.#held.set(name, granted);
    const release = (settle: () => void): void => {
      if (this.#held.get(name) === granted) this.#held.delete(name);
      settle();
      this.#grant(name);
    };
    granted.context.run(() => {
      Promise.resolve(granted.callback({ name, mode: 'exclusive' })).then(
        value => release(() => granted.resolve(value)),
        (error: unknown) => release(() => granted.reject(error)),
      );
    });
  }

  join(channel: FakeChannel): void {
    this.#ends.set(channel.name, (this.#ends.get(channel.name) ?? new Set()).add(channel));
  }

  leave(channel: FakeChannel): void {
    this.#ends.get(channel.name)?.delete(channel);
  }

  post(from: FakeChannel, data: unknown): void {
    for (const end of this.#ends.get(from.name) ?? []) {
      if (end !== from) end.context.run(() => end.onmessage?.({ data: structuredClone(data) } as MessageEvent));
    }
  }

  bury(context: FakeContext): void {
    for (const queue of this.#waiting.values()) {
      queue.splice(0, Infinity, ...queue.filter(request => request.context !== context));
    }
    for (const ends of this.#ends.values()) {
      for (const end of ends) if (end.context === context) ends.delete(end);
    }
    for (const [name, { context: holder }] of [...this.#held]) {
      if (holder !== context) continue;
      this.#held.delete(name);
      this.#grant(name);
    }
  }
}

/** A tab or a worker. */
export class FakeContext {
  readonly platform: TabPlatform;
  readonly pageSignal$ = new Subject<PageSignal>();
  readonly #browser: FakeBrowser;
  readonly #tasks: (() => void)[] = [];
  #state: 'active' | 'frozen' | 'dead' = 'active';

  constructor(browser: FakeBrowser) {
    this.#browser = browser;
    const request = (name: string, options: LockOptions, callback: LockRequest['callback']): Promise<unknown> =>
      new Promise((resolve, reject) => {
        if (!this.isDead) browser.request(name, options, { context: this, callback, resolve, reject });
      });
    this.platform = {
      locks: { request } as unknown as WebLocks,
      openBroadcastChannel: name => this.openChannel(name),
      randomName: () => browser.name(),
      pageSignal$: this.pageSignal$,
      scheduler: this.#schedulerOf(browser),
    };
  }

  get isDead(): boolean {
    return this.#state === 'dead';
  }

  openChannel(name: string): Channel {
    return new FakeChannel(name, this, this.#browser);
  }

  /** Runs a task in a microtask, when the context is active. */
  run(task: () => void): void {
    queueMicrotask(() => {
      if (this.#state === 'active') task();
      else if (this.#state === 'frozen') this.#tasks.push(task);
    });
  }

  /** Stops all code of the context. It keeps its locks. */
  freeze(): void {
    this.#state = 'frozen';
  }

  thaw(): void {
    this.#state = 'active';
    for (const task of this.#tasks.splice(0)) this.run(task);
  }

  /** Ends the context as a crash does. The browser gives its locks back. */
  kill(): void {
    this.#state = 'dead';
    this.#browser.bury(this);
  }

  /** Timers that end while the context is frozen go off when it thaws. */
  #schedulerOf({ scheduler }: FakeBrowser): SchedulerLike {
    return {
      now: () => scheduler.now(),
      schedule: <T>(work: (this: SchedulerAction<T>, state?: T) => void, delay?: number, state?: T) => {
        const runHere = this.#runNow.bind(this);
        return scheduler.schedule<T>(
          function (this: SchedulerAction<T>, given?: T) {
            runHere(() => work.call(this, given));
          },
          delay,
          state,
        );
      },
    };
  }

  #runNow(task: () => void): void {
    if (this.#state === 'active') task();
    else this.run(task);
  }
}

class FakeChannel implements Channel {
  onmessage: ((event: MessageEvent) => void) | null = null;

  constructor(
    readonly name: string,
    readonly context: FakeContext,
    readonly browser: FakeBrowser,
  ) {
    browser.join(this);
  }

  postMessage(data: unknown): void {
    if (!this.context.isDead) this.browser.post(this, data);
  }

  close(): void {
    this.browser.leave(this);
  }
}
