import type { Socket } from 'node:net';
import { type Observable, from, switchMap } from 'rxjs';
import type { Address } from './address.js';
import { dialDirectly } from './direct.js';
import type { TransportTarget } from './link.js';

/** A TCP connection to a broker, through the proxy where there is one. */
export function dial(target: TransportTarget, address: Address): Observable<Socket> {
  const { proxy } = target.options;
  if (proxy === undefined) return dialDirectly(target, address, address.name);
  return from(import('./proxy.js')).pipe(switchMap(({ dialThrough }) => dialThrough(proxy, target, address)));
}
