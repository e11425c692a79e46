import { type Observable, Subject, takeUntil } from 'rxjs';
import { MqttError } from '../../errors.js';
import type { AckableMessage } from '../../message.js';
import { Queue } from '../../protocol/collections/queue.js';
import { abortable } from './until-aborted.js';

/** How a stream becomes an asynchronous iterable, and what happens to values that come while the loop is busy. */
export interface AsyncIterableOptions {
  /**
   * The number of values that may wait for the loop, or Infinity. It does not apply to messages of `ack: 'manual'` unless you set
   * `overflow`: the `buffer` of their `topic$` bounds them. Default 1,000.
   */
  buffer?: number;
  /**
   * What happens when `buffer` is full. `'error'`: the loop gets the values that wait, and then throws `RECEIVE_OVERFLOW`. `'dropOldest'`,
   * `'dropNewest'`: that value is dropped, and a message of `ack: 'manual'` is acknowledged. `'pause'`: nothing is dropped, because the
   * `topic$` pauses reading from the network at its own `buffer`; only for `ack: 'manual'`. Default: `'pause'` for messages of
   * `ack: 'manual'`, `'error'` for all other values.
   */
  overflow?: 'error' | 'dropOldest' | 'dropNewest' | 'pause';
  /**
   * For messages of `ack: 'manual'`. True: a message is acknowledged when the body of the loop has ended, that is, when the loop asks for
   * the next one, unless the body has called `ack()`, `reject()` or `leave()`. False: you acknowledge each message yourself. Default true.
   */
  acknowledge?: boolean;
  /** Ends the loop with `ABORTED`; values that wait are dropped. */
  signal?: AbortSignal;
}

/**
 * Returns a stream as an asynchronous iterable, for `for await`. Each loop is a subscription, from its first step to its end.
 *
 * With `ack: 'manual'`, the body of the loop is the handler: its end acknowledges the message. `break`, `return` and an exception in the body
 * look the same to an iterable, so they end the subscription and leave the message unacknowledged. Call `message.ack()` before a `break` if
 * the message is processed. Messages that became `stale` while they waited are skipped, because the broker sends them again.
 *
 * The loop ends when the stream completes, and throws its error, in both cases after the values that wait.
 *
 * @throws MqttError `INVALID_ARGUMENT` that names the option.
 */
export function toAsyncIterable<T>(source$: Observable<T>, options: AsyncIterableOptions = {}): AsyncIterable<T> {
  assertOptions(options);
  return { [Symbol.asyncIterator]: () => new StreamIterator(source$, options) };
}

interface Pull<T> {
  readonly resolve: (result: IteratorResult<T, undefined>) => void;
  readonly reject: (error: unknown) => void;
}

const END = Object.freeze({ done: true, value: undefined });

/** One loop over a stream. */
class StreamIterator<T> implements AsyncIterator<T, undefined> {
  readonly #source$: Observable<T>;
  readonly #options: AsyncIterableOptions;
  readonly #stopped$ = new Subject<void>();
  readonly #waiting = new Queue<T>();
  readonly #pulls = new Queue<Pull<T>>();
  /** The messages that the loop has got since it last asked for one. */
  #inBody: AckableMessage[] = [];
  #isSubscribed = false;
  #end: { readonly error?: unknown } | undefined;

  constructor(source$: Observable<T>, options: AsyncIterableOptions) {
    this.#source$ = source$;
    this.#options = options;
  }

  async next(): Promise<IteratorResult<T, undefined>> {
    if (this.#options.acknowledge !== false) for (const message of this.#inBody) message.ack();
    this.#inBody = [];
    const result = new Promise<IteratorResult<T, undefined>>((resolve, reject) =>
      this.#pulls.push({ resolve, reject }),
    );
    this.#subscribe();
    this.#serve();
    return result;
  }

  async return(): Promise<IteratorResult<T, undefined>> {
    this.#waiting.clear();
    this.#inBody = [];
    this.#finish({});
    return Promise.resolve(END);
  }

  #subscribe(): void {
    if (this.#isSubscribed || this.#end !== undefined) return;
    this.#isSubscribed = true;
    const { signal } = this.#options;
    abortable(this.#source$, signal && { signal })
      .pipe(takeUntil(this.#stopped$))
      .subscribe({
        next: value => this.#add(value),
        error: (error: unknown) => {
          if (signal?.aborted === true) this.#waiting.clear();
          this.#finish({ error });
        },
        complete: () => this.#finish({}),
      });
  }

  #add(value: T): void {
    const { buffer = 1000 } = this.#options;
    const message = isAckable(value) ? value : undefined;
    const { overflow = message ? 'pause' : 'error' } = this.#options;
    if (overflow === 'pause' && !message) return this.#finish({ error: cannotPause() });
    this.#waiting.push(value);
    this.#serve();
    if (overflow === 'pause' || this.#waiting.length <= buffer) return;
    const dropped = overflow === 'dropOldest' ? this.#waiting.take() : this.#waiting.takeNewest();
    if (overflow === 'error') this.#finish({ error: overflowed(buffer) });
    else if (isAckable(dropped)) dropped.ack();
  }

  #finish(end: { readonly error?: unknown }): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    this.#stopped$.next();
    this.#serve();
  }

  /** Answers the calls of `next()` that wait, as far as there are values, or all of them after the end. */
  #serve(): void {
    while (this.#pulls.length > 0) {
      if (this.#waiting.length > 0) {
        const value = this.#waiting.take()!;
        const message = isAckable(value) ? value : undefined;
        if (message?.stale === true) continue;
        if (message) this.#inBody.push(message);
        this.#pulls.take()!.resolve({ done: false, value });
      } else if (this.#end === undefined) return;
      else {
        const pull = this.#pulls.take()!;
        if ('error' in this.#end) pull.reject(this.#end.error);
        else pull.resolve(END);
        this.#end = {};
      }
    }
  }
}

function isAckable(value: unknown): value is AckableMessage {
  if (typeof value !== 'object' || value === null) return false;
  const { ack, leave } = value as Partial<AckableMessage>;
  return typeof ack === 'function' && typeof leave === 'function';
}

const OVERFLOWS = ['error', 'dropOldest', 'dropNewest', 'pause'];

function assertOptions({ buffer = 0, overflow = 'error' }: AsyncIterableOptions): void {
  if (buffer !== Infinity && !(Number.isInteger(buffer) && buffer >= 0))
    throw invalid('buffer', 'must be an integer from 0, or Infinity');
  if (!OVERFLOWS.includes(overflow))
    throw invalid('overflow', `must be one of ${OVERFLOWS.map(word => `'${word}'`).join(', ')}`);
}

const invalid = (subject: string, what: string): MqttError =>
  new MqttError('INVALID_ARGUMENT', `option '${subject}' ${what}`, { subject });

const cannotPause = (): MqttError =>
  invalid('overflow', "can be 'pause' only for a topic$ with 'ack' 'manual', because other streams cannot be paused");

const overflowed = (buffer: number): MqttError =>
  new MqttError(
    'RECEIVE_OVERFLOW',
    `more than ${buffer} values wait for the loop: raise option 'buffer', set 'overflow', or use 'ack' 'manual'`,
    { subject: 'buffer' },
  );
