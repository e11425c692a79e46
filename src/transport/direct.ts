import { type Socket, connect, isIP } from 'node:net';
import { type Observable, defer } from 'rxjs';
import type { Address } from './address.js';
import { connectFailure } from './connect-failure.js';
import { assertKeepAlive, setKeepAlive } from './keep-alive.js';
import type { TransportTarget } from './link.js';
import { opened } from './opened.js';

/** A TCP connection without a proxy.
 *
 * @param name - what messages call the other end.
 */
export function dialDirectly(
  { options: { tcp = {} }, onPhase }: TransportTarget,
  { host, port }: Address,
  name: string,
): Observable<Socket> {
  const { noDelay = true, localAddress, keepAlive } = tcp;
  return defer(() => {
    assertKeepAlive(keepAlive);
    onPhase?.(isIP(host) ? 'tcp' : 'dns');
    return opened(
      () => {
        // a name is looked up in the family of the address that we come from
        const from = localAddress === undefined ? {} : { localAddress, family: isIP(localAddress) };
        const socket = connect({ host, port, noDelay, ...from });
        socket.once('lookup', () => onPhase?.('tcp'));
        socket.once('connect', () => setKeepAlive(socket, keepAlive));
        return socket;
      },
      'connect',
      cause => connectFailure(cause, name),
    );
  });
}
