import { EMPTY, Observable, Subject, Subscription, concat, defer, of, startWith, switchMap, tap } from 'rxjs';
import type { DisconnectOptions } from '../../options/call-options.js';
import type { MqttError } from '../../errors.js';
import type { MqttOptions } from '../../options/options.js';
import { reconnect } from '../../operators/reconnect.js';
import type { Connack, ConnectionState } from '../../state.js';
import { type EstablishedConnection, Attempts } from './attempts.js';
import { checkDisconnectOptions } from '../options/check-calls.js';
import { clientClosed } from '../client-errors.js';
import { toMqttError } from '../connection/connection-errors.js';
import { ConnectionStates, firstConnack } from './connection-states.js';
import { assertSessionExpiry, gracefulDisconnect, immediateDisconnect } from './graceful-disconnect.js';
import type { ClientContext } from '../client-context.js';
import { notConnected } from '../connection/reauthentication.js';
import type { Server } from '../options/server.js';
import type { ServerList } from './server-list.js';
import {
  sendDisconnect,
  reconnectHints,
  disconnectOnPageHide,
  pageLeft,
  listenToPlatform,
  whilePageShown,
} from './page-lifecycle.js';

/** The life of the connection, from the first attempt to the end: one attempt after another, as the reconnect strategy decides. */
export class Lifecycle {
  // lives with the client
  readonly #context: ClientContext;
  readonly #attempts: Attempts;
  readonly #reopened$ = new Subject<void>();

  // lives from one opening to the next close
  readonly #states: ConnectionStates;
  #run = Subscription.EMPTY;
  #attempt = 1;
  readonly #again$ = new Subject<void>();
  /** What disconnect() asked for, from then on. */
  #leaving: DisconnectOptions = {};

  /** For the library itself: see `connection$`. */
  readonly state$: Observable<ConnectionState>;
  /** For users: while somebody is subscribed, the console is not told of failed attempts. */
  readonly connection$: Observable<ConnectionState>;
  readonly reopened$: Observable<void> = this.#reopened$.asObservable();

