import {
  type Observable,
  concat,
  defer,
  filter,
  finalize,
  ignoreElements,
  map,
  merge,
  repeat,
  startWith,
  switchMap,
  takeUntil,
  timer,
} from 'rxjs';
import { mqtt } from './library.js';

export interface DeviceOptions {
  /** ms between two readings, until a command changes it. */
  readonly every: number;
  /** ms for which a device works on average, before it fails. */
  readonly lifetime: number;
  /** ms for which it is away then, on average. */
  readonly downtime: number;
}

export interface DeviceEvent {
  readonly id: string;
  /** A connection was made; a reading was sent or could not be sent; the device has failed. */
  readonly kind: 'connected' | 'sent' | 'refused' | 'failed';
}

/**
 * A thermometer: says that it is online, reports readings, takes commands (`fleet/<id>/every`, `fleet/all/every`), fails at random so that its
 * will is published, and comes back with another client. The same `random` gives the same readings and failures. Runs until you unsubscribe.
 */
export function device(
  url: string,
  id: string,
  random: () => number,
  { every, lifetime, downtime }: DeviceOptions,
): Observable<DeviceEvent> {
  /** From half to one and a half of it. */
  const about = (ms: number) => ms * (0.5 + random());
  let celsius = 15 + 10 * random();

  const life$ = defer(() => {
    const status = { topic: `fleet/${id}/status`, qos: 1, retain: true } as const;
    const client = mqtt(url, { clientId: id, random, quiet: true, will: { ...status, payload: 'offline' } });
    const connected$ = client.connection$.pipe(filter(({ status: state }) => state === 'connected'));
    const online$ = connected$.pipe(
      map(() => ({ ...status, payload: 'online' })),
      client.publishAll(),
      map((): DeviceEvent => ({ id, kind: 'connected' })),
    );
    const every$ = client.topic$([`fleet/${id}/every`, 'fleet/all/every']).pipe(
      map(message => Number(message.text())),
      filter(ms => ms > 0),
      startWith(every),
    );
    const readings$ = every$.pipe(
      switchMap(ms => timer(ms * random(), ms)),
      map(() => ({ topic: `fleet/${id}/celsius`, payload: (celsius += random() - 0.5).toFixed(2) })),
      client.publishAll(),
      map((outcome): DeviceEvent => ({ id, kind: outcome.status === 'published' ? 'sent' : 'refused' })),
    );
    const fail$ = defer(() => client.disconnect({ will: true })).pipe(ignoreElements());
    return concat(
      merge(online$, readings$).pipe(takeUntil(timer(about(lifetime)))),
      [{ id, kind: 'failed' } as const],
      fail$,
    ).pipe(finalize(() => client.close()));
  });
  return life$.pipe(repeat({ delay: () => timer(about(downtime)) }));
}
