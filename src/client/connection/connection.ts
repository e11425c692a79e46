import {
  Observable,
  Subject,
  Subscription,
  defer,
  ignoreElements,
  noop,
  takeUntil,
  throwError,
  timer,
  type Subscriber,
} from 'rxjs';
import { MqttError } from '../../errors.js';
import type { Activity } from '../../operators/liveness/keepalive.js';
import type { ConnackPacket, DisconnectPacket, Packet } from '../../packets.js';
import { negotiateLimits } from '../../protocol/limits.js';
import { isSessionPresent } from '../../protocol/session.js';
import type { NegotiatedLimits } from '../../state.js';
import type { Link } from '../../transport/link.js';
import { callLink } from './call-link.js';
import { reauthenticationFlow, handshakeFlow, Reauthentication, notAuthenticated } from './reauthentication.js';
import type { Connected } from './accepted-connection.js';
import type { ConnectionConfig } from './connection-config.js';
import { beforeConnack, connectionClosed, disconnectReason, isHangUp, toMqttError } from './connection-errors.js';
import { connectionFlows } from './connection-flows.js';
import type { DurableGate } from '../../store/durable-gate.js';
import { Multicast } from '../multicast.js';
import { fitMaximumPacketSize } from './maximum-packet-size.js';
import { PacketWriter } from './packet-writer.js';
import { PacketReader } from './packet-reader.js';
import { emitPacketEvent, redact } from './redact.js';
import { Router } from './router.js';

/**
 * Runs one connection over an open link: the handshake, then all flows of the connection.
 *
 * Emits once, when the broker accepts. Completes after `disconnect()`. Errors with an MqttError in every other case.
 * Unsubscribing drops the connection, and whoever opened the link closes it.
 */
export function connection(link: Link, config: ConnectionConfig): Observable<Connected> {
  return new Observable(subscriber => {
    const runningConnection = new Connection(link, config, subscriber);
    subscriber.add(() => runningConnection.drop());
    runningConnection.start();
  });
}

class Connection {
  // lives with the connection
  readonly #link: Link;
  readonly #config: ConnectionConfig;
  readonly #subscriber: Subscriber<Connected>;
  readonly #writer: PacketWriter;
  /** Undefined without a store. */
  readonly #gate: DurableGate | undefined;
  readonly #reader: PacketReader;
  readonly #router = new Router();
  readonly #activity = new Multicast<Activity>();
  readonly #linkEnded$ = new Subject<void>();
  readonly #subscriptions = new Subscription();
  readonly #reauthentication: Reauthentication;
  /** The time in ms at which CONNECT was sent. */
  #startTime = 0;
  /** What CONNACK allows; undefined until the client has accepted it. */
  #limits: NegotiatedLimits | undefined;
  #hasSentConnect = false;
  /** Whether DISCONNECT was sent or the connection was dropped, so that no more packets are sent or handled. */
  #hasEnded = false;
  /** Why the connection ended, unless the client ended it by disconnect(). */
  #failure: MqttError | undefined;

