import { type Observable, catchError, map, of, scan, startWith } from 'rxjs';
import type { MqttClient, MqttMessage } from './library.js';
import { inWords } from './words.js';

export interface Row {
  readonly at: Date;
  readonly message: MqttMessage;
}

/** The last messages of a filter, newest first, and the error that ended them. */
export interface Messages {
  readonly rows: readonly Row[];
  readonly problem: string;
}

const limit = 100;

export const newestFirst = (client: MqttClient, filter: string): Observable<Messages> =>
  client.topic$(filter, { qos: 1 }).pipe(
    scan((rows, message) => [{ at: new Date(), message }, ...rows].slice(0, limit), [] as readonly Row[]),
    startWith([]),
    map(rows => ({ rows, problem: '' })),
    // the filter is invalid, or the broker refuses it
    catchError((error: unknown) => of({ rows: [], problem: inWords(error) })),
  );
