import { throwError } from 'rxjs';

/** What a trampoline runs. An object that is run often is a task itself, so that it needs no function for that. */
export interface Task {
  run(): void;
}

/** A task that waits, and the one behind it. */
interface Waiting {
  readonly task: (() => void) | Task;
  next: Waiting | undefined;
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
  /** The tasks that wait are a linked list, which takes no memory while there is none. */
  #first: Waiting | undefined;
  #last: Waiting | undefined;

  run(task: (() => void) | Task): void {
    if (this.#running) {
      const waiting = { task, next: undefined };
      if (this.#last === undefined) this.#first = waiting;
      else this.#last.next = waiting;
      this.#last = waiting;
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
    for (let waiting = this.#first; waiting !== undefined; waiting = this.#first) {
      this.#first = waiting.next;
      if (this.#first === undefined) this.#last = undefined;
      attempt(waiting.task);
    }
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
