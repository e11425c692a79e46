import { type ByteProgress, transitTime } from './byte-progress.js';

/** How often within a deadline to check whether PINGREQ has left. */
const CHECKS_PER_DEADLINE = 8;

/** A PINGREQ that waits for its answer. The deadline starts when PINGREQ has left, because bytes before it may still be leaving. */
export class PendingPing {
  /** When it was written. */
  readonly writtenAt: number;
  /** ms from when it has left within which any byte must arrive. */
  readonly timeout: number;
  readonly #progress: ByteProgress;
  /** `written` with PINGREQ included. */
  #position = 0;
  #hasLeft = false;
  /** When PINGREQ left, or bytes before it last did. */
  #waitingSince: number;
  #leftAtCheck = 0;
  #checkedAt: number;

  constructor(progress: ByteProgress, timeout: number, now: number) {
    this.#progress = progress;
    this.timeout = timeout;
    this.writtenAt = this.#waitingSince = this.#checkedAt = now;
  }

  get deadline(): number {
    return this.#waitingSince + this.timeout + transitTime(this.#progress, this.#position);
  }

  /** Returns when to call `check()` next: soon until PINGREQ has left, and then at the deadline. */
  nextCheck(now: number): number {
    return this.#hasLeft ? this.deadline : Math.min(this.deadline, now + this.timeout / CHECKS_PER_DEADLINE);
  }

  /** Called when its bytes are written. */
  onWritten(): void {
    const { written, left } = this.#progress;
    this.#position = written;
    this.#leftAtCheck = left;
    this.#hasLeft = left >= written;
  }

  /** Starts the deadline again: until now this client itself did not read. */
  restart(now: number): void {
    this.#waitingSince = now;
  }

  /** Starts the deadline again while the bytes are leaving. */
  check(now: number): void {
    if (this.#hasLeft) return;
    const { left } = this.#progress;
    this.#hasLeft = left >= this.#position;
    if (this.#hasLeft) this.#waitingSince = this.#checkedAt;
    else if (left > this.#leftAtCheck) this.#waitingSince = now;
    this.#leftAtCheck = left;
    this.#checkedAt = now;
  }
}
