import { type ServerUrl, withZone } from '../../protocol/server-url.js';
import { lookup } from 'node:dns';
import { type Socket, connect, getDefaultAutoSelectFamilyAttemptTimeout, isIP } from 'node:net';
import { Observable, catchError, defer, switchMap, throwError, type SchedulerLike, Subscription } from 'rxjs';
import { connectFailure } from './failures.js';
import type { TransportTarget } from '../link.js';
import { socketZone } from './zone.js';
import { MqttError } from '../../errors.js';
import type { TcpKeepAlive } from '../../options/options.js';

/** Where a socket goes. */
export interface Address {
  /** A name, or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
  /** The interface that leads to a link-local IPv6 address. */
  readonly zone?: string;
  /** Both, for messages. */
  readonly name: string;
}

/** Without credentials, path and query. */
export function addressOf({ url, zone }: Pick<ServerUrl, 'url' | 'zone'>, defaultPort: number): Address {
  const port = url.port === '' ? defaultPort : Number(url.port);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port,
    ...(zone !== undefined && { zone }),
    name: withZone(`${url.hostname}:${port}`, zone),
  };
}

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

/**
 * Subscribes to one attempt after the other: to the next one when an attempt errs, or after `delay` ms in which none has emitted; those
 * that run already go on (RFC 8305 section 5).
 *
 * Emits the first value of any of them and completes; the others are unsubscribed. Errors when all have erred: with the error of a
 * single attempt, or an AggregateError of several. Unsubscribing unsubscribes from all.
 */
export function inTurn<T>(attempts: readonly Observable<T>[], delay: number, scheduler: SchedulerLike): Observable<T> {
  return new Observable(subscriber => {
    const causes: unknown[] = [];
    let begun = 0;
    let timer = Subscription.EMPTY;
    const begin = (): void => {
      const attempt$ = attempts[begun++]!;
      timer.unsubscribe();
      if (begun < attempts.length) subscriber.add((timer = scheduler.schedule(begin, delay)));
      subscriber.add(
        attempt$.subscribe({
          next: value => {
            subscriber.next(value);
            subscriber.complete();
          },
          error: (cause: unknown) => {
            causes.push(cause);
            if (begun < attempts.length) begin();
            else if (causes.length === attempts.length)
              subscriber.error(causes.length === 1 ? cause : new AggregateError(causes));
          },
        }),
      );
    };
    begin();
  });
}

/**
 * Emits a socket when its event `ready` comes, and completes; from then on the socket is its taker's. Errors when it breaks before, with what `failure` makes of the cause.
 * Unsubscribing before destroys it.
 */
export function opened<S extends Socket>(
  make: () => S,
  ready: string,
  failure: (cause: Error) => Error = cause => cause,
): Observable<S> {
  return new Observable(subscriber => {
    const socket = make();
    let taken = false;
    // these listeners stay, so that an error which nobody waits for any more is not thrown
    socket.on('error', cause => subscriber.error(failure(cause)));
    socket.once('close', () => {
      if (!subscriber.closed) subscriber.error(failure(new Error('the connection was closed')));
    });
    socket.once(ready, () => {
      if (subscriber.closed) return;
      taken = true;
      subscriber.next(socket);
      subscriber.complete();
    });
    return () => {
      if (!taken) socket.destroy();
    };
  });
}

const DEFAULT_IDLE = 60_000;
const DEFAULT_INTERVAL = 1000;
const DEFAULT_COUNT = 10;

/** As of Node 26.4; the types are of an older one. */
type SetKeepAlive = (enable: boolean, idle: number, interval: number, count: number) => void;

/** The first version of Node whose setKeepAlive() takes interval and count; older ones would ignore them. */
const NEEDED = [26, 4] as const;

/** Throws NOT_SUPPORTED for what this version of Node cannot set. */
export function assertKeepAlive(wanted: TcpKeepAlive | undefined, version = process.versions.node): void {
  const key = wanted?.interval !== undefined ? 'interval' : wanted?.count !== undefined ? 'count' : undefined;
  if (key === undefined || takesInterval(version)) return;
  throw new MqttError(
    'NOT_SUPPORTED',
    `option 'tcp.keepAlive.${key}' needs Node ${NEEDED.join('.')}, and this is ${version}, which sets 'idle' only: ` +
      `leave '${key}' out; the 'keepalive' of MQTT works without it`,
    { phase: 'tcp', subject: `tcp.keepAlive.${key}` },
  );
}

function setKeepAlive(socket: Socket, wanted: TcpKeepAlive | undefined): void {
  if (wanted === undefined) return;
  const { idle = DEFAULT_IDLE, interval = DEFAULT_INTERVAL, count = DEFAULT_COUNT } = wanted;
  (socket.setKeepAlive as SetKeepAlive).call(socket, true, idle, interval, count);
}

function takesInterval(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > NEEDED[0] || (major === NEEDED[0] && minor >= NEEDED[1]);
}
