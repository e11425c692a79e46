import { type Observable, type SchedulerLike, Subject, takeUntil } from 'rxjs';
import type { PublishAllOptions } from '../../../options/call-options.js';
import { Queue } from '../../../protocol/collections/queue.js';
import { bufferFull, evictedFromBuffer } from '../publish-errors.js';
import type { Failure, Sink, Source } from './source.js';

interface Waiting {
  readonly message: unknown;
  /** ms: from then on its expiry counts. */
  readonly since: number;
}

/** An observable cannot be slowed down: what it emits too fast waits here, first in, first out. */
export class PushedSource implements Source {
  readonly #message$: Observable<unknown>;
  readonly #sink: Sink;
  readonly #scheduler: SchedulerLike;
  readonly #max: number;
  readonly #evicts: boolean;
  readonly #stop$ = new Subject<void>();
  readonly #waiting = new Queue<Waiting>();
  #ended: { readonly error: Failure | undefined } | undefined;

  constructor(
    message$: Observable<unknown>,
    sink: Sink,
    { buffer = Infinity, overflow }: PublishAllOptions<never>,
    scheduler: SchedulerLike,
  ) {
    this.#message$ = message$;
    this.#sink = sink;
    this.#scheduler = scheduler;
    this.#max = buffer;
    this.#evicts = overflow === 'evictOldest';
  }

  start(): void {
    this.#message$.pipe(takeUntil(this.#stop$)).subscribe({
      next: message => {
        if (this.#waiting.length === 0 && this.#sink.hasRoom) this.#sink.send(message);
        else this.#keep(message);
        this.#sink.advance();
      },
      error: (why: unknown) => this.#end({ why }),
      complete: () => this.#end(undefined),
    });
  }

  advance(): void {
    while (this.#waiting.length > 0 && this.#sink.hasRoom && !this.#sink.isYielding) {
      const { message, since } = this.#waiting.take()!;
      this.#sink.send(message, since);
    }
    if (this.#ended && this.#waiting.length === 0) this.#sink.end(this.#ended.error);
  }

  unsubscribe(): void {
    this.#stop$.next();
  }

  #keep(message: unknown): void {
    if (this.#waiting.length >= this.#max) {
      const evicted = this.#evicts ? this.#waiting.take() : undefined;
      if (evicted === undefined) return this.#sink.refuse(message, bufferFull(this.#max));
      this.#sink.refuse(evicted.message, evictedFromBuffer());
    }
    this.#waiting.push({ message, since: this.#scheduler.now() });
  }

  #end(error: Failure | undefined): void {
    this.#ended = { error };
    this.#sink.advance();
  }
}
