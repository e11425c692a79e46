import {
  type Observable,
  type Observer,
  Subject,
  Subscription,
  defer,
  ignoreElements,
  takeUntil,
  throwError,
  timer,
} from 'rxjs';
import { MqttError } from '../../errors.js';
import type { Activity } from '../../operators/liveness/keepalive.js';
import type { ConnackPacket, DisconnectPacket, Packet } from '../../packets.js';
import type { OutgoingPublish } from '../../protocol/outbound/outgoing-publish.js';
import type { Connack, NegotiatedLimits } from '../../state.js';
import type { Link } from '../../transport/link.js';
import { callLink } from './call-link.js';
import { handshakeFlow } from './authentication-flows.js';
import { Reauthentication, notAuthenticated } from './reauthentication.js';
import { type Connected, beginSession } from './accepted-connection.js';
import type { ConnectionConfig } from './connection-config.js';
import { beforeConnack, connectionClosed, disconnectReason, isHangUp, toMqttError } from './connection-errors.js';
import { connectionFlows } from './connection-flows.js';
import type { ConnectionStreams } from './flow-config.js';
import type { Journal } from '../../store/journal.js';
import type { DurableGate } from '../../store/durable-gate.js';
import { Unicast } from '../streams/unicast.js';
import { fitMaximumPacketSize } from './maximum-packet-size.js';
import { PacketWriter, type PacketWriterListener } from './packets/packet-writer.js';
import { PacketReader } from './packets/packet-reader.js';
import { emitPacketEvent } from './packets/packet-events.js';
import { Router } from './packets/router.js';

/**
 * Runs one connection over an open link: the handshake, then all flows. Whoever opened the link drops the connection and closes the link.
 * It observes the packets that the handshake and the flows send, and listens to its writer and its reader. Once the broker has accepted it,
 * it is also what the client gets.
 */
export class Connection implements Connected, Observer<Packet>, PacketWriterListener, ConnectionStreams {
  // lives with the connection
  readonly link: Link;
  readonly #config: ConnectionConfig;
  readonly writer: PacketWriter;
  readonly gate: DurableGate | undefined;
  readonly reader: PacketReader;
  readonly router = new Router();
  readonly activity$ = new Unicast<Activity>();
  readonly written$ = new Unicast<void>();
  readonly settled$ = new Unicast<void>();
  /** Undefined without the option `authentication`. */
  readonly reauthentication: Reauthentication | undefined;
  #reading = Subscription.EMPTY;
  #pressure = Subscription.EMPTY;
  /** The handshake, and then the flows. */
  #flows = Subscription.EMPTY;
  #journal = Subscription.EMPTY;
  #giveUp = Subscription.EMPTY;
  /** The time in ms at which CONNECT was sent. */
  #startTime = 0;
  /** What the broker said; undefined until the client has accepted it. */
  #accepted: Pick<Connected, 'connack' | 'limits'> | undefined;
  #hasSentConnect = false;
  /** Whether DISCONNECT was sent or the connection was dropped, so that no more packets are sent or handled. */
  #hasEnded = false;
  /** Whether the listener was told that the connection is over, or has dropped it. */
  #isOver = false;
  /** Completes the wait of a disconnect() when the link has ended. */
  #linkEnded$: Subject<void> | undefined;
  /** Why the connection ended, unless the client ended it by disconnect(). */
  #failure: MqttError | undefined;

  constructor(link: Link, config: ConnectionConfig) {
    this.link = link;
    this.#config = config;
    const { connect, context, options } = config;
    if (options.authentication !== undefined) this.reauthentication = new Reauthentication(context.trampoline);
    this.writer = new PacketWriter(link, connect.protocolVersion, context.tick, this);
    const writable = () => this.writer.writable;
    const send = (packet: Packet) => this.#write(packet);
    const { journal, session, wake } = context;
    this.gate = journal?.createGate({ writable, send, sender: session.sender, limits: context.options.queue, wake });
    this.reader = new PacketReader(link, config, this);
  }

