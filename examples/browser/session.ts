import { type Observable, catchError, map, of, shareReplay, startWith, switchMap } from 'rxjs';
import { type ConnectionState, type MqttClient, type MqttError, mqtt$ } from './library.js';

/** A client while there is one, the error with which it ended, or neither before you connect. */
export interface Session {
  readonly client?: MqttClient;
  readonly error?: MqttError;
}

/** One client at a time: the next URL, or undefined, disconnects the client before it. */
export const sessions = (url$: Observable<string | undefined>): Observable<Session> =>
  url$.pipe(
    switchMap(url => (url === undefined ? of({}) : session(url))),
    startWith({}),
    shareReplay({ bufferSize: 1, refCount: true }),
  );

const session = (url: string): Observable<Session> =>
  mqtt$(url, { reconnect: { max: 10_000 } }).pipe(
    map(client => ({ client })),
    catchError((error: unknown) => of({ error: error as MqttError })), // a URL that is none, a broker that refuses
  );

export function stateOf({ client, error }: Session): Observable<ConnectionState> {
  if (client) return client.connection$;
  return of(error ? { status: 'closed', error } : { status: 'idle' });
}