  /** True while the client is not closed. Never errors or completes. */
  readonly isOpen$: Observable<boolean> = this.#reopened$.pipe(
    startWith(undefined),
    switchMap(() => concat(of(true), this.#states.closed$, of(false))),
  );

  constructor(servers: ServerList, options: MqttOptions, context: ClientContext) {
    this.#context = context;
    this.#attempts = new Attempts(servers, options, context);
    this.#states = new ConnectionStates(context.trampoline, context.failures);
    this.state$ = this.#states.state$;
    this.connection$ = context.failures.countListeners(this.state$);
    // nobody connects: QoS 0 does not wait for what may never come
    if (!context.options.autoConnect) context.publisher.offline();
  }

  get state(): ConnectionState {
    return this.#states.present;
  }

  /** Why nothing can be asked of the client any more; undefined while it can. */
  get closedBecause(): MqttError | undefined {
    return this.state.status === 'closed' ? clientClosed(this.state.error) : undefined;
  }

  /** Something needs the broker. */
  need(): void {
    if (this.state.status === 'idle' && this.#context.options.autoConnect)
      this.#context.trampoline.run(() => this.#open());
  }

  connect(): Observable<Connack> {
    const join$ = new Observable<Connack>(subscriber => {
      this.#context.trampoline.run(() => {
        this.#open();
        this.state$.pipe(firstConnack()).subscribe(subscriber);
      });
    });
    return defer(() => (this.state.status === 'disconnecting' ? concat(this.#states.closed$, join$) : join$));
  }

  reconnect(): Observable<Connack> {
    return defer(() => {
      if (this.state.status === 'idle' || this.state.status === 'closed') return this.connect();
      return new Observable<Connack>(subscriber => {
        this.#context.trampoline.run(() => {
          this.#startOver();
          // not before: the CONNACK of the connection that was dropped is not the one that is waited for
          this.state$.pipe(firstConnack()).subscribe(subscriber);
        });
      });
    });
  }

  reauthenticate(): Observable<void> {
    return defer(() => {
      if (this.state.status !== 'connected') throw notConnected();
      return this.#states.live!.connection.reauthenticate();
    });
  }

  disconnect(options: DisconnectOptions = {}): Observable<never> {
    return defer(() => {
      checkDisconnectOptions(options);
      if (this.state.status === 'closed') return EMPTY;
      const { live } = this.#states;
      if (live?.connection.limits.protocolVersion === 5) assertSessionExpiry(options, live.options);
      const { closed$ } = this.#states;
      this.#context.trampoline.run(() => this.#leave(options));
      return closed$;
    });
  }

  #open(): void {
    const { status } = this.state;
    if (status === 'closed') this.#states.reopen();
    else if (status !== 'idle') return;
    const { options, publisher, signal$, trampoline } = this.#context;
    publisher.online();
    this.#run = new Subscription();
    this.#run.add(
      this.#again$
        .pipe(
          startWith(undefined),
          switchMap(() => this.#connections()),
          whilePageShown(signal$, () => this.#leavePage()),
        )
        .subscribe({ error: (error: unknown) => this.#close(toMqttError(error)) }),
    );
    this.#run.add(listenToPlatform(options, signal => trampoline.run(() => signal$.next(signal))));
    if (status === 'closed') this.#context.trampoline.within(() => this.#reopened$.next());
  }

  /** reconnect(): away with this connection or this wait. */
  #startOver(): void {
    if (this.state.status === 'disconnecting') return;
    if (this.#states.live) sendDisconnect(this.#states.live.connection);
    this.#context.meter.disconnected();
    this.#again$.next();
  }

  /** Into the back/forward cache, perhaps: that takes no page with an open connection. */
  #leavePage(): void {
    const { live } = this.#states;
    if (this.state.status === 'disconnecting') {
      if (live) immediateDisconnect(live, this.#leaving);
      return this.#close();
    }
    if (live) disconnectOnPageHide(live.connection, live.options);
    this.#down();
    this.#states.enter({ status: 'reconnecting', attempt: 1, delay: 0, error: pageLeft() });
  }

  /** One connection after another, until the strategy gives up. */
  #connections(): Observable<EstablishedConnection> {
    const { options, scheduler, signal$ } = this.#context;
    this.#attempt = 1;
    return defer(() => this.#oneConnection()).pipe(
      reconnect({
        strategy: context => (this.state.status === 'disconnecting' ? EMPTY : this.#attempts.decide(context)),
        stableAfter: options.stableAfter,
        scheduler,
        random: options.random,
        hurry$: reconnectHints(signal$),
        waiting: (number, delay, error) => {
          this.#down();
          this.#states.enter({ status: 'reconnecting', attempt: number, delay, error });
        },
        retrying: (number, overrides) => {
          this.#attempt = number;
          this.#attempts.change(overrides);
        },
      }),
      tap({ complete: () => this.#close() }),
    );
  }

  #oneConnection(): Observable<EstablishedConnection> {
    const begins = ({ name: url }: Server) => this.#states.enter({ status: 'connecting', attempt: this.#attempt, url });
    return this.#attempts.next(begins).pipe(tap(achieved => this.#up(achieved)));
  }

  #up({ connection, options, server }: EstablishedConnection): void {
    const { connack, limits, link, unsentBytes } = connection;
    this.#context.meter.connected(unsentBytes);
    this.#context.publisher.online();
    this.#context.sessionWarnings.connected(limits, connack.sessionPresent);
    const state: ConnectionState = {
      status: 'connected',
      connack,
      limits,
      url: server.name,
      ...(link.localAddress === undefined ? {} : { localAddress: link.localAddress }),
      ...(link.remoteAddress === undefined ? {} : { remoteAddress: link.remoteAddress }),
    };
    this.#states.enter(state, { connection, options });
  }

  #down(): void {
    this.#context.meter.disconnected();
    this.#context.publisher.offline();
  }

  #leave(options: DisconnectOptions): void {
    const { status } = this.state;
    if (status === 'disconnecting' || status === 'closed') return;
    const { live } = this.#states;
    // before anybody is told: a signal of the page in that moment must not begin another attempt
    if (live === undefined) this.#run.unsubscribe();
    this.#states.enter({ status: 'disconnecting' }, live);
    if (live === undefined) return this.#close();
    this.#leaving = options;
    if (options.sessionExpiry !== undefined) this.#context.session.expiry = options.sessionExpiry;
    const { connection, options: agreed } = live;
    this.#run.add(
      gracefulDisconnect(connection, agreed, options, this.#context).subscribe({
        error: (error: unknown) => this.#close(toMqttError(error)),
        complete: () => this.#close(),
      }),
    );
  }

  /** The end: everything that waits is told, and nothing stays open. */
  #close(error?: MqttError): void {
    this.#context.trampoline.run(() => {
      if (this.state.status === 'closed') return;
      const end = this.#states.ending();
      const { session, publisher, topics, unrouted } = this.#context;
      this.#run.unsubscribe();
      this.#context.meter.disconnected();
      this.#states.enter(error === undefined ? { status: 'closed' } : { status: 'closed', error });
      publisher.close(() => clientClosed(error), session.expiry > 0);
      session.receiver.abandon();
      topics.end(error);
      unrouted.close();
      end();
    });
  }
}
