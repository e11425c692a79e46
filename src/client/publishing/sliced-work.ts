import type { SchedulerLike } from 'rxjs';
import { runInSlices } from '../../operators/slice.js';
import type { OutgoingPublish } from '../../protocol/outbound/outgoing-publish.js';
import { Queue } from '../../protocol/collections/queue.js';
import type { Trampoline } from '../trampoline.js';
import { createYielding } from '../yielding.js';

interface SlicedWorkConfig {
  readonly scheduler: SchedulerLike;
  readonly trampoline: Trampoline;
}

/** A task for each of these messages. */
interface Work {
  readonly messages: ArrayIterator<OutgoingPublish>;
  readonly task: (message: OutgoingPublish) => void;
}

/**
 * Work that may concern very many messages, which is done in slices and in order, whatever becomes of the connection meanwhile. What is left
 * of it is done before the client is closed. Lives with the client.
 */
export class SlicedWork {
  readonly #config: SlicedWorkConfig;
  readonly #left = new Queue<Work>();
  #isRunning = false;

  constructor(config: SlicedWorkConfig) {
    this.#config = config;
  }

  get isDone(): boolean {
    return this.#left.length === 0;
  }

  /** Calls `task` with each message, after the work that is left. The first slice is done before it returns. */
  add(messages: readonly OutgoingPublish[], task: (message: OutgoingPublish) => void): void {
    this.#left.push({ messages: messages.values(), task });
    if (this.#isRunning) return;
    this.#isRunning = true;
    runInSlices(this.steps(), createYielding(this.#config), () => {
      this.#isRunning = false;
    });
  }

  /** Does the work that is left, a message in each step. A task may call it, too. */
  *steps(): Generator<void, void> {
    for (let work = this.#left.oldest; work !== undefined; work = this.#left.oldest) {
      const { done, value } = work.messages.next();
      if (done === true) this.#left.take();
      else {
        work.task(value);
        yield;
      }
    }
  }
}
