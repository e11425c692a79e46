import { EMPTY, Observable, type ObservableInput, type OperatorFunction, type Subscriber, defer, timer } from 'rxjs';
import type { AckableMessage } from '../message.js';
import type { AckAfterOptions, Consumed } from '../options/consume-options.js';
import { MqttError } from '../errors.js';
import { beginHandling } from '../operation.js';
import { Queue } from '../protocol/collections/queue.js';
import { type ResolvedAckAfterOptions, resolveAckAfterOptions, assertHandler } from './ack-after-options.js';

/** Handles a message. The message is handled when the returned observable, promise or iterable completes; without one, at once. */
export type MessageHandler<M, R> = (message: M) => ObservableInput<R> | void;

/**
 * Acknowledges each message when its handler completes. At most `concurrency` handlers run at a time; the other messages wait in
 * order.
 *
 * Emits the outcome of each message after its acknowledgement, and each failure that a retry follows. Completes when its source and all
 * handlers have completed. Errors with its source, with the error of a handler if `onError` is `'fail'`, and with `RECEIVE_OVERFLOW` if
 * `buffer.overflow` is `'error'`. An error, and unsubscribing, ends all handlers and retries; their messages, and the messages that wait
 * for a handler, stay unacknowledged.
 *
 * ![A PUBACK follows each handler](../../docs/marbles/consume.svg)
 *
 * @throws MqttError `INVALID_ARGUMENT` that names the option.
 */
export function ackAfter<M extends AckableMessage, R = never>(
  handler: MessageHandler<M, R>,
  options: AckAfterOptions = {},
): OperatorFunction<M, Consumed<R, M>> {
  return acknowledgeAfter(handler, options, 'consume');
}

/** Does the same. @param by - the method of the client whose handler hooks are told of; undefined if the caller tells them itself. */
export function acknowledgeAfter<M extends AckableMessage, R = never>(
  handler: MessageHandler<M, R>,
  options: AckAfterOptions,
  by?: 'consume',
): OperatorFunction<M, Consumed<R, M>> {
  assertHandler(handler);
  const resolved = resolveAckAfterOptions(options);
  return message$ =>
    new Observable(subscriber => {
      const subscription = new AckAfterSubscription(handler, resolved, subscriber, by);
      subscriber.add(
        message$.subscribe({
          next: message => subscription.add(message),
          error: (error: unknown) => subscriber.error(error),
          complete: () => subscription.endSource(),
        }),
      );
    });
}

/** One subscription: its running handlers, and the messages that wait for one. */
class AckAfterSubscription<M extends AckableMessage, R> {
  readonly #handler: MessageHandler<M, R>;
  readonly #options: ResolvedAckAfterOptions;
  readonly #subscriber: Subscriber<Consumed<R, M>>;
  readonly #by: 'consume' | undefined;
  readonly #waiting = new Queue<M>();
  #waitingBytes = 0;
  #running = 0;
  #isStarting = false;
  #hasSourceEnded = false;

  constructor(
    handler: MessageHandler<M, R>,
    options: ResolvedAckAfterOptions,
    subscriber: Subscriber<Consumed<R, M>>,
    by: 'consume' | undefined,
  ) {
    this.#by = by;
    this.#handler = handler;
    this.#options = options;
    this.#subscriber = subscriber;
  }

  add(message: M): void {
    const { overflow } = this.#options;
    this.#waiting.push(message);
    this.#waitingBytes += message.payload.length;
    this.#startHandlers();
    while (overflow !== 'pause' && this.#isOverLimit()) {
      if (overflow === 'error') return this.#subscriber.error(this.#overflowError());
      this.#drop(this.#removeWaiting(overflow === 'dropOldest' ? 'oldest' : 'newest'), 'overflow');
    }
  }

  /** Completes when all handlers have: the source emits no more messages. */
  endSource(): void {
    this.#hasSourceEnded = true;
    this.#startHandlers();
  }

