import { lookup } from 'node:dns';
import { type Socket, connect, getDefaultAutoSelectFamilyAttemptTimeout, isIP } from 'node:net';
import { Observable, catchError, defer, switchMap, throwError } from 'rxjs';
import type { Address } from './address.js';
import { connectFailure } from './connect-failure.js';
import { inTurn } from './in-turn.js';
import { assertKeepAlive, setKeepAlive } from './keep-alive.js';
import type { TransportTarget } from './link.js';
import { opened } from './opened.js';
import { socketZone } from './zone.js';

/** A TCP connection without a proxy.
 *
 * @param name - what messages call the other end.
 */
export function dialDirectly(
  { options: { tcp = {} }, onPhase, scheduler }: TransportTarget,
  { host, port, zone }: Address,
  name: string,
): Observable<Socket> {
  const { noDelay = true, localAddress, keepAlive } = tcp;
  const open = (to: string) =>
    opened(() => {
      const socket = connect({ host: to, port, noDelay, ...(localAddress !== undefined && { localAddress }) });
      socket.once('lookup', () => onPhase?.('tcp'));
      socket.once('connect', () => setKeepAlive(socket, keepAlive));
      return socket;
    }, 'connect');

  /** Node tries all addresses of a name, but only the first one where there is a local address. */
  const openFrom = (family: number) =>
    addressesOf(host, family).pipe(
      switchMap(addresses => {
        onPhase?.('tcp');
        return inTurn(addresses.map(open), getDefaultAutoSelectFamilyAttemptTimeout(), scheduler);
      }),
    );

  return defer(() => {
    assertKeepAlive(keepAlive);
    const isName = isIP(host) === 0;
    onPhase?.(isName ? 'dns' : 'tcp');
    const socket$ =
      isName && localAddress !== undefined
        ? openFrom(isIP(localAddress))
        : open(zone === undefined ? host : `${host}%${socketZone(zone, name)}`);
    return socket$.pipe(catchError((cause: unknown) => throwError(() => connectFailure(cause as Error, name))));
  });
}

/** The addresses of a name in the family of the address that we come from. */
function addressesOf(host: string, family: number): Observable<string[]> {
  return new Observable(subscriber => {
    lookup(host, { all: true, family }, (cause, found) => {
      if (cause) return subscriber.error(cause);
      subscriber.next(found.map(({ address }) => address));
      subscriber.complete();
    });
  });
}
