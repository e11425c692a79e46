import { type Subscription, asyncScheduler } from 'rxjs';
import { WebSocket } from 'ws';
import type { TraceWarning } from '../../trace/trace-event.js';
import { Summary } from './summary.js';
import { type TraceLine, traceLine } from './trace-line.js';

/** ms for which lines are gathered into one message of the WebSocket. */
const GATHER = 20;
/** Characters after which lines are not gathered any longer. */
const MOST_GATHERED = 1024 * 1024;
/** Bytes that may wait for a page: what it begins with, and more. Beyond them, the page gets a summary of what comes meanwhile. */
const HIGH = 16 * 1024 * 1024;
/** Bytes below which a page gets everything again. */
const LOW = 256 * 1024;
/** ms that a page has to answer when its connection is closed. */
const LINGER = 500;

/**
 * The lines of a trace for one page. A page that does not read them, because it is in the background or stopped in a debugger, gets a summary
 * when it reads again: the last state, figures and messages, and a warning that says how many events are missing.
 */
export class PageFeed {
  readonly #socket: WebSocket;
  #gathered: string[] = [];
  #characters = 0;
  #timer: Subscription | undefined;
  /** What has come since the page has fallen behind. */
  #summary: Summary | undefined;

  constructor(socket: WebSocket) {
    this.#socket = socket;
  }

  add(line: TraceLine): void {
    if (this.#summary) {
      this.#summary.add(line);
      return;
    }
    this.#gathered.push(line.line);
    this.#characters += line.line.length;
    if (this.#characters > MOST_GATHERED) this.#flush();
    else this.#timer ??= asyncScheduler.schedule(() => this.#flush(), GATHER);
  }

  /** Sends what is gathered, and closes the connection in bounded time, also if the page does not answer. */
  close(): void {
    this.#flush();
    this.#socket.close(1000);
    const timeout = asyncScheduler.schedule(() => this.#socket.terminate(), LINGER);
    this.#socket.once('close', () => timeout.unsubscribe());
  }

  #flush(): void {
    this.#timer?.unsubscribe();
    this.#timer = undefined;
    this.#characters = 0;
    const text = this.#gathered.join('');
    this.#gathered = [];
    if (text === '' || this.#socket.readyState !== WebSocket.OPEN) return;
    this.#socket.send(text, () => this.#onWritten());
    if (this.#socket.bufferedAmount > HIGH) this.#summary = new Summary();
  }

  #onWritten(): void {
    const summary = this.#summary;
    if (!summary || this.#socket.bufferedAmount > LOW) return;
    this.#summary = undefined;
    const lines = summary.lines();
    for (const line of lines) this.add(line);
    const missing = summary.events - lines.length;
    const at = lines.at(-1)?.at;
    if (missing > 0 && at !== undefined) this.add(traceLine(missingEvents(missing, at)));
  }
}

const missingEvents = (count: number, at: number): TraceWarning => ({
  type: 'warning',
  at,
  code: 'EVENTS_MISSING',
  message: `this page did not read for a while, so ${count} events are missing; it has the last message of each topic`,
});
