import { type Observable, catchError, map, of, shareReplay, startWith, switchMap } from 'rxjs';
import { own$, shared$ } from './client.js';
import type { ConnectionState, MqttClient, MqttError } from './library.js';

/** A client while there is one, the error with which it ended, or neither before you connect. */
export interface Session {
  readonly client?: MqttClient;
  readonly error?: MqttError;
}

export interface Address {
  readonly url: string;
  /** Whether all tabs share one connection. */
  readonly shared: boolean;
}

/** One client at a time: the next address, or undefined, disconnects the client before it. */
export const sessions = (address$: Observable<Address | undefined>): Observable<Session> =>
  address$.pipe(
    switchMap(address => (address === undefined ? of({}) : session(address))),
    startWith({}),
    shareReplay({ bufferSize: 1, refCount: true }),
  );

const session = ({ url, shared }: Address): Observable<Session> =>
  (shared ? shared$(url) : own$(url)).pipe(
    map(client => ({ client })),
    catchError((error: unknown) => of({ error: error as MqttError })), // a URL that is none, a broker that refuses
  );

export function stateOf({ client, error }: Session): Observable<ConnectionState> {
  if (client) return client.connection$;
  return of(error ? { status: 'closed', error } : { status: 'idle' });
}
