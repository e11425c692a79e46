import { type Observable, Subscription, distinctUntilChanged, filter, map, noop, startWith } from 'rxjs';
import { MqttError } from '../../errors.js';
import type { DisconnectPacket } from '../../packets.js';
import type { LifecycleSignal } from '../platform/platform-signals.js';
import type { Connected } from '../connection/accepted-connection.js';
import type { AttemptOptions, ClientOptions } from '../options/resolve-options.js';

/** Calls `onSignal` with each signal of the platform and the clock, or never with `platformSignal$: false`. */
export function listenToPlatform(
  { platformSignal$, clockJump$ }: ClientOptions,
  onSignal: (signal: LifecycleSignal) => void,
): Subscription {
  if (platformSignal$ === false) return Subscription.EMPTY;
  const listening = clockJump$.subscribe({ next: () => onSignal('clock'), error: noop });
  // if platformSignal$ errors, the client continues without its signals
  listening.add(platformSignal$.subscribe({ next: onSignal, error: noop }));
  return listening;
}

/** Emits the signals after which an attempt is likely to succeed, or somebody is likely to wait for one. */
export const reconnectHints = (signal$: Observable<LifecycleSignal>): Observable<LifecycleSignal> =>
  signal$.pipe(filter(signal => signal !== 'offline'));

const shownAfter: Partial<Record<LifecycleSignal, boolean>> = {
  pagehide: false,
  pageshow: true,
  visible: true,
  resume: true,
};

/** Whether the page is shown after the signal; undefined for a signal that does not say. */
export const isPageShownAfter = (signal: LifecycleSignal): boolean | undefined => shownAfter[signal];

/** Emits whether the page is shown, which it is at first. */
export const isPageShown = (signal$: Observable<LifecycleSignal>): Observable<boolean> =>
  signal$.pipe(
    map(isPageShownAfter),
    filter(isShown => isShown !== undefined),
    startWith(true),
    distinctUntilChanged(),
  );

/** Sends DISCONNECT on a connection that is dropped next, so that it waits for nothing. */
export function sendDisconnect(connection: Connected, reasonCode = 0): void {
  const packet: DisconnectPacket = { cmd: 'disconnect', ...(reasonCode === 0 ? {} : { reasonCode }) };
  connection.disconnect(packet).subscribe({ error: noop });
}

/**
 * Ends the connection of a page that is hidden. A will is meant for this, so the broker is to publish it: DISCONNECT has reason code
 * 0x04 in 5.0, and is not sent in 3.x.
 */
export function disconnectOnPageHide(connection: Connected, { will }: AttemptOptions): void {
  if (will === undefined) sendDisconnect(connection);
  else if (connection.limits.protocolVersion === 5) sendDisconnect(connection, 0x04);
}

export const pageHidden = (): MqttError =>
  new MqttError('CONNECTION_CLOSED', 'the page was hidden; the client connects again when it is shown', {
    retryable: true,
  });
