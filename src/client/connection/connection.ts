import {
  Observable,
  Subject,
  Subscription,
  defer,
  ignoreElements,
  takeUntil,
  throwError,
  timer,
  type Subscriber,
} from 'rxjs';
import { PacketDecoder } from '../../codec/decoder.js';
import { MqttError } from '../../errors.js';
import type { Activity } from '../../operators/liveness/keepalive.js';
import type { ConnackPacket, DisconnectPacket, Packet } from '../../packets.js';
import { negotiateLimits } from '../../protocol/limits.js';
import { isSessionPresent } from '../../protocol/session.js';
import type { PacketEvent } from '../../results.js';
import type { NegotiatedLimits } from '../../state.js';
import type { Link } from '../../transport/link.js';
import { askLink } from './ask-link.js';
import { reauthenticationFlow, handshakeFlow, Reauthentication, notAuthenticated } from './reauthentication.js';
import type { Connected } from './accepted-connection.js';
import { maximumPacketSizeOf } from './connect-packet.js';
import type { ConnectionConfig } from './connection-config.js';
import { beforeConnack, connectionClosed, isHangUp, reasonToTell, toMqttError } from './connection-errors.js';
import { connectionFlows } from './connection-flows.js';
import { Multicast } from '../multicast.js';
import { fitting } from './fitting.js';
import { Outbox } from './outbox.js';
import { Progress } from './progress.js';
import { ReadPause } from './read-pause.js';
import { redact } from './redact.js';
import { Router } from './router.js';

/**
 * One connection over an open link: the handshake, then all duties at once.
 *
 * Emits once, when the broker accepts. Completes after `disconnect()`; errors with an MqttError in every other case.
 * Unsubscribing drops it; whoever opened the link closes it.
 */
export function connection(link: Link, config: ConnectionConfig): Observable<Connected> {
  return new Observable(subscriber => {
    const running = new Connection(link, config, subscriber);
    subscriber.add(() => running.drop());
    running.start();
  });
}

/** All of its state lives with the connection. */
class Connection {
  readonly #link: Link;
  readonly #config: ConnectionConfig;
  readonly #subscriber: Subscriber<Connected>;
  readonly #decoder: PacketDecoder;
  readonly #outbox: Outbox;
  readonly #progress: Progress;
  readonly #router = new Router();
  readonly #activity = new Multicast<Activity>();
  readonly #linkEnded$ = new Subject<void>();
  readonly #subscriptions = new Subscription();
  readonly #reauthentication: Reauthentication;
  /** ms, when CONNECT went out. */
  #began = 0;
  #limits: NegotiatedLimits | undefined;
  readonly #readPause: ReadPause;
  /** CONNECT is out. */
  #hasConnack = false;
  /** Our DISCONNECT is out, or the connection is dropped: no packet is sent or handled any more. */
  #isOver = false;
  /** Why the connection ended, where that was not our doing. */
  #failure: MqttError | undefined;

