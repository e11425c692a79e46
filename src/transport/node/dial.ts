import { type LookupAddress, lookup } from 'node:dns';
import { type Socket, connect, getDefaultAutoSelectFamilyAttemptTimeout, isIP } from 'node:net';
import { Observable, type SchedulerLike, Subscription, catchError, noop, switchMap, throwError } from 'rxjs';
import { MqttError } from '../../errors.js';
import type { TcpKeepAlive } from '../../options/options.js';
import { type ServerUrl, withZone } from '../../protocol/server-url.js';
import type { TransportTarget } from '../link.js';
import { connectFailure } from './failures.js';
import { socketZone } from './zone.js';

/** The address that a socket connects to. */
export interface Address {
  /** A host name, or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
  /** The network interface for a link-local IPv6 address. */
  readonly zone?: string;
  /** Host and port, for messages. */
  readonly name: string;
}

/** Returns the address of a URL. */
export function addressOf({ url, zone }: Pick<ServerUrl, 'url' | 'zone'>, defaultPort: number): Address {
  const port = url.port === '' ? defaultPort : Number(url.port);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port,
    ...(zone !== undefined && { zone }),
    name: withZone(`${url.hostname}:${port}`, zone),
  };
}

/**
 * Opens a TCP connection without a proxy. Call it when it is to open: it throws for options that are not supported.
 *
 * @param name - how messages name the other end.
 */
export function dialDirectly(
  { options: { tcp = {} }, failures = 0, onPhase, scheduler }: TransportTarget,
  { host, port, zone }: Address,
  name: string,
): Observable<Socket> {
  const { noDelay = true, localAddress, keepAlive } = tcp;
  assertKeepAlive(keepAlive);
  const failure = (cause: Error) => connectFailure(cause, name);
  const open = (address: string) => {
    const socket = connect({ host: address, port, noDelay, ...(localAddress !== undefined && { localAddress }) });
    if (keepAlive !== undefined) socket.once('connect', () => setKeepAlive(socket, keepAlive));
    return socket;
  };
  const isName = isIP(host) === 0;
  onPhase?.(isName ? 'dns' : 'tcp');
  if (!isName) {
    const address = zone === undefined ? host : `${host}%${socketZone(zone, name)}`;
    return opened(() => open(address), 'connect', failure);
  }
  // Node would end each attempt but the last one after the delay, so that it never reaches a host that takes longer
  return addressesOf(host, localAddress === undefined ? 0 : isIP(localAddress)).pipe(
    switchMap(addresses => {
      onPhase?.('tcp');
      const attempts = startingAt(failures, addresses).map(address => opened(() => open(address), 'connect'));
      return inTurn(attempts, getDefaultAutoSelectFamilyAttemptTimeout(), scheduler);
    }),
    catchError((cause: unknown) => throwError(() => failure(cause as Error))),
  );
}

/**
 * Emits a socket at its event `ready` and completes; from then on its subscriber owns the socket. If the socket breaks before, errors with
 * the result of `failure`. Unsubscribing before destroys the socket.
 */
export function opened<S extends Socket>(
  make: () => S,
  ready: string,
  failure: (cause: Error) => Error = cause => cause,
): Observable<S> {
  return new Observable(subscriber => {
    const socket = make();
    let isHandedOver = false;
    const onError = (cause: Error) => subscriber.error(failure(cause));
    const onClose = () => subscriber.error(failure(new Error('the connection was closed')));
    const onReady = () => {
      isHandedOver = true;
      subscriber.next(socket);
      subscriber.complete();
    };
    // this listener stays until a link has its own: without one, Node throws the error of a socket
    socket.on('error', ignoreError);
    socket.on('error', onError).on('close', onClose).on(ready, onReady);
    return () => {
      socket.off('error', onError).off('close', onClose).off(ready, onReady);
      if (!isHandedOver) socket.destroy();
    };
  });
}

/** The listener for errors of a socket between its opening and its link. */
export const ignoreError = noop;

