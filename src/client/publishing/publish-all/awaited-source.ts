import type { Failure, Sink, Source } from './source.js';

/** An asynchronous iterable is asked for one message at a time, when there is room for it. */
export class AwaitedSource implements Source {
  readonly #sink: Sink;
  readonly #iterator: AsyncIterator<unknown>;
  #asked = false;
  #ended = false;

  constructor(messages: AsyncIterable<unknown>, sink: Sink) {
    this.#sink = sink;
    this.#iterator = messages[Symbol.asyncIterator]();
  }

  advance(): void {
    if (!this.#asked && !this.#ended && this.#sink.hasRoom) void this.#ask();
  }

  unsubscribe(): void {
    if (this.#ended) return;
    this.#ended = true;
    void this.#leave();
  }

  async #ask(): Promise<void> {
    this.#asked = true;
    try {
      const next = await this.#iterator.next();
      this.#asked = false;
      if (this.#ended) return; // nobody has taken what came too late
      if (next.done === true) this.#end();
      else this.#sink.send(next.value);
    } catch (why) {
      if (this.#ended) return;
      this.#end({ why });
    }
    this.#sink.advance();
  }

  async #leave(): Promise<void> {
    try {
      await this.#iterator.return?.();
    } catch {
      // nobody listens any more
    }
  }

  #end(error?: Failure): void {
    this.#ended = true;
    this.#sink.end(error);
  }
}