  start(): void {
    this.#startTime = this.#config.context.scheduler.now();
    this.#reading = this.reader.start();
    if (!this.#hasEnded) {
      const handshake$ = handshakeFlow(this.#config, this.router, connack => this.#accept(connack));
      const handshake = handshake$.subscribe(this);
      if (!handshake.closed) this.#flows = handshake;
    }
    if (this.#isOver) this.#release();
  }

  /** Runs the flows when the handshake is complete. They do not complete. */
  complete(): void {
    if (this.#hasEnded) return;
    const { journal } = this.#config.context;
    if (journal) this.#followJournal(journal);
    this.#flows = connectionFlows(this.limits, this.#config, this).subscribe(this);
    if (this.#isOver) this.#release();
  }

  #followJournal({ durable$, failed$ }: Journal): void {
    const error = (cause: unknown) => this.error(cause);
    this.#journal = durable$.subscribe({ next: () => this.gate?.release(), error });
    this.#journal.add(failed$.subscribe({ next: () => this.gate?.dropSettled(), error }));
  }

  /** Is called again where subscribing has dropped the connection. */
  #release(): void {
    for (const each of [this.#reading, this.#journal, this.#pressure, this.#flows, this.#giveUp]) each.unsubscribe();
  }

  drop(): void {
    this.#isOver = true;
    this.#stop();
    this.#release();
    this.#linkEnded$?.next();
    this.reauthentication?.end();
    const failure = this.#failure;
    const hungUp = failure !== undefined && this.#accepted !== undefined && isHangUp(failure);
    const unflushed = this.writer.close();
    const heldBack = this.gate?.close() ?? [];
    this.#config.context.session.end(hungUp ? { error: failure, unsent: unflushed.length > 0 } : undefined);
    this.#config.context.publisher.onUnflushed([...unflushed, ...heldBack], failure);
  }

  #stop(): void {
    this.#hasEnded = true;
    this.reader.stop();
  }

  /** Sends a packet of a flow. */
  next(packet: Packet): void {
    if (this.#hasEnded) return;
    this.#hasSentConnect = true;
    if (this.gate) this.gate.send(packet);
    else this.#write(packet);
  }

  #write(packet: Packet): void {
    if (this.#hasEnded) return;
    this.writer.send(packet);
    emitPacketEvent(this.#config.context, 'sent', packet);
  }

  #accept(packet: ConnackPacket): void {
    const { connect, options, context } = this.#config;
    if (!this.#config.accepts()) {
      this.#sendDisconnect({ cmd: 'disconnect' });
      return this.#end(connectionClosed());
    }
    this.#accepted = beginSession(connect, packet, options, context);
    if (options.topicAliases) this.writer.useTopicAliases(this.limits);
    context.connections.recordRoundTrip(context.scheduler.now() - this.#startTime);
    this.#pressure = this.reader.onAccepted();
    this.#config.onConnected(this);
    this.reader.readPause.resume('unaccepted');
  }

  get connack(): Connack {
    return this.#accepted!.connack;
  }

  get limits(): NegotiatedLimits {
    return this.#accepted!.limits;
  }

  get unsentBytes(): number {
    return this.writer.unsentBytes;
  }

  reauthenticate(): Observable<void> {
    return this.reauthentication?.start() ?? throwError(notAuthenticated);
  }

  disconnect(packet: DisconnectPacket): Observable<never> {
    return defer(() => {
      this.#sendDisconnect(packet);
      callLink(this.link, 'end'); // if the link cannot end, the timer below completes the wait
      const { options, context } = this.#config;
      this.#linkEnded$ ??= new Subject();
      return timer(options.closeTimeout, context.scheduler).pipe(takeUntil(this.#linkEnded$), ignoreElements());
    });
  }

  #sendDisconnect(packet: DisconnectPacket): void {
    if (this.#hasEnded) return;
    const is5 = this.#config.connect.protocolVersion === 5;
    this.next(is5 ? fitMaximumPacketSize(packet, this.#accepted?.limits.maximumPacketSize) : { cmd: 'disconnect' });
    this.writer.end();
    this.#stop();
    callLink(this.link, 'resume'); // a paused link would not emit its end
  }

  onFlushed(messages: readonly OutgoingPublish[]): void {
    this.activity$.next('written');
    this.written$.next();
    this.#config.context.publisher.onFlushed(messages);
  }

  onUnencodable(message: OutgoingPublish, error: unknown): void {
    this.#config.context.session.sender.abort(message, toMqttError(error));
  }

  onDrain(): void {
    this.reader.readPause.resume('backlog');
    this.gate?.release();
    this.#config.context.wake.trigger();
  }

  onBacklogFull(): void {
    this.reader.readPause.pause('backlog');
  }

  /** Fails, but waits for the end of a link that is closing, because that error has the better reason. */
  onWriteError(error: unknown): void {
    if (!MqttError.is(error, 'CONNECTION_CLOSED')) return this.error(error);
    const { options, context } = this.#config;
    this.#giveUp = context.scheduler.schedule(() => this.error(error), options.closeTimeout);
  }

  /** Ends the connection with an error, of a flow or of the link. */
  error(cause: unknown): void {
    if (this.#hasEnded) {
      this.#linkEnded$?.next();
      return this.#end();
    }
    if (this.#failure !== undefined) return; // the DISCONNECT below may fail, too
    const error = this.#accepted === undefined ? beforeConnack(toMqttError(cause)) : toMqttError(cause);
    this.#failure = error;
    const reasonCode = disconnectReason(error, this.#config, this.#hasSentConnect, this.#accepted !== undefined);
    if (reasonCode !== undefined) this.#sendDisconnect({ cmd: 'disconnect', reasonCode });
    this.#stop();
    this.reauthentication?.end(error);
    this.#end(error);
  }

  #end(error?: MqttError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#config.onEnded(error);
  }
}
