import {
  type Observable,
  Subscription,
  type Unsubscribable,
  distinctUntilChanged,
  filter,
  map,
  noop,
  startWith,
} from 'rxjs';
import { MqttError } from '../../errors.js';
import type { PlatformSignal } from '../../platform.js';
import type { LifecycleSignal } from '../platform/platform-signals.js';
import type { ClientContext } from '../client-context.js';
import type { ClockListener } from '../platform/clock-watch.js';

export interface SignalListener {
  onSignal(signal: LifecycleSignal): void;
}

/** Passes each signal of the platform and the clock to a listener in the trampoline, or none with `platformSignal$: false`. */
export function listenToPlatform(context: ClientContext, listener: SignalListener): Unsubscribable {
  const { platformSignal$ } = context.options;
  return platformSignal$ === false ? Subscription.EMPTY : new Listening(platformSignal$, context, listener);
}

class Listening implements ClockListener, Unsubscribable {
  readonly #context: ClientContext;
  readonly #listener: SignalListener;
  /** Undefined on a platform without signals, which completes at once. */
  readonly #platform: Subscription | undefined;

  constructor(platformSignal$: Observable<PlatformSignal>, context: ClientContext, listener: SignalListener) {
    this.#context = context;
    this.#listener = listener;
    context.options.clock.add(this);
    // if platformSignal$ errors, the client continues without its signals
    const platform = platformSignal$.subscribe({ next: signal => this.#pass(signal), error: noop });
    if (!platform.closed) this.#platform = platform;
  }

  onClockJump(): void {
    this.#pass('clock');
  }

  #pass(signal: LifecycleSignal): void {
    this.#context.trampoline.run(() => this.#listener.onSignal(signal));
  }

  unsubscribe(): void {
    this.#context.options.clock.delete(this);
    this.#platform?.unsubscribe();
  }
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

export const pageHidden = (): MqttError =>
  new MqttError('CONNECTION_CLOSED', 'the page was hidden; the client connects again when it is shown', {
    retryable: true,
  });
