import { EMPTY, Observable, Subject, Subscription, concat, defer, noop, startWith, switchMap, tap } from 'rxjs';
import type { DisconnectOptions } from '../../options/call-options.js';
import type { MqttError } from '../../errors.js';
import type { MqttOptions } from '../../options/options.js';
import { reconnect } from '../../operators/reconnect.js';
import type { Connack, ConnectionState } from '../../state.js';
import { type EstablishedConnection, Attempts } from './attempts.js';
import { checkDisconnectOptions } from '../options/check-calls.js';
import { clientClosed } from '../client-errors.js';
import type { DurableSession } from '../../store/durable-session.js';
import { createDurableSession } from '../session-journal.js';
import { toMqttError } from '../connection/connection-errors.js';
import { ConnectionStates, connectedState, firstConnack } from './connection-states.js';
import { assertSessionExpiry, gracefulDisconnect, immediateDisconnect } from './graceful-disconnect.js';
import { type ClientContext, endClient } from '../client-context.js';
import { notConnected } from '../connection/reauthentication.js';
import type { Server } from '../options/server.js';
import type { ServerList } from './server-list.js';
import { SessionSuspension } from './session-suspension.js';
import {
  sendDisconnect,
  reconnectHints,
  disconnectOnPageHide,
  pageHidden,
  listenToPlatform,
  whilePageShown,
} from './page-lifecycle.js';

/** Runs the states of a client: it connects, reconnects as the reconnect strategy decides, and disconnects. */
export class Lifecycle {
  // lives with the client
  readonly #context: ClientContext;
  readonly #attempts: Attempts;
  readonly durable: DurableSession | undefined;
  readonly #suspension: SessionSuspension;

  // lives from one opening to the next close
  readonly states: ConnectionStates;
  #subscription = Subscription.EMPTY;
  #attempt = 1;
  readonly #restart$ = new Subject<void>();
  /** The options of disconnect(), once it is called. */
  #disconnectOptions: DisconnectOptions = {};

  /** The states for the library itself: its subscriptions do not silence the console. */
  readonly state$: Observable<ConnectionState>;
  /** The states for users: while there is a subscriber, failed attempts are not written to the console. */
  readonly connection$: Observable<ConnectionState>;

