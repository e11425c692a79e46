import { type Observable, type SchedulerLike, defer } from 'rxjs';
import type { AckableMessage } from '../../message.js';
import type { TopicOptions } from '../../options/call-options.js';
import type { ConsumeOptions, Consumed } from '../../options/consume-options.js';
import { type MessageHandler, ackAfter } from '../../operators/ack-after.js';

type Manual<V> = TopicOptions<V> & { ack: 'manual' };

/** `consume()`: a stream with `ack: 'manual'`, and `ackAfter()`. */
export function consume<M extends AckableMessage, R, V>(
  topic$: (options: Manual<V>) => Observable<M>,
  handler: MessageHandler<M, R>,
  options: ConsumeOptions<V>,
  scheduler: SchedulerLike,
): Observable<Consumed<R, M>> {
  return defer(() => {
    const { concurrency, onError, reasonCode, retry, reconnectAfter, buffer, ...topicOptions } = options;
    const after = ackAfter(
      handler,
      defined({ concurrency, onError, reasonCode, retry, reconnectAfter, buffer, scheduler }),
    );
    const { size, bytes, overflow = 'pause' } = buffer ?? {};
    // where messages are dropped, nothing is to pause
    const bound = overflow === 'pause' ? defined({ size, bytes }) : { size: Infinity, bytes: Infinity };
    return topic$({ ...topicOptions, ack: 'manual', buffer: bound }).pipe(after);
  });
}

/** Without the keys that were not given. */
function defined<T extends object>(options: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}
