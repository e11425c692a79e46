/**
 * One thing after the other: a task that is run while another one runs waits until that is done. Whatever a subscriber calls from
 * inside a callback, packets are handled in order, and no state is seen half changed.
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
    try {
      task();
      this.settle();
    } finally {
      this.#running = false;
    }
  }

  /** Runs the task at once; what it provokes waits until it is done. */
  within(task: () => void): void {
    if (this.#running) task();
    else this.run(task);
  }

  /** For a long task, at a point where all is in order: runs what has been waiting. */
  settle(): void {
    while (this.#waiting.length > 0) this.#waiting.shift()!();
  }
}
