import { type Observable, concatMap, map } from 'rxjs';
import type { MqttClient, PublishResult } from './library.js';

/** Carries messages from one broker to another, in their order. */
export function bridge(from: MqttClient, to: MqttClient, filter: string): Observable<PublishResult> {
  return from.topic$(filter, { qos: 1 }).pipe(
    // those that wait for their turn are kept, so their bytes must be their own
    map(({ topic, payload, qos, retain }) => ({ topic, payload: payload.slice(), qos, retain })),
    concatMap(({ topic, payload, qos, retain }) => to.publish(topic, payload, { qos, retain })),
  );
}
