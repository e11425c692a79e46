import { Subscription } from 'rxjs';
import { MqttError } from '../../../errors.js';
import type { Payload } from '../../../message.js';
import type { OutgoingMessage, PublishAllOptions } from '../../../options/call-options.js';
import type { PublishOutcome } from '../../../results.js';
import { clientClosed } from '../../client-errors.js';
import type { MqttPublisher } from '../../mqtt-publisher.js';

/** The options of `toWritableStream()`: those of `publishAll()` for an iterable, and what happens with outcomes. */
export interface WritableStreamOptions<T = Payload> extends Omit<PublishAllOptions<T>, 'buffer' | 'overflow'> {
  /**
   * Called with the outcome of each message. With it, a message that was not delivered does not end the stream. Default: the stream errors
   * with the error of the first such message.
   */
  onOutcome?: (outcome: PublishOutcome<T>) => void;
}

/**
 * Returns a `WritableStream` of the Streams Standard that publishes what is written, for `pipeTo()`. A write ends when `publishAll()` has taken
 * the message, so a source is read only as fast as the broker takes messages. `close()` ends when all messages have settled. `abort()`
 * withdraws messages that are not sent, as unsubscribing does.
 *
 * It errors with the error of the first message that was not delivered (see `onOutcome`), with `CLIENT_CLOSED`, or as `publishAll()` does.
 *
 * @throws MqttError `NOT_SUPPORTED` if the platform has no `WritableStream`.
 */
export function toWritableStream<T = Payload>(
  publisher: Pick<MqttPublisher, 'publishAll'>,
  options: WritableStreamOptions<T> = {},
): WritableStream<OutgoingMessage<NoInfer<T>>> {
  if (typeof WritableStream === 'undefined')
    throw new MqttError('NOT_SUPPORTED', 'this platform has no WritableStream; use publishAll()');
  return new WritableStream(new PublishSink<T>(publisher, options));
}

type Message<T> = OutgoingMessage<NoInfer<T>>;

/** Hands each message that is written over to `publishAll()`, which pulls it. */
class PublishSink<T> implements UnderlyingSink<Message<T>>, AsyncIterator<Message<T>, undefined> {
  readonly #publisher: Pick<MqttPublisher, 'publishAll'>;
  readonly #options: WritableStreamOptions<T>;
  /** Set while `publishAll()` waits for a message. */
  #pull: ((result: IteratorResult<Message<T>, undefined>) => void) | undefined;
  /** Set while a message, or the end, waits for `publishAll()`. */
  #written: { readonly message: Message<T>; readonly settle: () => void } | undefined;
  #isClosing = false;
  #onFinished: (() => void) | undefined;
  #failure: { readonly error: unknown } | undefined;
  readonly #publishing = new Subscription();

  constructor(publisher: Pick<MqttPublisher, 'publishAll'>, options: WritableStreamOptions<T>) {
    this.#publisher = publisher;
    this.#options = options;
  }

  // called by the stream:

  start(controller: WritableStreamDefaultController): void {
    const { onOutcome, ...options } = this.#options;
    const fail = (error: unknown) => {
      this.#fail(error);
      controller.error(error);
    };
    const noteOutcome = (outcome: PublishOutcome<T>) => {
      try {
        if (onOutcome !== undefined) onOutcome(outcome);
        else if (outcome.status !== 'published') fail(outcome.error);
      } catch (error) {
        fail(error);
      }
    };
    const messages: AsyncIterable<Message<T>> = { [Symbol.asyncIterator]: () => this };
    this.#publishing.add(
      this.#publisher.publishAll<T>(messages, options).subscribe({
        next: noteOutcome,
        error: fail,
        complete: () => (this.#isClosing ? this.#onFinished?.() : fail(clientClosed(undefined))),
      }),
    );
  }

  async write(message: Message<T>): Promise<void> {
    return this.#settled(settle => {
      this.#written = { message, settle };
      this.#handOver();
    });
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    return this.#settled(settle => {
      this.#onFinished = settle;
      this.#handOver();
    });
  }

  abort(): void {
    this.#publishing.unsubscribe();
  }

  // called by publishAll():

  async next(): Promise<IteratorResult<Message<T>, undefined>> {
    return new Promise(resolve => {
      this.#pull = resolve;
      this.#handOver();
    });
  }

  #handOver(): void {
    if (this.#pull === undefined) return;
    const pull = this.#pull;
    if (this.#written !== undefined) {
      const { message, settle } = this.#written;
      this.#pull = this.#written = undefined;
      pull({ done: false, value: message });
      settle();
    } else if (this.#isClosing) {
      this.#pull = undefined;
      pull({ done: true, value: undefined });
    }
  }

  /** The promise of the stream must settle, or it never tells its error. */
  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#publishing.unsubscribe();
    this.#written?.settle();
    this.#onFinished?.();
    this.#written = undefined;
  }

  /** Waits until `settle` is called, and throws if the publishing has failed by then. */
  async #settled(begin: (settle: () => void) => void): Promise<void> {
    if (this.#failure === undefined) await new Promise<void>(begin);
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
