import type { ByteProgress } from './byte-progress.js';

/** bytes/s: the slowest networks in use, those of 2G, are faster. */
const MINIMAL_RATE = 1024;

/** So many slow periods in a row make a packet stalled. */
const SLOW_PERIODS = 2;

/**
 * Detects a packet that arrives too slowly ever to be complete. For keepalive any byte shows that the broker is alive; without this a few
 * bytes of a huge packet would keep the connection open without end, while nothing behind that packet can arrive.
 */
export class StalledPacketDetector {
  readonly #progress: ByteProgress;
  /** ms; how long each period lasts at least. */
  readonly #period: number;
  #periodStart: number;
  #received = 0;
  /** The position in the stream at which the incomplete packet begins. */
  #packetStart = -1;
  #slowPeriods = 0;

  constructor(progress: ByteProgress, period: number, now: number) {
    this.#progress = progress;
    this.#period = period;
    this.#periodStart = now;
  }

  /** Returns whether in each of the last two periods no packet was completed, and less of one arrived than the minimal rate demands. */
  isStalled(now: number): boolean {
    const elapsed = now - this.#periodStart;
    if (elapsed < this.#period) return false;
    const { received, unread } = this.#progress;
    const packetStart = received - unread;
    const bytes = received - this.#received;
    const isSlow = unread > 0 && packetStart === this.#packetStart && bytes * 1000 < MINIMAL_RATE * elapsed;
    this.#slowPeriods = isSlow ? this.#slowPeriods + 1 : 0;
    this.#periodStart = now;
    this.#received = received;
    this.#packetStart = packetStart;
    return this.#slowPeriods >= SLOW_PERIODS;
  }

  /** Begins a new measurement at `now`: until then this client itself did not read. */
  restart(now: number): void {
    this.#slowPeriods = 0;
    this.#periodStart = now;
    this.#received = this.#progress.received;
    this.#packetStart = -1;
  }
}
