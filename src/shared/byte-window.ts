/** bytes that one side posts before the other side says that it has read some of them. */
const WINDOW = 256 * 1024;
/** bytes after which a reader reports what it has read. Less than half of a window, so that a writer never waits for a report that does not come. */
const REPORT = 64 * 1024;

/** Counts what was written to a link and not read by the other side. Lives with the link. */
export class WriteWindow {
  #unread = 0;

  get isFull(): boolean {
    return this.#unread >= WINDOW;
  }

  written(bytes: number): void {
    this.#unread += bytes;
  }

  /** Records what the other side has read. Returns whether the window has room again. */
  read(bytes: number): boolean {
    const wasFull = this.isFull;
    this.#unread = Math.max(0, this.#unread - bytes);
    return wasFull && !this.isFull;
  }
}

/** Collects what was read of a link, so that not every chunk is reported. Lives with the link. */
export class ReadReports {
  #bytes = 0;

  /** Returns how many bytes to report now; 0 for none. */
  add(bytes: number): number {
    this.#bytes += bytes;
    if (this.#bytes < REPORT) return 0;
    const due = this.#bytes;
    this.#bytes = 0;
    return due;
  }
}
