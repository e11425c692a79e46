import { EMPTY, type Observable, catchError, filter, ignoreElements, map, merge, mergeMap, of } from 'rxjs';
import { type MqttClient, json } from '../../src/index.js';

interface Reading {
  readonly celsius: number;
}

/** The pipeline of the recorded traces: it raises an alarm for each room that is too warm, and emits the alarms. */
export function alarms(client: MqttClient, limit = 30): Observable<string> {
  return client.topic$('readings/+room', { qos: 1, decode: json<Reading>() }).pipe(
    filter(({ value }) => value.celsius > limit),
    map(({ params, value }) => `${params.room} ${value.celsius}`),
    mergeMap(alarm => merge(raise(client, alarm), of(alarm))),
  );
}

const raise = (client: MqttClient, alarm: string): Observable<never> =>
  client.publish(`alarms/${alarm.split(' ')[0]!}`, alarm, { qos: 1 }).pipe(
    ignoreElements(),
    catchError(() => EMPTY), // the client was closed before the alarm had settled
  );
