import { EMPTY, NEVER, type Observable, concat, noop, of } from 'rxjs';
import { Instrumentation } from '../client/instrumentation/instrumentation.js';
import type { MqttClient } from '../client/mqtt-client.js';
import { isIterable } from '../client/publishing/publish-all/publish-all.js';
import { Warnings } from '../client/warnings.js';
import type { ConnectionState } from '../state.js';

const never = (): Observable<never> => NEVER;

/** The client on a server platform, where rendering a page must neither open a connection nor wait for one. */
export class SilentClient implements MqttClient {
  readonly connection: ConnectionState = { status: 'idle' };
  readonly connection$: Observable<ConnectionState> = concat(of(this.connection), NEVER);
  readonly packet$ = NEVER;
  readonly ack$ = NEVER;
  readonly unrouted$ = NEVER;
  readonly undecodable$ = NEVER;
  readonly warning$ = NEVER;
  readonly outbox$ = NEVER;
  readonly restored$ = NEVER;
  readonly stats$ = NEVER;
  readonly connect = never;
  readonly reconnect = never;
  readonly reauthenticate = never;
  readonly topic$ = never;
  readonly unsubscribe = never;
  readonly consume = never;
  readonly publish = never;
  readonly request = never;
  readonly respond = never;
  readonly publishAll = ((first?: object) =>
    first !== undefined && isIterable(first) ? NEVER : never) as MqttClient['publishAll'];
  readonly disconnect = (): Observable<never> => EMPTY;
  readonly discard = (): boolean => false;
  readonly close = noop;
  readonly instrumentation = new Instrumentation(new Warnings(noop));
  readonly [Symbol.asyncDispose] = (): Promise<void> => Promise.resolve();
}
