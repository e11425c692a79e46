import { type Observable, type SchedulerLike, Subject, takeUntil } from 'rxjs';
import type { PublishAllOptions } from '../../../options/call-options.js';
import { bufferFull, evictedFromBuffer } from '../publish-errors.js';
import type { Failure, Sink, Source } from './source.js';

interface Waiting {
  readonly message: unknown;
  /** ms: from then on its expiry counts. */
  readonly since: number;
  next: Waiting | undefined;
}

/** An observable cannot be slowed down: what it emits too fast waits here, first in, first out. */
export class PushedSource implements Source {
  readonly #sink: Sink;
  readonly #scheduler: SchedulerLike;
  readonly #max: number;
  readonly #evicts: boolean;
  readonly #stop$ = new Subject<void>();
  #oldest: Waiting | undefined;
  #newest: Waiting | undefined;
  #length = 0;
  #ended: { readonly error: Failure | undefined } | undefined;

  constructor(sink: Sink, { buffer = Infinity, overflow }: PublishAllOptions<never>, scheduler: SchedulerLike) {
    this.#sink = sink;
    this.#scheduler = scheduler;
    this.#max = buffer;
    this.#evicts = overflow === 'evictOldest';
  }

  subscribeTo(message$: Observable<unknown>): void {
    message$.pipe(takeUntil(this.#stop$)).subscribe({
      next: message => {
        if (this.#oldest === undefined && this.#sink.hasRoom) this.#sink.send(message);
        else this.#keep(message);
        this.#sink.advance();
      },
      error: (why: unknown) => this.#end({ why }),
      complete: () => this.#end(undefined),
    });
  }

  advance(): void {
    while (this.#oldest !== undefined && this.#sink.hasRoom) {
      const { message, since } = this.#shift(this.#oldest);
      this.#sink.send(message, since);
    }
    if (this.#ended && this.#oldest === undefined) this.#sink.end(this.#ended.error);
  }

  unsubscribe(): void {
    this.#stop$.next();
  }

  #keep(message: unknown): void {
    if (this.#length >= this.#max) {
      if (!this.#evicts || this.#oldest === undefined) return this.#sink.refuse(message, bufferFull(this.#max));
      this.#sink.refuse(this.#shift(this.#oldest).message, evictedFromBuffer());
    }
    const waiting = { message, since: this.#scheduler.now(), next: undefined };
    if (this.#newest === undefined) this.#oldest = waiting;
    else this.#newest.next = waiting;
    this.#newest = waiting;
    this.#length++;
  }

  #shift(oldest: Waiting): Waiting {
    this.#oldest = oldest.next;
    oldest.next = undefined; // an old one that is garbage would keep younger ones from the collector
    if (this.#oldest === undefined) this.#newest = undefined;
    this.#length--;
    return oldest;
  }

  #end(error: Failure | undefined): void {
    this.#ended = { error };
    this.#sink.advance();
  }
}
