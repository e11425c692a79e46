import { NEVER, Observable, type SchedulerLike, Subject, asapScheduler, asyncScheduler } from 'rxjs';
import { MqttError } from '../../errors.js';
import type { Link } from '../../transport/link.js';

export interface WireConfig {
  readonly scheduler: SchedulerLike;
  /** ms, one way. */
  readonly latency: number;
  /** bytes; what is written comes in pieces of this size. */
  readonly pieces: number;
}

/** The broker's end of a wire. */
export interface WireEvents {
  received(chunk: Uint8Array): void;
  /** The client has hung up, or is gone. */
  ended(): void;
}

/** One connection that was opened: bytes take their time both ways, and keep their order. Lives with the connection. */
export class Wire {
  readonly #config: WireConfig;
  readonly #data$ = new Subject<Uint8Array>();
  #events: WireEvents | undefined;
  /** ms; nothing overtakes what arrives then. */
  #busyUntil = 0;
  /** The client does not read; what arrives waits in front of it. */
  #isPaused = false;
  readonly #waiting: (() => void)[] = [];
  /** The broker has closed it. */
  #isClosed = false;
  /** The client has let go of it. */
  #isReleased = false;
  /** Nothing gets through any more, and nobody is told. */
  #isHalfOpen = false;

  constructor(config: WireConfig) {
    this.#config = config;
  }

  /** The client's end. */
  readonly link: Link = {
    data$: this.#data$.asObservable(),
    write: chunk => {
      this.#toBroker(() => this.#pieces(chunk, piece => this.#events?.received(piece)));
      return true;
    },
    drain$: NEVER,
    pause: () => (this.#isPaused = true),
    resume: () => {
      this.#isPaused = false;
      const { scheduler } = this.#config;
      tickOf(scheduler, 0).schedule(() => this.#catchUp());
    },
    end: () => this.#toBroker(() => this.#hangUp()),
    localAddress: 'virtual client',
    remoteAddress: 'virtual broker',
  };

  listen(events: WireEvents): void {
    this.#events = events;
  }

  /** The broker writes; `delay` holds up what comes behind it too. */
  write(bytes: Uint8Array, delay = 0): void {
    if (!this.#isClosed) this.#toClient(() => this.#pieces(bytes, piece => this.#data$.next(piece)), delay);
  }

  /** The broker ends the stream; or it breaks. */
  close(broken = false): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#events = undefined;
    this.#toClient(() => (broken ? this.#data$.error(lost()) : this.#data$.complete()), 0);
  }

  halfOpen(): void {
    this.#isHalfOpen = true;
  }

  /** The client has let go of the link; what it wrote arrives before that is noticed. */
  released(): void {
    this.#isReleased = true;
    this.#toBroker(() => this.#hangUp());
  }

  #hangUp(): void {
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
      this.#catchUp();
    }, wait);
  }

  #catchUp(): void {
    while (!this.#isPaused && !this.#isReleased && this.#waiting.length > 0) this.#waiting.shift()!();
  }

  #pieces(bytes: Uint8Array, each: (piece: Uint8Array) => void): void {
    const { pieces } = this.#config;
    if (bytes.length <= pieces) return each(bytes);
    for (let at = 0; at < bytes.length; at += pieces) each(bytes.slice(at, at + pieces));
  }
}

const lost = () => new MqttError('TRANSPORT_ERROR', 'the virtual network broke the connection', { retryable: true });

/** What takes no time is done at the end of the turn, as the client does it. */
export const tickOf = (scheduler: SchedulerLike, delay: number): SchedulerLike =>
  delay === 0 && scheduler === asyncScheduler ? asapScheduler : scheduler;

/** A transport's stream for one wire. */
export function opened(wire: Wire, { scheduler, latency }: WireConfig): Observable<Link> {
  return new Observable(subscriber => {
    subscriber.add(tickOf(scheduler, latency).schedule(() => subscriber.next(wire.link), latency));
    subscriber.add(() => wire.released());
  });
}
