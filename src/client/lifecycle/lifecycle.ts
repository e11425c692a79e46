import { EMPTY, Observable, type Observer, Subscription, type Unsubscribable, concat, defer, noop } from 'rxjs';
import type { DisconnectOptions } from '../../options/call-options.js';
import type { MqttError } from '../../errors.js';
import type { MqttOptions } from '../../options/options.js';
import type { Connack, ConnectionState } from '../../state.js';
import type { EstablishedConnection } from './attempt.js';
import { Attempts } from './attempts.js';
import { checkDisconnectOptions } from '../options/check-disconnect.js';
import { clientClosed } from '../client-errors.js';
import type { DurableSession } from '../../store/durable-session.js';
import { createDurableSession } from '../session-journal.js';
import { toMqttError } from '../connection/connection-errors.js';
import { ConnectionStates, connectedState, firstConnack } from './connection-states.js';
import {
  assertSessionExpiry,
  disconnectOnPageHide,
  drainThen,
  gracefulDisconnect,
  immediateDisconnect,
} from './graceful-disconnect.js';
import type { ClientContext } from '../client-context.js';
import { closeClient } from './close-client.js';
import type { LifecycleSignal } from '../platform/platform-signals.js';
import { notConnected } from '../connection/reauthentication.js';
import type { ServerList } from './servers/server-list.js';
import { SessionSuspension } from './session-suspension.js';
import { type SignalListener, isPageShownAfter, listenToPlatform, pageHidden } from './page-lifecycle.js';

/** Runs the states of a client: connects, reconnects as the reconnect strategy decides, and disconnects. It observes its connections. */
export class Lifecycle implements Observer<EstablishedConnection>, SignalListener {
  // lives with the client
  readonly #context: ClientContext;
  readonly #attempts: Attempts;
  readonly durable: DurableSession | undefined;
  /** Undefined without a store. */
  readonly #suspension: SessionSuspension | undefined;
  #connection$: Observable<ConnectionState> | undefined;

  // lives from one opening to the next close
  readonly states: ConnectionStates;
  #isOpen = false;
  /** The attempts, the waits between them and the connections. */
  #connections: Unsubscribable = Subscription.EMPTY;
  #listening: Unsubscribable = Subscription.EMPTY;
  #disconnecting = Subscription.EMPTY;
  #isPageShown = true;
  /** The options of disconnect(), once it is called. */
  #disconnectOptions: DisconnectOptions | undefined;

  constructor(servers: ServerList, options: MqttOptions, context: ClientContext) {
    this.#context = context;
    this.states = new ConnectionStates(context.trampoline, context.failures);
    this.#attempts = new Attempts(servers, options, context, this.states);
    this.durable = createDurableSession(context, {
      mayOpen: () => !['closed', 'disconnecting'].includes(this.state.status),
      connectOnDemand: () => this.connectOnDemand(),
      onClientId: clientId => this.#attempts.restoreClientId(clientId),
      onOpening: () => {
        if (this.state.status === 'idle' && !this.#isOpen) this.#suspension?.listenWhileIdle();
      },
      dropConnection: () => this.#connections.unsubscribe(),
      onFailed: error => this.#close(error),
    });
    if (this.durable) this.#suspension = new SessionSuspension(this.durable, context);
    // without autoConnect there may never be a connection, so messages of QoS 0 do not wait for one
    if (!context.options.autoConnect) context.publisher.markOffline();
  }

  /** The states for users: while there is a subscriber, failed attempts are not written to the console. */
  get connection$(): Observable<ConnectionState> {
    return (this.#connection$ ??= this.#context.failures.countListeners(this.states.state$));
  }

  get state$(): Observable<ConnectionState> {
    return this.states.state$;
  }

  get state(): ConnectionState {
    return this.states.current;
  }

  /** The error of calls on this client once it is closed; undefined while it is open. */
  get closedError(): MqttError | undefined {
    return this.state.status === 'closed' ? clientClosed(this.state.error) : undefined;
  }

  /** Connects an idle client. If `autoConnect` is false, only the store is opened. */
  connectOnDemand(): void {
    if (this.state.status !== 'idle') return;
    if (this.#context.options.autoConnect) this.#context.trampoline.run(() => this.#open());
    else this.durable?.opened$.subscribe({ error: noop });
  }

  connect(): Observable<Connack> {
    const connack$ = this.#connackAfter(() => this.#open());
    const isEnding = () => this.state.status === 'disconnecting' || !this.#disconnecting.closed;
    return defer(() => (isEnding() ? concat(this.states.reopenable(), connack$) : connack$));
  }

  reconnect(): Observable<Connack> {
    return defer(() => {
      if (this.state.status === 'idle' || this.state.status === 'closed') return this.connect();
      return this.#connackAfter(() => this.#restart());
    });
  }

  /** Runs the task and waits for the CONNACK that follows. That of a connection which the task drops is not emitted. */
  #connackAfter(task: () => void): Observable<Connack> {
    return new Observable(subscriber => {
      this.#context.trampoline.run(() => {
        task();
        this.states.state$.pipe(firstConnack()).subscribe(subscriber);
      });
    });
  }

