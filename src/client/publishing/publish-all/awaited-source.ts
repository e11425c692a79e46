import type { Failure, Sink, Source } from './source.js';

/** Reads an asynchronous iterable one message at a time, while the sink has room. */
export class AwaitedSource implements Source {
  readonly #sink: Sink;
  readonly #iterator: AsyncIterator<unknown>;
  #isAwaiting = false;
  #hasEnded = false;

  constructor(messages: AsyncIterable<unknown>, sink: Sink) {
    this.#sink = sink;
    this.#iterator = messages[Symbol.asyncIterator]();
  }

  start(): void {
    this.#sink.advance();
  }

  advance(): void {
    if (this.#isAwaiting || this.#hasEnded) return;
    // an iterable that has its messages at hand is read in microtasks, between which nothing else is served
    if (this.#sink.hasRoom && !this.#sink.isYielding) void this.#awaitNext();
  }

  unsubscribe(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    void this.#returnIterator();
  }

  async #awaitNext(): Promise<void> {
    this.#isAwaiting = true;
    try {
      const next = await this.#iterator.next();
      this.#isAwaiting = false;
      if (this.#hasEnded) return; // the source was unsubscribed while it waited
      if (next.done === true) this.#end();
      else this.#sink.send(next.value);
    } catch (why) {
      if (this.#hasEnded) return;
      this.#end({ why });
    }
    this.#sink.advance();
  }

  async #returnIterator(): Promise<void> {
    try {
      await this.#iterator.return?.();
    } catch {
      // the source is unsubscribed, so the error has no subscriber
    }
  }

  #end(error?: Failure): void {
    this.#hasEnded = true;
    this.#sink.end(error);
  }
}
