import {
  type MonoTypeOperatorFunction,
  NEVER,
  type Observable,
  Subscription,
  distinctUntilChanged,
  filter,
  map,
  startWith,
  switchMap,
  tap,
} from 'rxjs';
import { MqttError } from '../../errors.js';
import { clockJumps } from '../../operators/liveness/clock-jumps.js';
import type { DisconnectPacket } from '../../packets.js';
import type { LifecycleSignal } from '../platform/platform-signals.js';
import type { Connected } from '../connection/accepted-connection.js';
import type { AttemptOptions, ClientOptions } from '../options/resolve-options.js';

/** Tells all that there is to know of where the client lives, until it is unsubscribed. With `platformSignal$: false`: nothing. */
export function listenToPlatform(
  { platformSignal$, scheduler, wallClock }: ClientOptions,
  tell: (signal: LifecycleSignal) => void,
): Subscription {
  if (platformSignal$ === false) return Subscription.EMPTY;
  const listening = clockJumps(scheduler, wallClock).subscribe({ next: () => tell('clock'), error: noop });
  // one that errors has no more to tell
  listening.add(platformSignal$.subscribe({ next: tell, error: noop }));
  return listening;
}

/** What makes it likely that an attempt succeeds, or that somebody waits for it. */
export const reconnectHints = (signal$: Observable<LifecycleSignal>): Observable<LifecycleSignal> =>
  signal$.pipe(filter(signal => signal !== 'offline'));

const presence: Partial<Record<LifecycleSignal, boolean>> = {
  pagehide: false,
  pageshow: true,
  visible: true,
  resume: true,
};

/** Subscribes to its source while there is a page, now first. Calls `leaving` before it lets go of it. */
export function whilePageShown<T>(
  signal$: Observable<LifecycleSignal>,
  leaving: () => void,
): MonoTypeOperatorFunction<T> {
  return source$ =>
    signal$.pipe(
      map(signal => presence[signal]),
      filter(present => present !== undefined),
      startWith(true),
      distinctUntilChanged(),
      tap(present => present || leaving()),
      switchMap(present => (present ? source$ : NEVER)),
    );
}

/** DISCONNECT on a connection that is dropped all the same: nothing is waited for. */
export function sendDisconnect({ disconnect }: Connected, reasonCode = 0): void {
  const packet: DisconnectPacket = { cmd: 'disconnect', ...(reasonCode === 0 ? {} : { reasonCode }) };
  disconnect(packet).subscribe({ error: noop });
}

/**
 * The goodbye of a page that is left. A will is meant for this, so the broker is to publish it: in 5.0 that is reason code 0x04, in
 * 3.x a close without DISCONNECT.
 */
export function disconnectOnPageHide(connection: Connected, { will }: AttemptOptions): void {
  if (will === undefined) sendDisconnect(connection);
  else if (connection.limits.protocolVersion === 5) sendDisconnect(connection, 0x04);
}

export const pageLeft = (): MqttError =>
  new MqttError('CONNECTION_CLOSED', 'the page was left; the client connects again when it is shown again', {
    retryable: true,
  });

const noop = (): void => undefined;
