import { EMPTY, Observable, type ObservableInput, type OperatorFunction, type Subscriber, defer, timer } from 'rxjs';
import type { AckableMessage } from '../message.js';
import type { AckAfterOptions, Consumed } from '../options/consume-options.js';
import { MqttError } from '../errors.js';
import { type ResolvedAckAfterOptions, resolveAckAfterOptions, assertHandler } from './ack-after-options.js';

/** An observable, promise or iterable: the message is handled when it completes. Nothing: it is handled already. */
export type MessageHandler<M, R> = (message: M) => ObservableInput<R> | void;

/**
 * Acknowledges each message when its handler has completed. At most `concurrency` handlers run at a time; the other messages wait, in
 * order.
 *
 * Emits how it went with each message, after it has been acknowledged, and each failure that is followed by a retry. Completes when
 * its source and all handlers have. Errors with its source, with the handler's error where `onError` is `'fail'`, and with
 * `RECEIVE_OVERFLOW` where `buffer.overflow` is `'error'`. Unsubscribing, or an error, unsubscribes the handlers that run and the
 * retries that wait; their messages, and those that wait for a handler, are left unacknowledged.
 *
 * ![A PUBACK follows each handler](../../docs/marbles/consume.svg)
 *
 * @throws MqttError `INVALID_ARGUMENT` that names the option.
 */
export function ackAfter<M extends AckableMessage, R = never>(
  handler: MessageHandler<M, R>,
  options: AckAfterOptions = {},
): OperatorFunction<M, Consumed<R, M>> {
  assertHandler(handler);
  const terms = resolveAckAfterOptions(options);
  return message$ =>
    new Observable(out => {
      const work = new AckAfterSubscription(handler, terms, out);
      out.add(
        message$.subscribe({
          next: message => work.add(message),
          error: (error: unknown) => out.error(error),
          complete: () => work.end(),
        }),
      );
    });
}

/** The messages that wait for a handler, and the handlers that run. */
class AckAfterSubscription<M extends AckableMessage, R> {
  readonly #handler: MessageHandler<M, R>;
  readonly #options: ResolvedAckAfterOptions;
  readonly #out: Subscriber<Consumed<R, M>>;
  readonly #waiting: M[] = [];
  #bytes = 0;
  #running = 0;
  #starting = false;
  #ended = false;

  constructor(handler: MessageHandler<M, R>, options: ResolvedAckAfterOptions, out: Subscriber<Consumed<R, M>>) {
    this.#handler = handler;
    this.#options = options;
    this.#out = out;
  }

  add(message: M): void {
    const { overflow } = this.#options;
    this.#waiting.push(message);
    this.#bytes += message.payload.length;
    this.#start();
    while (overflow !== 'pause' && this.#tooMany()) {
      if (overflow === 'error') return this.#out.error(this.#overflow());
      this.#drop(this.#take(overflow === 'dropOldest' ? 0 : this.#waiting.length - 1), 'overflow');
    }
  }

  /** No more will come. */
  end(): void {
    this.#ended = true;
    this.#start();
  }

  #start(): void {
    // handlers that complete at once come back here
    if (this.#starting) return;
    this.#starting = true;
    while (this.#running < this.#options.concurrency && this.#waiting.length > 0 && !this.#out.closed) {
      const message = this.#take(0);
      if (message.stale) this.#drop(message, 'stale');
      else {
        this.#running++;
        this.#run(message);
      }
    }
    this.#starting = false;
    if (this.#ended && this.#running === 0 && this.#waiting.length === 0) this.#out.complete();
  }

  /** @param attempt - the retry that follows, should the handler fail. */
  #run(message: M, attempt = 1): void {
    let value: R | undefined;
    this.#out.add(
      defer(() => this.#handler(message) ?? EMPTY).subscribe({
        next: given => (value = given),
        error: (error: unknown) => this.#failed(message, error, attempt),
        complete: () => {
          message.ack();
          this.#finished({ status: 'done', message, value, acknowledged: message.acknowledged });
        },
      }),
    );
  }

  #failed(message: M, error: unknown, attempt: number): void {
    const { onError, maxRetries, giveUp, reconnectAfter, reasonCode } = this.#options;
    if (onError === 'retry') {
      // it comes again as another one
      if (message.stale) return this.#finished({ status: 'failed', message, error, acknowledged: false });
      if (attempt <= maxRetries) return this.#retry(message, error, attempt);
    }
    if (giveUp === 'ack') message.ack();
    else if (giveUp === 'reject') message.reject(reasonCode);
    else message.leave(reconnectAfter === undefined ? {} : { reconnectAfter });
    if (giveUp === 'fail') this.#out.error(error);
    else this.#finished({ status: 'failed', message, error, acknowledged: message.acknowledged });
  }

  #retry(message: M, error: unknown, attempt: number): void {
    const { delay, scheduler } = this.#options;
    const ms = delay(attempt);
    this.#out.next({ status: 'retrying', message, error, attempt, delay: ms, acknowledged: false });
    this.#out.add(
      timer(ms, scheduler).subscribe({
        next: () => (message.stale ? this.#failed(message, error, attempt) : this.#run(message, attempt + 1)),
        error: (failure: unknown) => this.#out.error(failure),
      }),
    );
  }

  #finished(how: Consumed<R, M>): void {
    this.#running--;
    this.#out.next(how);
    this.#start();
  }

  #drop(message: M, reason: 'overflow' | 'stale'): void {
    if (reason === 'overflow') message.ack();
    this.#out.next({ status: 'dropped', message, reason, acknowledged: message.acknowledged });
  }

  #take(index: number): M {
    const [message] = this.#waiting.splice(index, 1) as [M];
    this.#bytes -= message.payload.length;
    return message;
  }

  /** One message is never too large. */
  #tooMany(): boolean {
    const { size, bytes } = this.#options;
    return this.#waiting.length > 1 && (this.#waiting.length > size || this.#bytes > bytes);
  }

  #overflow(): MqttError {
    const { size, bytes } = this.#options;
    return new MqttError('RECEIVE_OVERFLOW', `more than ${size} messages or ${bytes} bytes wait for a handler`, {
      subject: 'buffer',
    });
  }
}
