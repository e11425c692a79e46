import { type Socket, connect } from 'node:net';
import { type Observable, from, switchMap } from 'rxjs';
import { MqttError } from '../../errors.js';
import type { Transport, TransportTarget } from '../link.js';
import { type Address, addressOf, dialDirectly, opened } from './dial.js';
import { connectFailure, lateRefusal } from './failures.js';
import { socketLink } from './socket-link.js';

/** MQTT over TCP, to the host and port of the URL. The default port is 1883. */
export const tcp: Transport = target => socketLink(target, openPlain);

/** MQTT over TLS, to the host and port of the URL. The default port is 8883. */
export const tls: Transport = target => socketLink(target, openSecure, lateRefusal);

/** MQTT over a unix domain socket: `unix:///run/broker.sock`. */
export const unix: Transport = target => socketLink(target, openUnix);

const openPlain = (target: TransportTarget): Observable<Socket> => plainSocket(target, 1883);

const openSecure = (target: TransportTarget): Observable<Socket> => secureSocket(target, 8883);

function openUnix(target: TransportTarget): Observable<Socket> {
  assertNoTls(target);
  if (target.options.proxy !== undefined) throw noProxy();
  const path = decodeURIComponent(target.url.pathname);
  target.onPhase?.('tcp');
  return opened(
    () => connect({ path }),
    'connect',
    cause => connectFailure(cause, path),
  );
}

/** Opens a TCP connection to the host of the URL. Call it when it is to open: it throws for options that do not fit. */
export function plainSocket(target: TransportTarget, defaultPort: number): Observable<Socket> {
  assertNoTls(target);
  return dial(target, addressOf(target, defaultPort));
}

/** Opens a TCP connection to the host of the URL, and TLS on it. */
export function secureSocket(target: TransportTarget, defaultPort: number): Observable<Socket> {
  return from(import('./secure.js')).pipe(
    switchMap(({ secure, secureContext }) => {
      const context = secureContext(target.options.tls);
      const address = addressOf(target, defaultPort);
      return dial(target, address).pipe(switchMap(socket => secure(socket, context, target, address)));
    }),
  );
}

/** Opens a TCP connection, through the proxy if there is one. */
function dial(target: TransportTarget, address: Address): Observable<Socket> {
  const { proxy } = target.options;
  if (proxy === undefined) return dialDirectly(target, address, address.name);
  return from(import('./proxy.js')).pipe(switchMap(({ dialThrough }) => dialThrough(proxy, target, address)));
}

/** With options for TLS and a URL without it, the password would be sent in clear text by mistake. */
function assertNoTls({ url, options }: TransportTarget): void {
  if (options.tls === undefined) return;
  throw new MqttError(
    'INVALID_ARGUMENT',
    `option 'tls' is set, but ${url.protocol}// is not encrypted: use mqtts:// or wss://, or leave 'tls' out for this server`,
    { subject: 'tls' },
  );
}

const noProxy = () =>
  new MqttError('INVALID_ARGUMENT', "option 'proxy' is set, but no proxy leads to a unix socket", { subject: 'proxy' });