/**
 * Subscribes to one attempt after another: to the next one when an attempt errors, or after `delay` ms without a value. Earlier attempts
 * continue (RFC 8305 section 5).
 *
 * Emits the first value of any attempt and completes; the other attempts are unsubscribed. Errors when all attempts have errored, with the
 * error of a single attempt or an AggregateError of several. Unsubscribing unsubscribes from all attempts.
 */
export function inTurn<T>(attempts: readonly Observable<T>[], delay: number, scheduler: SchedulerLike): Observable<T> {
  return new Observable(subscriber => {
    const causes: unknown[] = [];
    let started = 0;
    let timer = Subscription.EMPTY;
    const startNext = (): void => {
      const attempt$ = attempts[started++]!;
      timer.unsubscribe();
      if (started < attempts.length) subscriber.add((timer = scheduler.schedule(startNext, delay)));
      subscriber.add(
        attempt$.subscribe({
          next: value => {
            subscriber.next(value);
            subscriber.complete();
          },
          error: (cause: unknown) => {
            causes.push(cause);
            if (started < attempts.length) startNext();
            else if (causes.length === attempts.length)
              subscriber.error(causes.length === 1 ? cause : new AggregateError(causes));
          },
        }),
      );
    };
    startNext();
  });
}

/** Throws NOT_SUPPORTED for options that this version of Node cannot set. */
export function assertKeepAlive(wanted: TcpKeepAlive | undefined, version = process.versions.node): void {
  const key = wanted?.interval !== undefined ? 'interval' : wanted?.count !== undefined ? 'count' : undefined;
  if (key === undefined || acceptsInterval(version)) return;
  throw new MqttError(
    'NOT_SUPPORTED',
    `option 'tcp.keepAlive.${key}' needs Node ${FIRST_VERSION.join('.')}, and this is ${version}, which sets 'idle' only: ` +
      `leave '${key}' out; the 'keepalive' of MQTT works without it`,
    { phase: 'tcp', subject: `tcp.keepAlive.${key}` },
  );
}

/** Looks up the addresses of a host name in one family, 4 or 6, or in both (0). */
function addressesOf(host: string, family: number): Observable<string[]> {
  return new Observable(subscriber => {
    lookup(host, { all: true, family }, (cause, found) => {
      if (cause) return subscriber.error(cause);
      subscriber.next(alternateFamilies(found));
      subscriber.complete();
    });
  });
}

/** Returns the list rotated, so that it starts at the given index, modulo its length. */
function startingAt<T>(index: number, list: readonly T[]): T[] {
  return list.map((_, i) => list[(index + i) % list.length]!);
}

/** Returns the addresses in turn of each family, beginning with that of the first one (RFC 8305 section 4). */
function alternateFamilies(found: readonly LookupAddress[]): string[] {
  const first = found.filter(({ family }) => family === found[0]?.family);
  const others = found.filter(each => !first.includes(each));
  const pairs = found.flatMap((_, i) => [first[i], others[i]]);
  return pairs.flatMap(each => each?.address ?? []);
}

function setKeepAlive(socket: Socket, wanted: TcpKeepAlive): void {
  const { idle = DEFAULT_IDLE, interval = DEFAULT_INTERVAL, count = DEFAULT_COUNT } = wanted;
  (socket.setKeepAlive as SetKeepAlive).call(socket, true, idle, interval, count);
}

function acceptsInterval(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > FIRST_VERSION[0] || (major === FIRST_VERSION[0] && minor >= FIRST_VERSION[1]);
}

/** ms */
const DEFAULT_IDLE = 60_000;
/** ms */
const DEFAULT_INTERVAL = 1000;
const DEFAULT_COUNT = 10;

/** The first version of Node whose setKeepAlive() accepts interval and count; older ones ignore them. */
const FIRST_VERSION = [26, 4] as const;

/** `Socket.setKeepAlive` of Node 26.4; the installed types are older. */
type SetKeepAlive = (enable: boolean, idle: number, interval: number, count: number) => void;
