import { type Observable, type ObservableInput, bufferTime, combineLatest, filter, groupBy, map, mergeMap } from 'rxjs';
import { type Consumed, type MqttClient, type PublishOutcome, json } from './library.js';

const celsius = json<number>();

/** A window: publishes the mean temperature of each room every `ms`. */
export function means(client: MqttClient, ms: number): Observable<PublishOutcome<number>> {
  return client.topic$('rooms/+room/temperature', { decode: celsius }).pipe(
    groupBy(({ params }) => params.room),
    mergeMap(room$ =>
      room$.pipe(
        map(({ value }) => value),
        bufferTime(ms),
        filter(values => values.length > 0),
        map(values => ({
          topic: `rooms/${room$.key}/mean`,
          payload: values.reduce((sum, value) => sum + value) / values.length,
        })),
      ),
    ),
    client.publishAll<number>({ qos: 1, encode: celsius }),
  );
}

/** A join of two topics: whether the heating of a room should be on, from its mean and its target temperature. */
export function heating(client: MqttClient, room: string): Observable<boolean> {
  return combineLatest([
    client.topic$(`rooms/${room}/mean`, { decode: celsius, latest: true }),
    client.topic$(`rooms/${room}/target`, { decode: celsius, latest: true }),
  ]).pipe(map(([mean, target]) => mean.value < target.value));
}

/** A sink: acknowledges a message when it has been stored; the broker sends the others again. */
export function archive(
  client: MqttClient,
  store: (row: { topic: string; celsius: number }) => ObservableInput<unknown>,
): Observable<Consumed> {
  return client.consume('rooms/+/mean', ({ topic, value }) => store({ topic, celsius: value }), {
    decode: celsius,
    concurrency: 4,
    onError: 'leave',
  });
}
