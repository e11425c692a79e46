import type { NgZone } from '@angular/core';
import { Observable, type OperatorFunction } from 'rxjs';
import type { MqttClient } from '../client/mqtt-client.js';

const OUTSIDE = Symbol('the client without a zone');

type AnyFunction = (...args: unknown[]) => unknown;

/**
 * Returns the client for an application with zone.js. It works outside of the zone of Angular, so that a PINGREQ triggers no change
 * detection and a timer does not keep the application from becoming stable. Its observables emit, and handlers run, inside the zone.
 *
 * Only `publishAll` is treated by its name. All other members that are observables emit inside, and functions run outside.
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

  /** Runs a method outside the zone. The observable that it returns emits inside, and functions among its arguments run inside. */
  const method =
    (original: AnyFunction): AnyFunction =>
    (...args) => {
      const given = args.map(arg => (typeof arg === 'function' ? handler(arg as AnyFunction) : arg));
      const result = zone.runOutsideAngular(() => original.apply(client, given));
      return result instanceof Observable ? inside(result) : result;
    };

  const operator =
    <T, R>(original: OperatorFunction<T, R>): OperatorFunction<T, R> =>
    source$ =>
      inside(original(new Observable(subscriber => zone.run(() => source$.subscribe(subscriber)))));

  const publishAll = (...args: never[]) => {
    const result: unknown = client.publishAll(...args);
    return result instanceof Observable ? inside(result) : operator(result as OperatorFunction<unknown, unknown>);
  };

  const zoned = (value: unknown): unknown => {
    if (value instanceof Observable) return inside(value);
    return typeof value === 'function' ? method(value as AnyFunction) : value;
  };

  // Members are created once, so that a stream is the same object each time it is read.
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

/** Returns the client without the zone, for signals, which trigger change detection themselves. */
export function outsideOf(client: MqttClient): MqttClient {
  return (client as { [OUTSIDE]?: MqttClient })[OUTSIDE] ?? client;
}
