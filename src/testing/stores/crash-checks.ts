import { timer } from 'rxjs';
import type { SessionStore } from '../../store/session-store.js';
import type { StoredSession } from '../../stored-session.js';
import {
  completionOf,
  expect,
  expectEntries,
  put,
  write,
  type StoreCheck,
  type StoreUnderTest,
} from './store-under-test.js';

const id = 'crashes';
const CHANGES = 200;

type Crash = (store: SessionStore) => void | Promise<void>;

/** What a store must do when its process dies. */
export function crashChecks(crash: Crash): Readonly<Record<string, StoreCheck>> {
  return {
    'keeps what was written when its process dies, and gives the session to the next owner': async tested => {
      const store = await tested.makeEmpty(id);
      const session = await tested.open(store, id);
      await write(session, put('a', '1'));
      await write(session, put('b', '2'));
      await crash(store);
      tested.forgetAll();
      expectEntries(await tested.reload(id), ['a=1', 'b=2'], 'after its process died');
    },

    'keeps whole batches, and none without those before it, when its process dies while it writes': async tested => {
      for (const delay of [0, 1, 3, 10]) await crashWhileWriting(tested, crash, delay);
    },
  };
}

/** Lets the process die `delay` ms after the fifth batch is written, while it writes the next ones. */
async function crashWhileWriting(tested: StoreUnderTest, crash: Crash, delay: number): Promise<void> {
  const store = await tested.makeEmpty(id);
  const writer = new Writer(await tested.open(store, id));
  await writer.fiveBatches;
  await completionOf(timer(delay));
  const certain = writer.stop();
  await crash(store);
  tested.forgetAll();
  await writer.end;

  const counts: number[] = [];
  for (const { key } of await tested.reload(id)) {
    const batch = Number(/^b(\d+)c/.exec(key)?.[1]);
    counts[batch] = (counts[batch] ?? 0) + 1;
  }
  for (let batch = 0; batch < Math.max(counts.length, certain); batch++) {
    const count = counts[batch] ?? 0;
    expect(
      count > 0 || batch >= certain,
      `load() must find batch ${batch}, because it was written before the process died`,
    );
    expect(
      count > 0,
      `load() must find no batch without those before it, and found one after batch ${batch} but not this one`,
    );
    expect(count === CHANGES, `load() must find all changes of a batch or none, and found ${count} of ${CHANGES}`);
  }
}

/** Writes one batch after the other until it is stopped. */
class Writer {
  readonly fiveBatches: Promise<void>;
  readonly end: Promise<void>;
  #written = 0;
  #isStopped = false;

  constructor(session: StoredSession) {
    let onFive: () => void = () => undefined;
    const five = new Promise<void>(resolve => (onFive = resolve));
    const writing = this.#write(session, onFive);
    this.fiveBatches = Promise.race([five, writing]);
    // What is written when the process dies may fail.
    this.end = writing.catch(() => undefined);
  }

  /** Begins no further batch, and returns how many are written for certain. */
  stop(): number {
    this.#isStopped = true;
    return this.#written;
  }

  async #write(session: StoredSession, onFive: () => void): Promise<void> {
    while (!this.#isStopped) {
      const changes = Array.from({ length: CHANGES }, (_, i) => put(`b${this.#written}c${i}`, ''));
      await completionOf(session.write(changes));
      if (this.#isStopped) return;
      if (++this.#written === 5) onFive();
    }
  }
}
