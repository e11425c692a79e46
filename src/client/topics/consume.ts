import { type Observable, type SchedulerLike, defer } from 'rxjs';
import type { AckableMessage } from '../../message.js';
import type { TopicOptions } from '../../options/call-options.js';
import type { ConsumeOptions, Consumed } from '../../options/consume-options.js';
import { type MessageHandler, ackAfter } from '../../operators/ack-after.js';
import { checkConsumeOptions } from '../options/check-topics.js';

type ManualOptions<V> = TopicOptions<V> & { ack: 'manual' };

/** Implements `consume()` by a stream with `ack: 'manual'` and `ackAfter()`. */
export function consume<M extends AckableMessage, R, V>(
  topic$: (options: ManualOptions<V>) => Observable<M>,
  handler: MessageHandler<M, R>,
  options: ConsumeOptions<V>,
  scheduler: SchedulerLike,
): Observable<Consumed<R, M>> {
  return defer(() => {
    checkConsumeOptions(options);
    const { concurrency, onError, reasonCode, retry, reconnectAfter, buffer, ...topicOptions } = options;
    const acknowledge = ackAfter(
      handler,
      withoutUndefined({ concurrency, onError, reasonCode, retry, reconnectAfter, buffer, scheduler }),
    );
    const { size, bytes, overflow = 'pause' } = buffer ?? {};
    // where the buffer drops messages, reading never pauses
    const limits = overflow === 'pause' ? withoutUndefined({ size, bytes }) : { size: Infinity, bytes: Infinity };
    return topic$({ ...topicOptions, ack: 'manual', buffer: limits }).pipe(acknowledge);
  });
}

function withoutUndefined<T extends object>(options: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;
}
