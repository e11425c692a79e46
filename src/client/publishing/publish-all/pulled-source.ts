import type { Failure, Sink, Source } from './source.js';

/** Reads an iterable while the sink has room. */
export class PulledSource implements Source {
  readonly #sink: Sink;
  readonly #iterator: Iterator<unknown>;
  #hasEnded = false;

  constructor(messages: Iterable<unknown>, sink: Sink) {
    this.#sink = sink;
    this.#iterator = messages[Symbol.iterator]();
  }

  start(): void {
    this.#sink.advance();
  }

  advance(): void {
    while (!this.#hasEnded && this.#sink.hasRoom && !this.#sink.isYielding) {
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
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.#iterator.return?.();
  }

  #end(error?: Failure): void {
    this.#hasEnded = true;
    this.#sink.end(error);
  }
}
