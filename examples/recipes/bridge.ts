import { type Observable, concatMap, map, retry, throwError, timer } from 'rxjs';
import { type Consumed, type MqttClient, MqttError, type PublishResult } from './library.js';

/** Carries messages from one broker to another, in their order. */
export function bridge(from: MqttClient, to: MqttClient, filter: string): Observable<PublishResult> {
  return from.topic$(filter, { qos: 1 }).pipe(
    // those that wait for their turn are kept, so their bytes must be their own
    map(({ topic, payload, qos, retain }) => ({ topic, payload: payload.slice(), qos, retain })),
    concatMap(({ topic, payload, qos, retain }) => to.publish(topic, payload, { qos, retain })),
  );
}

/** The same, at least once: a message is acknowledged when the other broker has acknowledged it. */
export function relay(from: MqttClient, to: MqttClient, filter: string): Observable<Consumed<PublishResult>> {
  return from
    .consume(filter, ({ topic, payload, retain }) => to.publish(topic, payload, { qos: 1, retain }), {
      concurrency: 100,
      linger: 5000, // more than the delay of retry
    })
    .pipe(retry({ delay: error => (MqttError.is(error, 'CLIENT_CLOSED') ? throwError(() => error) : timer(1000)) }));
}
