import { throwError } from 'rxjs';

/**
 * One thing after the other: a task that is run while another one runs waits until that is done. Whatever a subscriber calls from
 * inside a callback, packets are handled in order, and no state is seen half changed.
 *
 * A task that throws harms nobody: what it threw is reported as RxJS reports the error of a subscriber (`config.onUnhandledError`,
 * or an uncaught exception), neither whoever runs it nor the task it waited for hears of it, and the tasks behind it run.
 */
export class Trampoline {
  #running = false;
  readonly #waiting: (() => void)[] = [];

  run(task: () => void): void {
    if (this.#running) {
      this.#waiting.push(task);
      return;
    }
    this.#running = true;
    attempt(task);
    this.settle();
    this.#running = false;
  }

  /** Runs the task at once; what it provokes waits until it is done. */
  within(task: () => void): void {
    if (this.#running) attempt(task);
    else this.run(task);
  }

  /** For a long task, at a point where all is in order: runs what has been waiting. */
  settle(): void {
    while (this.#waiting.length > 0) attempt(this.#waiting.shift()!);
  }
}

function attempt(task: () => void): void {
  try {
    task();
  } catch (error) {
    reportUnhandled(error);
  }
}

/** An error that nobody listens to is what RxJS reports in its own time; its function for that is not public. */
export function reportUnhandled(error: unknown): void {
  throwError(() => error).subscribe();
}
