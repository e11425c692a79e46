import { throwError } from 'rxjs';
import { Queue } from '../protocol/collections/queue.js';

/** What a trampoline runs. An object that is run often is a task itself, so that it needs no function for that. */
export interface Task {
  run(): void;
}

/**
 * Runs tasks one after the other: a task that is started inside another one waits until that has returned. Whatever a subscriber calls
 * from inside a callback, packets are handled in order, and no subscriber sees a state that is half changed.
 *
 * A task that throws does not affect the others. Its error is reported as RxJS reports the error of a subscriber
 * (`config.onUnhandledError`, or an uncaught exception), it does not reach the caller, and the tasks behind it run.
 */
export class Trampoline {
  #running = false;
  readonly #waiting = new Queue<(() => void) | Task>();

  run(task: (() => void) | Task): void {
    if (this.#running) {
      this.#waiting.push(task);
      return;
    }
    this.#running = true;
    attempt(task);
    this.settle();
    this.#running = false;
  }

  /** Runs the task synchronously. Tasks that it starts wait until it has returned. */
  within(task: (() => void) | Task): void {
    if (this.#running) attempt(task);
    else this.run(task);
  }

  /** Runs the tasks that are waiting. A long task calls it where its own state is consistent. */
  settle(): void {
    for (let task = this.#waiting.take(); task !== undefined; task = this.#waiting.take()) attempt(task);
  }
}

function attempt(task: (() => void) | Task): void {
  try {
    if (typeof task === 'function') task();
    else task.run();
  } catch (error) {
    reportUnhandled(error);
  }
}

/** Reports an error as RxJS reports one that has no error handler, and as late: the function of RxJS for it is not public. */
export function reportUnhandled(error: unknown): void {
  throwError(() => error).subscribe();
}