  reauthenticate(): Observable<void> {
    return defer(() => {
      if (this.state.status !== 'connected') throw notConnected();
      return this.states.live!.connection.reauthenticate();
    });
  }

  disconnect(options: DisconnectOptions = {}): Observable<never> {
    return defer(() => {
      checkDisconnectOptions(options);
      this.states.disconnectCalls++;
      if (this.state.status === 'closed') return EMPTY;
      const { live, closed$ } = this.states;
      if (live?.connection.limits.protocolVersion === 5) assertSessionExpiry(options, live.connect);
      this.#context.trampoline.run(() => this.#disconnect(options));
      return closed$;
    });
  }

  #open(): void {
    const { status } = this.state;
    if (status === 'closed') this.states.reopen();
    else if (status !== 'idle' || this.#isOpen) return;
    this.#context.publisher.markOnline();
    this.#suspension?.stopListening();
    this.#isOpen = this.#isPageShown = true;
    this.#connect();
    this.#listening = listenToPlatform(this.#context, this);
    if (status === 'closed') this.states.notifyReopened();
  }

  /** Connects, in place of what was there before, and observes one connection after another. */
  #connect(): void {
    this.#connections.unsubscribe();
    this.#connections = this.#attempts.connect(this, this.durable?.opened$);
  }

  /** Ends what lives while the client is open. */
  #stop(): void {
    this.#isOpen = false;
    this.#connections.unsubscribe();
    this.#listening.unsubscribe();
    this.#disconnecting.unsubscribe();
  }

  /** Drops the connection, or the wait for one, and starts with a new attempt. */
  #restart(): void {
    if (this.state.status === 'disconnecting') return;
    if (this.states.live) immediateDisconnect(this.states.live);
    this.#context.connections.recordDisconnected();
    if (this.#isPageShown) this.#connect();
  }

  /** Connects while the page is shown only: the back/forward cache takes no page with an open connection. */
  onSignal(signal: LifecycleSignal): void {
    const isShown = isPageShownAfter(signal) ?? this.#isPageShown;
    const isChange = isShown !== this.#isPageShown;
    this.#isPageShown = isShown;
    if (isChange && !isShown) {
      this.#onPageHide();
      this.#connections.unsubscribe();
      // a client that closes keeps nothing for the time when the page is shown again
      if (!this.states.isClosing) this.#suspension?.suspend();
    }
    this.#context.signal$.next(signal);
    if (isChange && isShown) this.#connect();
  }

  #onPageHide(): void {
    const { live } = this.states;
    if (this.state.status === 'disconnecting') {
      if (live) immediateDisconnect(live, this.#disconnectOptions);
      return this.#close();
    }
    if (live) disconnectOnPageHide(live);
    this.#context.markDisconnected();
    this.states.transitionTo({ status: 'reconnecting', attempt: 1, delay: 0, error: pageHidden() });
  }

  /** Follows a connection that is established. */
  next(established: EstablishedConnection): void {
    const { connection, server } = established;
    this.#context.markConnected(connection, connection.connack.sessionPresent);
    this.states.transitionTo(connectedState(connection, server.name), established);
  }

  /** Closes the client when the strategy gives up with a reason. */
  error(error: unknown): void {
    this.#close(toMqttError(error));
  }

  /** Closes the client when the strategy gives up, or the connection ends after `disconnect()`. */
  complete(): void {
    this.#closeAfter(EMPTY);
  }

  #disconnect(options: DisconnectOptions): void {
    const { status, live } = this.states;
    if (status === 'disconnecting' || status === 'closed') return;
    this.#disconnecting.unsubscribe();
    if (live === undefined && options.drain && this.#isOpen)
      return void (this.#disconnecting = drainThen(options, this.#context, rest => this.#disconnect(rest)));
    // before the state is emitted: a signal of the page during the emission must not begin another attempt
    if (live === undefined) this.#stop();
    this.states.transitionTo({ status: 'disconnecting' }, live);
    this.#disconnectOptions = options;
    if (live && options.sessionExpiry !== undefined) this.#context.session.expiry = options.sessionExpiry;
    const sent$ = live ? gracefulDisconnect(live, options, this.#context) : EMPTY;
    const closing = this.#closeAfter(sent$);
    if (live) this.#disconnecting = closing;
  }

  /** Closes the client when its connection has ended and what is not durable yet is written. */
  #closeAfter(ended$: Observable<never>): Subscription {
    return (this.durable === undefined ? ended$ : concat(ended$, this.durable.close$)).subscribe({
      error: (error: unknown) => this.#close(toMqttError(error)),
      complete: () => this.#close(),
    });
  }

  /** Closes the client: everything that waits ends, and nothing stays open. */
  #close(error?: MqttError): void {
    this.#context.trampoline.run(() => {
      if (this.states.isClosing) return;
      this.#stop();
      this.#suspension?.stopListening();
      this.#context.connections.recordDisconnected();
      // what is not durable yet is written as it is now
      this.durable?.close$.subscribe();
      closeClient(this.#context, this.states, error);
    });
  }
}
