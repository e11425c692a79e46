import type { Socket } from 'node:net';
import { type Observable, defer, from, switchMap } from 'rxjs';
import { MqttError } from '../errors.js';
import { addressOf } from './address.js';
import { dial } from './dial.js';
import type { TransportTarget } from './link.js';

/** A TCP connection to the host of the URL. */
export function plainSocket(target: TransportTarget, defaultPort: number): Observable<Socket> {
  return defer(() => {
    assertNoTls(target);
    return dial(target, addressOf(target, defaultPort));
  });
}

/** The same with TLS on it. */
export function secureSocket(target: TransportTarget, defaultPort: number): Observable<Socket> {
  return from(import('./secure.js')).pipe(
    switchMap(({ secure, secureContext }) => {
      const context = secureContext(target.options.tls);
      const address = addressOf(target, defaultPort);
      return dial(target, address).pipe(switchMap(socket => secure(socket, context, target, address)));
    }),
  );
}

/** Who sets up TLS and forgets a letter of the URL would send the password in clear text. */
export function assertNoTls({ url, options }: TransportTarget): void {
  if (options.tls === undefined) return;
  throw new MqttError(
    'INVALID_ARGUMENT',
    `option 'tls' is set, but ${url.protocol}// is not encrypted: use mqtts:// or wss://, or leave 'tls' out for this server`,
    { subject: 'tls' },
  );
}
