import type { NgZone } from '@angular/core';
import { Observable, type OperatorFunction } from 'rxjs';
import type { MqttClient } from '../client/mqtt-client.js';

const OUTSIDE = Symbol('the client without a zone');

/**
 * The client in an application with zone.js: it works outside of the zone of Angular, so that a ping causes no change detection and
 * a timer does not keep the application from being stable. What it emits, and the handlers it calls, run inside.
 */
export function zonedClient(client: MqttClient, zone: NgZone): MqttClient {
  const inside = <T>(source$: Observable<T>): Observable<T> =>
    new Observable(subscriber =>
      zone.runOutsideAngular(() => {
        const subscription = source$.subscribe({
          next: value => zone.run(() => subscriber.next(value)),
          error: (error: unknown) => zone.run(() => subscriber.error(error)),
          complete: () => zone.run(() => subscriber.complete()),
        });
        return () => zone.runOutsideAngular(() => subscription.unsubscribe());
      }),
    );

  /** The method, with what it answers inside, and with the functions among its arguments (handlers) called inside. */
  const method = <K extends keyof MqttClient>(name: K): MqttClient[K] => {
    const original = client[name] as Handler;
    return ((...args: unknown[]) => {
      const given = args.map(arg => (typeof arg === 'function' ? handler(arg as Handler) : arg));
      const answer = zone.runOutsideAngular(() => original.apply(client, given));
      return answer instanceof Observable ? inside(answer) : answer;
    }) as MqttClient[K];
  };

  type Handler = (...args: unknown[]) => unknown;
  const handler =
    (original: Handler): Handler =>
    (...args) =>
      zone.run(() => original(...args));

  const operator =
    <T, R>(original: OperatorFunction<T, R>): OperatorFunction<T, R> =>
    source$ =>
      inside(original(new Observable(subscriber => zone.run(() => source$.subscribe(subscriber)))));

  const publishAll = (...args: never[]) => {
    const answer: unknown = client.publishAll(...args);
    return answer instanceof Observable ? inside(answer) : operator(answer as OperatorFunction<unknown, unknown>);
  };

  const zoned: MqttClient & { [OUTSIDE]: MqttClient } = {
    [OUTSIDE]: client,
    get connection() {
      return client.connection;
    },
    connection$: inside(client.connection$),
    packet$: inside(client.packet$),
    ack$: inside(client.ack$),
    unrouted$: inside(client.unrouted$),
    undecodable$: inside(client.undecodable$),
    warning$: inside(client.warning$),
    stats$: inside(client.stats$),
    connect: method('connect'),
    topic$: method('topic$'),
    unsubscribe: method('unsubscribe'),
    consume: method('consume'),
    publish: method('publish'),
    publishAll: publishAll as MqttClient['publishAll'],
    request: method('request'),
    respond: method('respond'),
    reauthenticate: method('reauthenticate'),
    reconnect: method('reconnect'),
    disconnect: method('disconnect'),
    close: method('close'),
    [Symbol.asyncDispose]: method(Symbol.asyncDispose),
  };
  return zoned;
}

/** The client without the zone: for those that tell Angular by a signal, which it gathers for one change detection. */
export function outsideOf(client: MqttClient): MqttClient {
  return (client as { [OUTSIDE]?: MqttClient })[OUTSIDE] ?? client;
}