  constructor(link: Link, config: ConnectionConfig, subscriber: Subscriber<Connected>) {
    this.#link = link;
    this.#config = config;
    this.#subscriber = subscriber;
    const { connect, context } = config;
    this.#reauthentication = new Reauthentication(context.trampoline);
    this.#writer = new PacketWriter({
      link,
      protocolVersion: connect.protocolVersion,
      tick: context.tick,
      onFlushed: messages => {
        this.#activity.next('written');
        context.publisher.onFlushed(messages);
      },
      onLinkError: error => this.#onWriteError(error),
      onUnencodable: (message, error) => context.session.sender.abort(message, toMqttError(error)),
      onBacklogFull: () => this.#reader.readPause.pause('backlog'),
    });
    this.#gate = context.journal?.createGate({ writable: () => this.#writer.writable, send: this.#write });
    this.#reader = new PacketReader({
      link,
      config,
      router: this.#router,
      writer: this.#writer,
      activity: this.#activity,
      fail: error => this.#fail(error),
    });
  }

  start(): void {
    const { scheduler, wake } = this.#config.context;
    this.#startTime = scheduler.now();
    this.#subscriptions.add(this.#reader.start());
    this.#subscriptions.add(
      this.#link.drain$.subscribe({
        next: () => {
          this.#writer.onDrain();
          this.#reader.readPause.resume('backlog');
          this.#gate?.release();
          wake.trigger();
        },
        error: (error: unknown) => this.#fail(error),
      }),
    );
    const handshake$ = handshakeFlow(this.#config, this.#router, connack => this.#accept(connack));
    this.#run(handshake$, () => this.#runFlows());
  }

  /** Subscribes to each flow on its own: an operator that merges them would add a call to every packet. */
  #runFlows(): void {
    const limits = this.#limits!;
    const streams = {
      router: this.#router,
      writer: this.#writer,
      progress: this.#reader.progress,
      activity: this.#activity,
      holdsPackets: () => this.#gate?.isEmpty === false,
    };
    this.#releaseWhatIsDurable();
    for (const flow$ of connectionFlows(limits, this.#config, streams)) this.#run(flow$);
    this.#run(reauthenticationFlow(this.#config, this.#router, this.#reauthentication, limits));
  }

  #releaseWhatIsDurable(): void {
    const { journal } = this.#config.context;
    if (journal === undefined) return;
    const error = (cause: unknown) => this.#fail(cause);
    this.#subscriptions.add(journal.durable$.subscribe({ next: () => this.#gate?.release(), error }));
    this.#subscriptions.add(journal.failed$.subscribe({ next: () => this.#gate?.dropSettled(), error }));
  }

  /** Sends all packets of a flow. */
  #run(flow$: Observable<Packet>, complete: () => void = noop): void {
    if (this.#hasEnded) return;
    const error = (cause: unknown) => this.#fail(cause);
    this.#subscriptions.add(flow$.subscribe({ next: this.#send, error, complete }));
  }

  drop(): void {
    this.#stop();
    this.#subscriptions.unsubscribe();
    this.#linkEnded$.next(); // completes the wait of a disconnect()
    this.#reauthentication.end();
    const failure = this.#failure;
    const hungUp = failure !== undefined && this.#limits !== undefined && isHangUp(failure);
    const unflushed = this.#writer.close();
    const heldBack = this.#gate?.close() ?? [];
    for (const message of heldBack) message.sendOrder = 0;
    this.#config.context.session.end(hungUp ? { error: failure, unsent: unflushed.length > 0 } : undefined);
    this.#config.context.publisher.onUnflushed([...unflushed, ...heldBack], failure);
  }

  #stop(): void {
    this.#hasEnded = true;
    this.#reader.stop();
  }

  readonly #send = (packet: Packet): void => {
    if (this.#hasEnded) return;
    this.#hasSentConnect = true;
    if (this.#gate) this.#gate.send(packet);
    else this.#write(packet);
  };

  readonly #write = (packet: Packet): void => {
    if (this.#hasEnded) return;
    this.#writer.send(packet);
    emitPacketEvent(this.#config.context, 'sent', packet);
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
    if (options.topicAliases) this.#writer.useTopicAliases(limits);
    context.meter.roundTrip(context.scheduler.now() - this.#startTime);
    const receiveWindow = connect.protocolVersion === 5 ? receiveMaximum : Infinity;
    const ownLimits = { receiveMaximum: receiveWindow, topicAliasMaximum, maximumQoS: options.maximumQoS };
    context.session.begin(isSessionPresent(connect, packet), limits, ownLimits);
    this.#subscriptions.add(this.#reader.onAccepted());
    this.#subscriber.next({
      connack,
      limits,
      link: this.#link,
      unsentBytes: () => this.#writer.unsentBytes,
      disconnect: packet => defer(() => this.#disconnect(packet)),
      reauthenticate: () =>
        options.authentication === undefined ? throwError(notAuthenticated) : this.#reauthentication.start(),
    });
    this.#reader.readPause.resume('unaccepted');
  }

  #disconnect(packet: DisconnectPacket): Observable<never> {
    this.#sendDisconnect(packet);
    callLink(this.#link, 'end'); // if the link cannot end, the timer below completes the wait
    const { options, context } = this.#config;
    return timer(options.closeTimeout, context.scheduler).pipe(takeUntil(this.#linkEnded$), ignoreElements());
  }

  #sendDisconnect(packet: DisconnectPacket): void {
    if (this.#hasEnded) return;
    this.#send(
      this.#config.connect.protocolVersion === 5
        ? fitMaximumPacketSize(packet, this.#limits?.maximumPacketSize)
        : { cmd: 'disconnect' },
    );
    this.#writer.end();
    this.#stop();
    callLink(this.#link, 'resume'); // a paused link would not emit its end
  }

  /** Fails, but waits for the end of a link that is closing, because that error has the better reason. */
  #onWriteError(error: unknown): void {
    if (!MqttError.is(error, 'CONNECTION_CLOSED')) return this.#fail(error);
    const { options, context } = this.#config;
    this.#subscriptions.add(context.scheduler.schedule(() => this.#fail(error), options.closeTimeout));
  }

  #fail(cause: unknown): void {
    if (this.#hasEnded) {
      this.#linkEnded$.next();
      return this.#subscriber.complete();
    }
    if (this.#failure !== undefined) return; // the DISCONNECT below may fail, too
    const error = this.#limits === undefined ? beforeConnack(toMqttError(cause)) : toMqttError(cause);
    this.#failure = error;
    const reasonCode = disconnectReason(error, this.#config, this.#hasSentConnect, this.#limits !== undefined);
    if (reasonCode !== undefined) this.#sendDisconnect({ cmd: 'disconnect', reasonCode });
    this.#stop();
    this.#reauthentication.end(error);
    this.#subscriber.error(error);
  }
}