  constructor(servers: ServerList, options: MqttOptions, context: ClientContext) {
    this.#context = context;
    this.#attempts = new Attempts(servers, options, context);
    this.states = new ConnectionStates(context.trampoline, context.failures);
    this.durable = createDurableSession(context, {
      mayOpen: () => !['closed', 'disconnecting'].includes(this.state.status),
      connectOnDemand: () => this.connectOnDemand(),
      onClientId: clientId => this.#attempts.restoreClientId(clientId),
      onOpening: () => {
        if (this.state.status === 'idle' && this.#subscription.closed) this.#suspension.listenWhileIdle();
      },
      onFailed: error => this.#close(error),
    });
    this.#suspension = new SessionSuspension(this.durable, context);
    this.state$ = this.states.state$;
    this.connection$ = context.failures.countListeners(this.state$);
    // without autoConnect there may never be a connection, so messages of QoS 0 do not wait for one
    if (!context.options.autoConnect) context.publisher.markOffline();
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
    const connack$ = new Observable<Connack>(subscriber => {
      this.#context.trampoline.run(() => {
        this.#open();
        this.state$.pipe(firstConnack()).subscribe(subscriber);
      });
    });
    return defer(() => (this.state.status === 'disconnecting' ? concat(this.states.closed$, connack$) : connack$));
  }

  reconnect(): Observable<Connack> {
    return defer(() => {
      if (this.state.status === 'idle' || this.state.status === 'closed') return this.connect();
      return new Observable<Connack>(subscriber => {
        this.#context.trampoline.run(() => {
          this.#restart();
          // subscribed only now, so that it does not emit the CONNACK of the connection that was dropped
          this.state$.pipe(firstConnack()).subscribe(subscriber);
        });
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
      if (this.state.status === 'closed') return EMPTY;
      const { live } = this.states;
      if (live?.connection.limits.protocolVersion === 5) assertSessionExpiry(options, live.options);
      const { closed$ } = this.states;
      this.#context.trampoline.run(() => this.#disconnect(options));
      return closed$;
    });
  }

  #open(): void {
    const { status } = this.state;
    if (status === 'closed') this.states.reopen();
    else if (status !== 'idle' || !this.#subscription.closed) return;
    const { options, publisher, signal$, trampoline } = this.#context;
    publisher.markOnline();
    this.#suspension.stopListening();
    this.#subscription = new Subscription();
    this.#subscription.add(
      this.#restart$
        .pipe(
          startWith(undefined),
          switchMap(() => this.#connections()),
          whilePageShown(signal$, () => this.#onPageHide(), this.#suspension.suspended$),
        )
        .subscribe({ error: (error: unknown) => this.#close(toMqttError(error)) }),
    );
    this.#subscription.add(listenToPlatform(options, signal => trampoline.run(() => signal$.next(signal))));
    if (status === 'closed') this.states.notifyReopened();
  }

  /** Drops the connection, or the wait for one, and starts with a new attempt. */
  #restart(): void {
    if (this.state.status === 'disconnecting') return;
    if (this.states.live) sendDisconnect(this.states.live.connection);
    this.#context.meter.recordDisconnected();
    this.#restart$.next();
  }

  /** Closes the connection, because the back/forward cache takes no page with an open one. */
  #onPageHide(): void {
    const { live } = this.states;
    if (this.state.status === 'disconnecting') {
      if (live) immediateDisconnect(live, this.#disconnectOptions);
      return this.#close();
    }
    if (live) disconnectOnPageHide(live.connection, live.options);
    this.#onDisconnected();
    this.states.transitionTo({ status: 'reconnecting', attempt: 1, delay: 0, error: pageHidden() });
  }

  /** Emits one connection after another, until the strategy gives up. */
  #connections(): Observable<EstablishedConnection> {
    const { options, scheduler, signal$ } = this.#context;
    this.#attempt = 1;
    const connections$ = defer(() => this.#oneConnection()).pipe(
      reconnect({
        strategy: context => (this.state.status === 'disconnecting' ? EMPTY : this.#attempts.decide(context)),
        stableAfter: options.stableAfter,
        scheduler,
        random: options.random,
        shorten$: reconnectHints(signal$),
        onWaiting: (number, delay, error) => {
          this.#onDisconnected();
          this.states.transitionTo({ status: 'reconnecting', attempt: number, delay, error });
        },
        onRetrying: (number, overrides) => {
          this.#attempt = number;
          this.#attempts.applyOverrides(overrides);
        },
      }),
      tap({ complete: () => this.#closeAfter(EMPTY) }),
    );
    return this.durable === undefined ? connections$ : concat(this.durable.opened$, connections$);
  }

  #oneConnection(): Observable<EstablishedConnection> {
    const onServer = ({ name: url }: Server) =>
      this.states.transitionTo({ status: 'connecting', attempt: this.#attempt, url });
    return this.#attempts.next(onServer).pipe(tap(established => this.#onConnected(established)));
  }

  #onConnected({ connection, options, server }: EstablishedConnection): void {
    const { connack, limits, unsentBytes } = connection;
    this.#context.meter.recordConnected(unsentBytes);
    this.#context.publisher.markOnline();
    this.#context.sessionWarnings.recordConnected(limits, connack.sessionPresent);
    this.states.transitionTo(connectedState(connection, server.name), { connection, options });
  }

  #onDisconnected(): void {
    this.#context.meter.recordDisconnected();
    this.#context.publisher.markOffline();
  }

  #disconnect(options: DisconnectOptions): void {
    const { status } = this.state;
    if (status === 'disconnecting' || status === 'closed') return;
    const { live } = this.states;
    // before the state is emitted: a signal of the page during the emission must not begin another attempt
    if (live === undefined) this.#subscription.unsubscribe();
    this.states.transitionTo({ status: 'disconnecting' }, live);
    this.#disconnectOptions = options;
    if (live && options.sessionExpiry !== undefined) this.#context.session.expiry = options.sessionExpiry;
    const sent$ = live ? gracefulDisconnect(live, options, this.#context) : EMPTY;
    const closing = this.#closeAfter(sent$);
    if (live) this.#subscription.add(closing);
  }

  /** Closes the client when its connection has ended and what is not durable yet is written. */
  #closeAfter(ended$: Observable<never>): Subscription {
    return concat(ended$, this.durable?.close$ ?? EMPTY).subscribe({
      error: (error: unknown) => this.#close(toMqttError(error)),
      complete: () => this.#close(),
    });
  }

  /** Closes the client: everything that waits ends, and nothing stays open. */
  #close(error?: MqttError): void {
    this.#context.trampoline.run(() => {
      if (this.state.status === 'closed') return;
      const completeStates = this.states.bindComplete();
      this.#subscription.unsubscribe();
      this.#suspension.stopListening();
      this.#context.meter.recordDisconnected();
      // what is not durable yet is written as it is now
      this.durable?.close$.subscribe();
      this.states.transitionTo(error === undefined ? { status: 'closed' } : { status: 'closed', error });
      endClient(this.#context, error);
      completeStates();
    });
  }
}
