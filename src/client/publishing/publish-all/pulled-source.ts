import type { Failure, Sink, Source } from './source.js';

/** An iterable is slowed down by not being asked. */
export class PulledSource implements Source {
  readonly #sink: Sink;
  readonly #iterator: Iterator<unknown>;
  #ended = false;

  constructor(messages: Iterable<unknown>, sink: Sink) {
    this.#sink = sink;
    this.#iterator = messages[Symbol.iterator]();
  }

  advance(): void {
    while (!this.#ended && this.#sink.hasRoom) {
      let next: IteratorResult<unknown>;
      try {
        next = this.#iterator.next();
      } catch (why) {
        return this.#end({ why });
      }
      if (next.done === true) return this.#end();
      this.#sink.send(next.value);
    }
  }

  unsubscribe(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#iterator.return?.();
  }

  #end(error?: Failure): void {
    this.#ended = true;
    this.#sink.end(error);
  }
}