  constructor(link: Link, config: ConnectionConfig, subscriber: Subscriber<Connected>) {
    this.#link = link;
    this.#config = config;
    this.#subscriber = subscriber;
    const { connect, context } = config;
    this.#reauthentication = new Reauthentication(context.trampoline);
    const maximumPacketSize = maximumPacketSizeOf(config.options, connect);
    this.#decoder = new PacketDecoder(connect.protocolVersion, {
      maximumPacketSize,
      topicAliases: (connect.properties?.topicAliasMaximum ?? 0) > 0,
    });
    this.#outbox = new Outbox({
      link,
      protocolVersion: connect.protocolVersion,
      tick: context.tick,
      flushed: messages => {
        this.#activity.next('written');
        context.publisher.flushed(messages);
      },
      broken: error => this.#refused(error),
      unencodable: (message, error) => context.session.sender.abort(message, toMqttError(error)),
      clogged: () => this.#readPause.pause('clogged'),
    });
    this.#progress = new Progress(this.#outbox, this.#decoder);
    const opened = () => {
      if (this.#isOver) return;
      this.#activity.next('resumed');
      context.trampoline.run(this.#read);
    };
    const broken = (error: unknown) => context.trampoline.run(() => this.#fail(error));
    this.#readPause = new ReadPause(link, context.receivePressure, context.warnings, opened, broken);
  }

  start(): void {
    const { scheduler, trampoline, wake } = this.#config.context;
    this.#began = scheduler.now();
    this.#subscriptions.add(
      this.#link.data$.subscribe({
        next: chunk => {
          if (this.#isOver) return;
          this.#decoder.push(chunk);
          this.#progress.read(chunk);
          this.#activity.next('read');
          if (this.#readPause.isReading) return trampoline.run(this.#read);
          const overflow = this.#readPause.overflow(this.#decoder.unread);
          if (overflow) trampoline.run(() => this.#fail(overflow));
        },
        error: (error: unknown) => trampoline.run(() => this.#fail(error)),
        complete: () => trampoline.run(() => this.#fail(this.#isOver ? undefined : connectionClosed())),
      }),
    );
    this.#subscriptions.add(
      this.#link.drain$.subscribe({
        next: () => {
          this.#outbox.drained();
          this.#readPause.resume('clogged');
          wake.trigger();
        },
        error: (error: unknown) => this.#fail(error),
      }),
    );
    const greeting$ = handshakeFlow(this.#config, this.#router, connack => this.#accept(connack));
    this.#send(greeting$, () => this.#takeUp());
  }

  /** Each duty for itself: an operator that merges them would be one more call for every packet. */
  #takeUp(): void {
    const limits = this.#limits!;
    const wires = { router: this.#router, outbox: this.#outbox, progress: this.#progress, activity: this.#activity };
    for (const duty$ of connectionFlows(limits, this.#config, wires)) this.#send(duty$);
    this.#send(reauthenticationFlow(this.#config, this.#router, this.#reauthentication, limits));
  }

  /** All packets of a flow. */
  #send(packet$: Observable<Packet>, complete: () => void = () => undefined): void {
    if (this.#isOver) return;
    const error = (why: unknown) => this.#fail(why);
    this.#subscriptions.add(packet$.subscribe({ next: this.#put, error, complete }));
  }

  drop(): void {
    this.#isOver = true;
    this.#subscriptions.unsubscribe();
    this.#linkEnded$.next(); // nobody waits for it any more
    this.#reauthentication.end();
    const failure = this.#failure;
    const hungUp = failure !== undefined && this.#limits !== undefined && isHangUp(failure);
    const unflushed = this.#outbox.close();
    this.#config.context.session.end(hungUp ? { error: failure, unsent: unflushed.length > 0 } : undefined);
    this.#config.context.publisher.unflushed(unflushed, failure);
  }

  readonly #read = (): void => {
    try {
      while (!this.#isOver && this.#readPause.isReading) {
        if (this.#limits === undefined && this.#router.connected) return this.#readPause.pause('unaccepted');
        const packet = this.#decoder.next();
        if (packet === undefined) return;
        this.#observe('received', packet);
        this.#router.route(packet);
        this.#config.context.trampoline.settle();
      }
    } catch (error) {
      this.#fail(error);
    }
  };

  readonly #put = (packet: Packet): void => {
    if (this.#isOver) return;
    this.#hasConnack = true;
    this.#outbox.send(packet);
    this.#observe('sent', packet);
  };

  #accept(packet: ConnackPacket): void {
    const { connect, options, context, accepts } = this.#config;
    if (!accepts()) {
      this.#sendDisconnect({ cmd: 'disconnect' });
      return this.#subscriber.error(connectionClosed());
    }
    const { receiveMaximum = 0xffff, topicAliasMaximum = 0 } = connect.properties ?? {};
    const limits = negotiateLimits(connect, packet);
    const { cmd: _, ...connack } = redact(packet);
    this.#limits = limits;
    if (options.topicAliases) this.#outbox.useTopicAliases(limits);
    context.meter.roundTrip(context.scheduler.now() - this.#began);
    const window = connect.protocolVersion === 5 ? receiveMaximum : Infinity;
    const ours = { receiveMaximum: window, topicAliasMaximum, maximumQoS: options.maximumQoS };
    context.session.begin(isSessionPresent(connect, packet), limits, ours);
    this.#subscriptions.add(this.#readPause.watch());
    this.#subscriber.next({
      connack,
      limits,
      link: this.#link,
      unsentBytes: () => this.#outbox.unsentBytes,
      disconnect: packet => defer(() => this.#disconnect(packet)),
      reauthenticate: () =>
        this.#config.options.authentication === undefined ? throwError(notAuthenticated) : this.#reauthentication.ask(),
    });
    this.#readPause.resume('unaccepted');
  }

  #disconnect(packet: DisconnectPacket): Observable<never> {
    this.#sendDisconnect(packet);
    askLink(this.#link, 'end'); // whether it can, the timer below ends the wait
    const { options, context } = this.#config;
    return timer(options.closeTimeout, context.scheduler).pipe(takeUntil(this.#linkEnded$), ignoreElements());
  }

  #sendDisconnect(packet: DisconnectPacket): void {
    if (this.#isOver) return;
    this.#put(
      this.#config.connect.protocolVersion === 5
        ? fitting(packet, this.#limits?.maximumPacketSize)
        : { cmd: 'disconnect' },
    );
    this.#outbox.end();
    this.#isOver = true;
    askLink(this.#link, 'resume'); // for the end of the stream
  }

  /** The link takes nothing any more. One that is closing ends soon, and its end tells why. */
  #refused(error: unknown): void {
    if (!MqttError.is(error, 'CONNECTION_CLOSED')) return this.#fail(error);
    const { options, context } = this.#config;
    this.#subscriptions.add(context.scheduler.schedule(() => this.#fail(error), options.closeTimeout));
  }

  #fail(cause: unknown): void {
    if (this.#isOver) {
      this.#linkEnded$.next();
      return this.#subscriber.complete();
    }
    if (this.#failure !== undefined) return; // the DISCONNECT that tells the reason may fail in its turn
    const error = this.#limits === undefined ? beforeConnack(toMqttError(cause)) : toMqttError(cause);
    this.#failure = error;
    const reasonCode = reasonToTell(error, this.#config, this.#hasConnack, this.#limits !== undefined);
    if (reasonCode !== undefined) this.#sendDisconnect({ cmd: 'disconnect', reasonCode });
    this.#isOver = true;
    this.#reauthentication.end(error);
    this.#subscriber.error(error);
  }

  #observe(direction: PacketEvent['direction'], packet: Packet): void {
    const { packet$, options } = this.#config.context;
    if (packet$.observed) packet$.next({ direction, packet: redact(packet), timestamp: options.wallClock() });
  }
}
