import { type Observable, map, merge, switchMap, timer } from 'rxjs';
import { type PublishOutcome, json, mqtt$ } from './library.js';

/** Simulates two sensors, each with its own client, until you unsubscribe. */
export const sensors = (url: string): Observable<PublishOutcome<number>> =>
  merge(
    sensor(url, 'home/kitchen/temperature', { period: 1000, mean: 21.5, swing: 2 }),
    sensor(url, 'home/attic/humidity', { period: 1700, mean: 58, swing: 7 }),
  );

interface Model {
  /** ms */
  readonly period: number;
  readonly mean: number;
  readonly swing: number;
}

const sensor = (url: string, topic: string, { period, mean, swing }: Model) =>
  mqtt$(url, { reconnect: { initial: 500, max: 2000 } }).pipe(
    switchMap(client =>
      timer(0, period).pipe(
        map(n => ({ topic, payload: Math.round((mean + swing * Math.sin(n / 20)) * 10) / 10 })),
        client.publishAll({ encode: json<number>(), retain: true }),
      ),
    ),
  );