  #startHandlers(): void {
    // a handler that completes synchronously calls this again
    if (this.#isStarting) return;
    this.#isStarting = true;
    while (this.#running < this.#options.concurrency && this.#waiting.length > 0 && !this.#subscriber.closed) {
      const message = this.#removeWaiting('oldest');
      if (message.stale) this.#drop(message, 'stale');
      else {
        this.#running++;
        this.#run(message);
      }
    }
    this.#isStarting = false;
    if (this.#hasSourceEnded && this.#running === 0 && this.#waiting.length === 0) this.#subscriber.complete();
  }

  /** @param attempt - the number of the retry that follows a failure, counted from 1. */
  #run(message: M, attempt = 1): void {
    let value: R | undefined;
    const operation = this.#by && beginHandling(message, this.#by, attempt);
    const handle = () =>
      defer(() => this.#handler(message) ?? EMPTY).subscribe({
        next: emitted => (value = emitted),
        error: (error: unknown) => {
          operation?.end({ status: 'failed', error });
          this.#handleFailure(message, error, attempt);
        },
        complete: () => {
          operation?.end({ status: 'completed' });
          message.ack();
          this.#finish({ status: 'done', message, value, acknowledged: message.acknowledged });
        },
      });
    if (operation === undefined) return this.#subscriber.add(handle());
    const handling = operation.run(handle);
    handling.add(() => operation.end({ status: 'unsubscribed' }));
    this.#subscriber.add(handling);
  }

  #handleFailure(message: M, error: unknown, attempt: number): void {
    const { onError, maxRetries, giveUp, reconnectAfter, reasonCode } = this.#options;
    if (onError === 'retry') {
      // the broker sends a stale message again as a new one
      if (message.stale) return this.#finish({ status: 'failed', message, error, acknowledged: false });
      if (attempt <= maxRetries) return this.#retry(message, error, attempt);
    }
    if (giveUp === 'ack') message.ack();
    else if (giveUp === 'reject') message.reject(reasonCode);
    else message.leave(reconnectAfter === undefined ? {} : { reconnectAfter });
    if (giveUp === 'fail') this.#subscriber.error(error);
    else this.#finish({ status: 'failed', message, error, acknowledged: message.acknowledged });
  }

  #retry(message: M, error: unknown, attempt: number): void {
    const { delay, scheduler } = this.#options;
    const ms = delay(attempt);
    this.#subscriber.next({ status: 'retrying', message, error, attempt, delay: ms, acknowledged: false });
    this.#subscriber.add(
      timer(ms, scheduler).subscribe({
        next: () => (message.stale ? this.#handleFailure(message, error, attempt) : this.#run(message, attempt + 1)),
        error: (failure: unknown) => this.#subscriber.error(failure),
      }),
    );
  }

  #finish(outcome: Consumed<R, M>): void {
    this.#running--;
    this.#subscriber.next(outcome);
    this.#startHandlers();
  }

  #drop(message: M, reason: 'overflow' | 'stale'): void {
    if (reason === 'overflow') message.ack();
    this.#subscriber.next({ status: 'dropped', message, reason, acknowledged: message.acknowledged });
  }

  #removeWaiting(which: 'oldest' | 'newest'): M {
    const message = (which === 'oldest' ? this.#waiting.take() : this.#waiting.takeNewest())!;
    this.#waitingBytes -= message.payload.length;
    return message;
  }

  /** A single message may wait, however large it is. */
  #isOverLimit(): boolean {
    const { size, bytes } = this.#options;
    return this.#waiting.length > 1 && (this.#waiting.length > size || this.#waitingBytes > bytes);
  }

  #overflowError(): MqttError {
    const { size, bytes } = this.#options;
    return new MqttError('RECEIVE_OVERFLOW', `more than ${size} messages or ${bytes} bytes wait for a handler`, {
      subject: 'buffer',
    });
  }
}
