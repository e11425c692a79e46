import { type Observable, auditTime, defer, map, merge, mergeMap, range, switchMap, tap, timer } from 'rxjs';
import { type DeviceEvent, type DeviceOptions, device } from './device.js';
import type { MqttClient } from './library.js';

export interface FleetOptions extends DeviceOptions {
  readonly devices: number;
  /** Devices that connect for the first time in a second. */
  readonly rate: number;
  readonly seed: number;
}

/** Many devices in one process, each with a client of its own. They start one after the other. */
export function fleet(url: string, { devices, rate, seed, ...options }: FleetOptions): Observable<DeviceEvent> {
  const name = (index: number) => `device-${String(index).padStart(4, '0')}`;
  return range(0, devices).pipe(
    // Each has random numbers of its own, so that it does the same in each run, whatever the others do.
    mergeMap(index =>
      timer((index * 1000) / rate).pipe(switchMap(() => device(url, name(index), seededRandom(seed + index), options))),
    ),
  );
}

/** What another client sees of a fleet. */
export interface Seen {
  readonly online: number;
  /** Devices that are offline, by their wills. */
  readonly offline: number;
  readonly readings: number;
}

/** Watches a fleet at its broker. Emits what it has seen, at most once in `ms`. */
export function watchFleet(client: MqttClient, ms = 1000): Observable<Seen> {
  return defer(() => {
    const statuses = new Map<string, string>();
    let readings = 0;
    const status$ = client
      .topic$('fleet/+id/status')
      .pipe(tap(message => statuses.set(message.params.id, message.text())));
    const reading$ = client.topic$('fleet/+/celsius', { qos: 0 }).pipe(tap(() => readings++));
    return merge(status$, reading$).pipe(
      auditTime(ms),
      map(() => {
        const online = [...statuses.values()].filter(status => status === 'online').length;
        return { online, offline: statuses.size - online, readings };
      }),
    );
  });
}

/** Random numbers from 0 to 1, the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
