import { Observable, type Subscriber, Subscription, from, noop } from 'rxjs';
import { MqttError } from '../../errors.js';
import { exponentialBackoff } from '../../operators/reconnect/strategies.js';
import type { ReconnectStrategy, Verdict } from '../../options/reconnect-options.js';
import type { Link, Transport } from '../../transport/link.js';
import type { ConnectionState } from '../../state.js';
import type { MqttWarning } from '../../warnings.js';
import {
  type HostMessage,
  PORT_VERSION,
  type SharedMethod,
  type TabMessage,
  fromPlainError,
  fromPlainState,
  fromPlainWarning,
} from '../port-messages.js';
import type { SharedPort } from '../port.js';
import { PortLink } from './port-link.js';

/** The delays before another port is opened: the next owner is a tab of the same browser. */
const ownerBackoff = /* @__PURE__ */ exponentialBackoff({ initial: 100, max: 5000 });

/** What the client of a tab learns from the owner of the shared client. */
export interface KeeperEvents {
  /** Called when `brokerState` has changed. */
  onBrokerState(): void;
  onWarning(warning: MqttWarning): void;
}

/**
 * Keeps the port of a tab. It is opened for the first link, and stays when the owner of the shared client ends a link, so that the owner still knows
 * the tab. Lives with the client of the tab.
 */
export class PortKeeper {
  readonly #openPort: () => Observable<SharedPort>;
  readonly #events: KeeperEvents;

  // lives with the port
  #port: SharedPort | undefined;
  #portSubscription = Subscription.EMPTY;
  readonly #calls = new Map<number, Subscriber<never>>();

  // lives with the link
  /** The connection to the broker, which the tab shows while it has a link. It is known before there is one. */
  brokerState: ConnectionState = { status: 'idle' };
  #lastLink = 0;
  #subscriber: Subscriber<Link> | undefined;
  #link: PortLink | undefined;

  #lastCall = 0;
  /** What the owner says of its connection, and whether it is closed. The strategy of the tab only follows. */
  readonly #causes = new WeakMap<MqttError, Verdict>();

  constructor(openPort: () => Observable<SharedPort>, events: KeeperEvents) {
    this.#openPort = openPort;
    this.#events = events;
  }

  get hasPort(): boolean {
    return this.#port !== undefined;
  }

  /** Opens a link over the port. Unsubscribing closes the port, unless the owner has ended the link. */
  readonly transport: Transport = () =>
    new Observable(subscriber => {
      this.#lastLink++;
      this.#subscriber = subscriber;
      this.#link = undefined;
      if (this.#port !== undefined) this.#requestLink();
      else this.#open();
      return () => {
        if (this.#subscriber === subscriber) this.close();
      };
    });

  /** Waits for a moment until the next link. The port of a link that the owner has ended stays meanwhile. */
  readonly strategy: ReconnectStrategy = context =>
    new Observable<void>(subscriber => {
      let isOver = false;
      const next = () => {
        isOver = true;
        subscriber.next();
      };
      subscriber.add(from(ownerBackoff(context) as Observable<void>).subscribe({ next, error: noop }));
      return () => {
        if (!isOver) this.close();
      };
    });

  readonly verdict = (error: MqttError, standard: Verdict): Verdict => this.#causes.get(error) ?? standard;

  /** Calls a method of the shared client. Completes when that has; errors as it does, or if the port ends. */
  call(method: SharedMethod): Observable<never> {
    return new Observable(subscriber => {
      const call = ++this.#lastCall;
      this.#calls.set(call, subscriber);
      this.#post({ type: 'call', call, method });
      return () => this.#calls.delete(call);
    });
  }

  /** Ends the link, and closes the port. */
  close(): void {
    if (this.#port !== undefined) this.#post({ type: 'end', link: this.#lastLink });
    this.#forget();
  }

  #open(): void {
    this.#portSubscription = new Subscription();
    const next = (port: SharedPort) => this.#begin(port, this.#portSubscription);
    const error = (cause: unknown) => {
      const failed = this.#subscriber;
      this.#forget();
      failed?.error(cause);
    };
    this.#portSubscription.add(this.#openPort().subscribe({ next, error }));
  }

  #begin(port: SharedPort, subscription: Subscription): void {
    this.#port = port;
    subscription.add(() => port.close());
    subscription.add(port.closed$.subscribe({ next: () => this.#onGone(), error: noop }));
    subscription.add(port.data$.subscribe({ next: data => this.#received(data as HostMessage), error: noop }));
    this.#requestLink();
  }

  #requestLink(): void {
    this.#post({ type: 'open', link: this.#lastLink, version: PORT_VERSION });
  }

  readonly #post = (message: TabMessage, transfer?: Transferable[]): void => {
    this.#port?.postMessage(message, transfer);
  };

  #received(data: HostMessage): void {
    if (data instanceof Uint8Array) return this.#link?.received(data);
    if ('link' in data && data.link !== this.#lastLink) return;
    switch (data.type) {
      case 'opened':
        this.#link = new PortLink(data.link, this.#post);
        return this.#subscriber?.next(this.#link);
      case 'lost': {
        const error = fromPlainError(data.error);
        this.#causes.set(error, data.isFinal ? 'stop' : 'retry');
        this.#fail(error);
        if (data.isFinal) this.close();
        return;
      }
      case 'read':
        return this.#link?.read(data.bytes);
      case 'state':
        this.brokerState = fromPlainState(data.state);
        return this.#events.onBrokerState();
      case 'ping':
        return this.#post({ type: 'pong' });
      case 'warning':
        return this.#events.onWarning(fromPlainWarning(data.warning));
      case 'answer': {
        const subscriber = this.#calls.get(data.call);
        if (data.error === undefined) subscriber?.complete();
        else subscriber?.error(fromPlainError(data.error));
        return;
      }
      case 'closed':
        return this.#onGone();
    }
  }

  #onGone(): void {
    const [link, subscriber] = [this.#link, this.#subscriber];
    this.#forget();
    this.#endLink(link, subscriber, ownerGone());
  }

  /** Ends the link with an error of the owner, and keeps the port. */
  #fail(error: MqttError): void {
    const [link, subscriber] = [this.#link, this.#subscriber];
    this.#link = this.#subscriber = undefined;
    this.#endLink(link, subscriber, error);
  }

  #endLink(link: PortLink | undefined, subscriber: Subscriber<Link> | undefined, error: MqttError): void {
    if (link === undefined) subscriber?.error(error);
    else link.fail(error);
  }

  #forget(): void {
    this.#port = this.#link = this.#subscriber = undefined;
    this.#portSubscription.unsubscribe();
    for (const subscriber of [...this.#calls.values()]) subscriber.error(ownerGone());
  }
}

const ownerGone = (): MqttError =>
  new MqttError('CONNECTION_CLOSED', 'the owner of the shared client is gone, or has closed the port of this tab', {
    retryable: true,
  });
