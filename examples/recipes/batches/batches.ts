import { EMPTY, type Observable, bufferTime, concatMap } from 'rxjs';
import type { AckableMessage, MqttClient, PayloadDecoder } from '../library.js';

/** When a batch is complete: after so many messages, or so many ms, whichever comes first. */
export interface BatchOptions {
  readonly count?: number;
  readonly ms?: number;
}

/**
 * Gathers messages into batches, and acknowledges the messages of a batch when `write` has resolved. Writes one batch after the other, so the
 * order of messages is kept. Emits what `write` returns. Completes with `disconnect()`. Errors if `write` rejects: then nothing of its batch is
 * acknowledged, and the same messages come again when you subscribe again.
 */
export function writeBatches<V, R>(
  client: MqttClient,
  topics: string,
  decode: PayloadDecoder<V>,
  write: (batch: readonly AckableMessage<V>[]) => Promise<R>,
  { count = 500, ms = 1000 }: BatchOptions = {},
): Observable<R> {
  const writeAndAcknowledge = async (batch: readonly AckableMessage<V>[]) => {
    const result = await write(batch);
    for (const message of batch) message.ack();
    return result;
  };
  const options = { qos: 1, ack: 'manual', decode, linger: Infinity, buffer: { size: 2 * count } } as const;
  return client.topic$(topics, options).pipe(
    bufferTime(ms, undefined, count),
    // After a lost connection the broker sends unacknowledged messages again, as other ones.
    concatMap(batch => {
      const fresh = batch.filter(({ stale }) => !stale);
      return fresh.length === 0 ? EMPTY : writeAndAcknowledge(fresh);
    }),
  );
}
