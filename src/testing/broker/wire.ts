import { NEVER, Observable, type SchedulerLike, Subject, asapScheduler, asyncScheduler } from 'rxjs';
import { MqttError } from '../../errors.js';
import { Queue } from '../../protocol/collections/queue.js';
import type { Link } from '../../transport/link.js';

export interface WireConfig {
  readonly scheduler: SchedulerLike;
  /** ms in one direction. */
  readonly latency: number;
  /** bytes. The size of the pieces in which bytes arrive. */
  readonly pieces: number;
}

/** The events of a wire for the broker. */
export interface WireEvents {
  received(chunk: Uint8Array): void;
  /** The client has closed the link, or is gone. */
  ended(): void;
}

/** The two ends of one link. Bytes arrive after the latency and in order. Lives with the connection. */
export class Wire {
  readonly #config: WireConfig;
  readonly #data$ = new Subject<Uint8Array>();
  #events: WireEvents | undefined;
  /** ms. When the last chunk to the client arrives; later ones do not arrive earlier. */
  #busyUntil = 0;
  /** The client has paused reading, so what arrives waits. */
  #isPaused = false;
  readonly #waiting = new Queue<() => void>();
  /** The broker has closed the link. */
  #isClosed = false;
  /** The client has unsubscribed from the link. */
  #isReleased = false;
  /** Nothing arrives any more, and neither side notices. */
  #isHalfOpen = false;

  constructor(config: WireConfig) {
    this.#config = config;
  }

  /** The end of the client. */
  readonly link: Link = {
    data$: this.#data$.asObservable(),
    write: chunk => {
      this.#toBroker(() => this.#split(chunk, piece => this.#events?.received(piece)));
      return true;
    },
    drain$: NEVER,
    pause: () => (this.#isPaused = true),
    resume: () => {
      this.#isPaused = false;
      const { scheduler } = this.#config;
      tickOf(scheduler, 0).schedule(() => this.#deliverWaiting());
    },
    end: () => this.#toBroker(() => this.#close()),
    localAddress: 'virtual client',
    remoteAddress: 'virtual broker',
  };

  listen(events: WireEvents): void {
    this.#events = events;
  }

  /** Writes bytes of the broker; `delay` delays later ones too. */
  write(bytes: Uint8Array, delay = 0): void {
    if (!this.#isClosed) this.#toClient(() => this.#split(bytes, piece => this.#data$.next(piece)), delay);
  }

  /** Completes the data of the client, or lets it error. */
  close(broken = false): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#events = undefined;
    this.#toClient(() => (broken ? this.#data$.error(lost()) : this.#data$.complete()), 0);
  }

  halfOpen(): void {
    this.#isHalfOpen = true;
  }

  get isHalfOpen(): boolean {
    return this.#isHalfOpen;
  }

  /** Ends the link after the client has unsubscribed. Bytes that it wrote before arrive first. */
  released(): void {
    this.#isReleased = true;
    this.#toBroker(() => this.#close());
  }

  #close(): void {
    this.#events?.ended();
    this.close();
  }

  #toBroker(task: () => void): void {
    const { scheduler, latency } = this.#config;
    tickOf(scheduler, latency).schedule(() => {
      if (!this.#isHalfOpen) task();
    }, latency);
  }

  #toClient(task: () => void, delay: number): void {
    const { scheduler, latency } = this.#config;
    const now = scheduler.now();
    this.#busyUntil = Math.max(this.#busyUntil, now + latency + delay);
    const wait = this.#busyUntil - now;
    tickOf(scheduler, wait).schedule(() => {
      if (this.#isHalfOpen) return;
      this.#waiting.push(task);
      this.#deliverWaiting();
    }, wait);
  }

  #deliverWaiting(): void {
    while (!this.#isPaused && !this.#isReleased && this.#waiting.length > 0) this.#waiting.take()!();
  }

  #split(bytes: Uint8Array, each: (piece: Uint8Array) => void): void {
    const { pieces } = this.#config;
    if (bytes.length <= pieces) return each(bytes);
    for (let at = 0; at < bytes.length; at += pieces) each(bytes.slice(at, at + pieces));
  }
}

const lost = () => new MqttError('TRANSPORT_ERROR', 'the virtual network broke the connection', { retryable: true });

/** Returns the scheduler of a delay. Without a delay, work runs at the end of the turn, as in the client. */
export const tickOf = (scheduler: SchedulerLike, delay: number): SchedulerLike =>
  delay === 0 && scheduler === asyncScheduler ? asapScheduler : scheduler;

/** Returns the stream with which a transport opens this wire. */
export function openWire(wire: Wire, { scheduler, latency }: WireConfig): Observable<Link> {
  return new Observable(subscriber => {
    subscriber.add(tickOf(scheduler, latency).schedule(() => subscriber.next(wire.link), latency));
    subscriber.add(() => wire.released());
  });
}
