import { type Socket, connect } from 'node:net';
import { type Observable, defer, from, switchMap } from 'rxjs';
import { MqttError } from '../../errors.js';
import { addressOf, type Address, dialDirectly, opened } from './dial.js';
import type { TransportTarget, Transport } from '../link.js';
import { asLink } from './socket-link.js';
import { lateRefusal, connectFailure } from './failures.js';

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
function assertNoTls({ url, options }: TransportTarget): void {
  if (options.tls === undefined) return;
  throw new MqttError(
    'INVALID_ARGUMENT',
    `option 'tls' is set, but ${url.protocol}// is not encrypted: use mqtts:// or wss://, or leave 'tls' out for this server`,
    { subject: 'tls' },
  );
}

/** A TCP connection to a broker, through the proxy where there is one. */
function dial(target: TransportTarget, address: Address): Observable<Socket> {
  const { proxy } = target.options;
  if (proxy === undefined) return dialDirectly(target, address, address.name);
  return from(import('./proxy.js')).pipe(switchMap(({ dialThrough }) => dialThrough(proxy, target, address)));
}

/** MQTT over TCP. The URL gives host and port, 1883 where it names none. */
export const tcp: Transport = target => plainSocket(target, 1883).pipe(asLink(target));

/** MQTT over TLS. The URL gives host and port, 8883 where it names none. */
export const tls: Transport = target => secureSocket(target, 8883).pipe(asLink(target, lateRefusal));

/** MQTT over a unix domain socket: `unix:///run/broker.sock`. */
export const unix: Transport = target =>
  defer(() => {
    assertNoTls(target);
    if (target.options.proxy !== undefined) throw noProxy();
    const path = decodeURIComponent(target.url.pathname);
    target.onPhase?.('tcp');
    return opened(
      () => connect({ path }),
      'connect',
      cause => connectFailure(cause, path),
    );
  }).pipe(asLink(target));

const noProxy = () =>
  new MqttError('INVALID_ARGUMENT', "option 'proxy' is set, but no proxy leads to a unix socket", { subject: 'proxy' });
