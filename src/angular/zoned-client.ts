import type { NgZone } from '@angular/core';
import { Observable, type OperatorFunction } from 'rxjs';
import type { MqttClient } from '../client/mqtt-client.js';

const OUTSIDE = Symbol('the client without a zone');

type AnyFunction = (...args: unknown[]) => unknown;

/**
 * The client in an application with zone.js: it works outside of the zone of Angular, so that a ping causes no change detection and
 * a timer does not keep the application from being stable. What it emits, and the handlers it calls, run inside.
 *
 * It knows no method of the client by name but `publishAll`: whatever is an Observable emits inside, and whatever is a function runs outside.
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

  const handler =
    (original: AnyFunction): AnyFunction =>
    (...args) =>
      zone.run(() => original(...args));

  /** The method, with what it answers inside, and with the functions among its arguments (handlers) called inside. */
  const method =
    (original: AnyFunction): AnyFunction =>
    (...args) => {
      const given = args.map(arg => (typeof arg === 'function' ? handler(arg as AnyFunction) : arg));
      const answer = zone.runOutsideAngular(() => original.apply(client, given));
      return answer instanceof Observable ? inside(answer) : answer;
    };

  const operator =
    <T, R>(original: OperatorFunction<T, R>): OperatorFunction<T, R> =>
    source$ =>
      inside(original(new Observable(subscriber => zone.run(() => source$.subscribe(subscriber)))));

  const publishAll = (...args: never[]) => {
    const answer: unknown = client.publishAll(...args);
    return answer instanceof Observable ? inside(answer) : operator(answer as OperatorFunction<unknown, unknown>);
  };

  const zoned = (value: unknown): unknown => {
    if (value instanceof Observable) return inside(value);
    return typeof value === 'function' ? method(value as AnyFunction) : value;
  };

  // made once: a stream is the same one each time that it is read
  const members = new Map<PropertyKey, unknown>([
    [OUTSIDE, client],
    ['publishAll', publishAll],
  ]);

  return new Proxy(client, {
    get: (_, name) => {
      if (members.has(name)) return members.get(name);
      const value: unknown = Reflect.get(client, name, client);
      const member = zoned(value);
      if (member !== value) members.set(name, member);
      return member;
    },
  });
}

/** The client without the zone: for those that tell Angular by a signal, which it gathers for one change detection. */
export function outsideOf(client: MqttClient): MqttClient {
  return (client as { [OUTSIDE]?: MqttClient })[OUTSIDE] ?? client;
}
