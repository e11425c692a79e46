import {
  EMPTY,
  type Observable,
  type Subscription,
  catchError,
  concat,
  ignoreElements,
  noop,
  startWith,
  takeUntil,
  takeWhile,
  timer,
} from 'rxjs';
import type { DisconnectOptions } from '../../options/call-options.js';
import { MqttError } from '../../errors.js';
import type { ConnectPacket, DisconnectPacket } from '../../packets.js';
import type { LiveConnection } from './connection-states.js';
import type { ClientContext } from '../client-context.js';
import type { AttemptOptions } from '../options/resolve-options.js';

/**
 * Ends a connection in order: lets messages in flight settle, publishes the will where it is wanted, then sends DISCONNECT. Completes in
 * bounded time.
 */
export function gracefulDisconnect(
  { connection, options: connectOptions }: LiveConnection,
  options: DisconnectOptions,
  context: ClientContext,
): Observable<never> {
  const { protocolVersion } = connection.limits;
  // most clients have none of these steps
  const steps: Observable<never>[] = [];
  if (context.session.subscriptions.hasChanges) steps.push(endOfTurn(context));
  if (options.drain) steps.push(drain(options.drain, context));
  if (options.will && protocolVersion !== 5) steps.push(publishWill(connectOptions, context));
  const disconnected$ = connection.disconnect(createDisconnectPacket(options));
  return steps.length === 0 ? disconnected$ : concat(...steps, disconnected$);
}

/**
 * Sends DISCONNECT on a connection that is dropped next, so that it waits for nothing. For a wanted will in 3.x it sends none: the broker
 * publishes the will because DISCONNECT is missing.
 */
export function immediateDisconnect(
  { connection, options: connectOptions }: LiveConnection,
  options: DisconnectOptions = {},
): void {
  if (options.will && connectOptions.will !== undefined && connection.limits.protocolVersion !== 5) return;
  connection.disconnect(createDisconnectPacket(options)).subscribe({ error: noop });
}

/** Ends the connection of a page that is hidden. A will is meant for this, so the broker is to publish it. */
export const disconnectOnPageHide = (live: LiveConnection): void =>
  immediateDisconnect(live, { will: live.options.will !== undefined });

/** Waits until the filters that were unsubscribed in this turn are sent. Otherwise the session at the broker would keep them. */
const endOfTurn = ({ tick }: ClientContext): Observable<never> => timer(0, tick).pipe(ignoreElements());

/** Waits until all messages have settled, for `ms` at most. */
function drain(ms: number, { session, publisher, scheduler }: ClientContext): Observable<never> {
  const { queue, inFlight } = session.sender;
  return publisher.settled$.pipe(
    startWith(undefined),
    takeWhile(() => queue.length + inFlight.size > 0),
    takeUntil(timer(ms, scheduler)),
    ignoreElements(),
  );
}

/** Does the same while the client goes on connecting. Then calls `disconnect` with the options, for what is left to do. */
export function drainThen(
  options: DisconnectOptions,
  context: ClientContext,
  disconnect: (options: DisconnectOptions) => void,
): Subscription {
  const complete = () => context.trampoline.run(() => disconnect({ ...options, drain: 0 }));
  return drain(options.drain!, context).subscribe({ error: noop, complete });
}

/** Publishes the will as a message: 3.x has no DISCONNECT with will (5.0 reason code 0x04). */
function publishWill(
  { will, closeTimeout }: AttemptOptions,
  { publisher, scheduler }: ClientContext,
): Observable<never> {
  if (will === undefined) return EMPTY;
  const { topic, payload, qos = 0, retain = false } = will;
  return publisher.createPublish(topic, payload, { qos, retain }).pipe(
    takeUntil(timer(closeTimeout, scheduler)),
    catchError(() => EMPTY),
    ignoreElements(),
  );
}

/**
 * Throws for a session expiry in DISCONNECT where the one in CONNECT was 0 (5.0 section 3.14.2.2.2): the broker would answer with a
 * protocol error, and publish the will.
 */
export function assertSessionExpiry({ sessionExpiry = 0 }: DisconnectOptions, { properties }: ConnectPacket): void {
  if (sessionExpiry === 0 || properties?.sessionExpiryInterval) return;
  throw new MqttError(
    'INVALID_ARGUMENT',
    `disconnect option 'sessionExpiry' cannot be '${sessionExpiry}', because the session was to end with the connection: ` +
      `set 'sessionExpiry' of mqtt() above 0, or 'clean' to false`,
    { subject: 'sessionExpiry' },
  );
}

function createDisconnectPacket({ will, reasonCode, sessionExpiry, properties }: DisconnectOptions): DisconnectPacket {
  const code = reasonCode ?? (will ? 0x04 : 0);
  const all = { ...(sessionExpiry === undefined ? {} : { sessionExpiryInterval: sessionExpiry }), ...properties };
  return {
    cmd: 'disconnect',
    ...(code === 0 ? {} : { reasonCode: code }),
    ...(Object.keys(all).length === 0 ? {} : { properties: all }),
  };
}
