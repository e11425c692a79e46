import {
  EMPTY,
  Observable,
  catchError,
  concat,
  defer,
  ignoreElements,
  startWith,
  takeUntil,
  takeWhile,
  timer,
} from 'rxjs';
import type { DisconnectOptions } from '../../options/call-options.js';
import { MqttError } from '../../errors.js';
import type { DisconnectPacket } from '../../packets.js';
import type { PublishResult } from '../../results.js';
import { sessionExpiryOf } from '../connection/connect-packet.js';
import type { Connected } from '../connection/accepted-connection.js';
import type { LiveConnection } from './connection-states.js';
import type { ClientContext } from '../client-context.js';
import type { AttemptOptions } from '../options/resolve-options.js';

/** How a client leaves: what is on its way may finish, the will is published where it is wanted, then DISCONNECT. Completes in bounded time. */
export function gracefulDisconnect(
  connection: Connected,
  agreed: AttemptOptions,
  options: DisconnectOptions,
  context: ClientContext,
): Observable<never> {
  const { protocolVersion } = connection.limits;
  return concat(
    unsubscribed(context),
    options.drain ? drained(options.drain, context) : EMPTY,
    options.will && protocolVersion !== 5 ? publishWill(agreed, context) : EMPTY,
    connection.disconnect(disconnectPacket(options)),
  );
}

/**
 * The same where there is no time: the page is left while the client disconnects. In 3.x a will that is wanted is published by the
 * broker then, for want of a DISCONNECT.
 */
export function immediateDisconnect({ connection, options: agreed }: LiveConnection, options: DisconnectOptions): void {
  if (options.will && agreed.will !== undefined && connection.limits.protocolVersion !== 5) return;
  connection.disconnect(disconnectPacket(options)).subscribe({ error: noop });
}

/** What was unsubscribed in this turn is told the broker before we leave, or its session would keep it. */
function unsubscribed({ session, tick }: ClientContext): Observable<never> {
  return defer(() => (session.subscriptions.hasChanges ? timer(0, tick).pipe(ignoreElements()) : EMPTY));
}

function drained(ms: number, { session, publisher, scheduler }: ClientContext): Observable<never> {
  const { queue, inFlight } = session.sender;
  return publisher.settled$.pipe(
    startWith(undefined),
    takeWhile(() => queue.length + inFlight.size > 0),
    takeUntil(timer(ms, scheduler)),
    ignoreElements(),
  );
}

/** 3.x has no DISCONNECT with will (5.0 reason code 0x04): the client publishes it itself. */
function publishWill(
  { will, closeTimeout }: AttemptOptions,
  { publisher, scheduler }: ClientContext,
): Observable<never> {
  if (will === undefined) return EMPTY;
  const { topic, payload, qos = 0, retain = false } = will;
  return new Observable<PublishResult>(subscriber =>
    publisher.publish(topic, payload, { qos, retain }, subscriber),
  ).pipe(
    takeUntil(timer(closeTimeout, scheduler)),
    catchError(() => EMPTY),
    ignoreElements(),
  );
}

/** A session that CONNECT gave no time cannot be given any by DISCONNECT (5.0 section 3.14.2.2.2): the broker would publish the will. */
export function assertSessionExpiry({ sessionExpiry = 0 }: DisconnectOptions, agreed: AttemptOptions): void {
  if (sessionExpiry === 0 || sessionExpiryOf(agreed) > 0) return;
  throw new MqttError(
    'INVALID_ARGUMENT',
    `disconnect option 'sessionExpiry' cannot be above 0 where the session was to end with the connection: ` +
      `set 'sessionExpiry' of mqtt() above 0, or 'clean' to false`,
    { subject: 'sessionExpiry' },
  );
}

function disconnectPacket({ will, reasonCode, sessionExpiry, properties }: DisconnectOptions): DisconnectPacket {
  const code = reasonCode ?? (will ? 0x04 : 0);
  const all = { ...(sessionExpiry === undefined ? {} : { sessionExpiryInterval: sessionExpiry }), ...properties };
  return {
    cmd: 'disconnect',
    ...(code === 0 ? {} : { reasonCode: code }),
    ...(Object.keys(all).length === 0 ? {} : { properties: all }),
  };
}

/** The connection is dropped all the same. */
const noop = (): void => undefined;
