import type { Observable } from 'rxjs';
import { MqttError } from '../../errors.js';
import { type AsyncIterableOptions, toAsyncIterable } from './to-async-iterable.js';

/**
 * Returns a stream of values as a `ReadableStream` of the Streams Standard, for `pipeTo()` and `pipeThrough()`. It is subscribed at the first
 * read, and unsubscribed by `cancel()`. The options, and what happens to values that come while nobody reads, are those of
 * `toAsyncIterable()`: with `ack: 'manual'`, a read acknowledges the message before it. If transforms come between this stream and the end of
 * the work, set `acknowledge: false`, and acknowledge each message at the end.
 *
 * @throws MqttError `INVALID_ARGUMENT` that names the option, and `NOT_SUPPORTED` if the platform has no `ReadableStream`.
 */
export function toReadableStream<T>(source$: Observable<T>, options: AsyncIterableOptions = {}): ReadableStream<T> {
  if (typeof ReadableStream === 'undefined')
    throw new MqttError('NOT_SUPPORTED', 'this platform has no ReadableStream; use toAsyncIterable()');
  const iterator = toAsyncIterable(source$, options)[Symbol.asyncIterator]();
  return new ReadableStream<T>(
    {
      async pull(controller) {
        const result = await iterator.next();
        if (result.done === true) controller.close();
        else controller.enqueue(result.value);
      },
      async cancel() {
        await iterator.return?.();
      },
    },
    // nothing is read ahead, because a read acknowledges the message before it
    { highWaterMark: 0 },
  );
}
