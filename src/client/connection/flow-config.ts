import type { Observable, SchedulerLike } from 'rxjs';
import type { MqttError } from '../../errors.js';
import type { MqttMessage } from '../../message.js';
import type { AckDeadlineConfig } from '../../operators/liveness/ack-deadline.js';
import type { ByteProgress } from '../../operators/liveness/byte-progress.js';
import type { Activity, KeepaliveConfig } from '../../operators/liveness/keepalive.js';
import type { QosReceiveConfig } from '../../operators/qos-receive.js';
import type { QosSendConfig } from '../../operators/qos-send.js';
import type { Yielding } from '../../operators/slice.js';
import type { SubscribeConfig } from '../../operators/subscribe.js';
import type { ProtocolVersion, PublishRefusal, SubackPacket, UnsubackPacket } from '../../packets.js';
import type { InboundMessage } from '../../protocol/inbound/inbound-message.js';
import type { Receiver } from '../../protocol/inbound/receiver.js';
import type { Sender } from '../../protocol/outbound/sender.js';
import type { SubscriptionOutcome } from '../../protocol/subscriptions/subscription-requests.js';
import type { Subscriptions } from '../../protocol/subscriptions/subscriptions.js';
import type { NegotiatedLimits } from '../../state.js';
import type { DurableGate } from '../../store/durable-gate.js';
import type { ClientContext } from '../client-context.js';
import type { CoalescedTrigger } from '../coalesced-trigger.js';
import type { AttemptOptions } from '../options/resolve-options.js';
import type { Unicast } from '../streams/unicast.js';
import { warnOfRefused } from '../topics/message-warnings.js';
import { createYielding } from '../yielding.js';
import { maximumPacketSizeOf } from './connect-packet.js';
import type { ConnectionConfig } from './connection-config.js';
import type { PacketWriter } from './packets/packet-writer.js';
import type { Reauthentication } from './reauthentication.js';
import type { Router } from './packets/router.js';

/**
 * The part of the Keep Alive after which PINGREQ is sent [MQTT-3.1.2-20]: early enough to arrive in time over a slow link, and before a
 * proxy closes a connection that was idle for the whole interval.
 */
const PING_AFTER = 0.75;

/** The streams and counters that the flows of one connection share. */
export interface ConnectionStreams {
  readonly router: Router;
  readonly writer: PacketWriter;
  /** Counts the bytes of both directions. */
  readonly reader: ByteProgress;
  readonly activity$: Unicast<Activity>;
  /** Emits when packets were written. */
  readonly written$: Unicast<void>;
  /** Emits when the broker has answered all SUBSCRIBE and UNSUBSCRIBE, after which many connections are idle. */
  readonly settled$: Unicast<void>;
  readonly reauthentication: Reauthentication | undefined;
  /** Holds packets that wait for the store; undefined without a store. */
  readonly gate: Pick<DurableGate, 'isEmpty' | 'isFull'> | undefined;
}

/**
 * The configuration of all flows of a connection. It is one object with the members that all of them need, because a literal for each flow,
 * with the functions in it, would be a tenth of the memory of an idle client. Lives with the connection.
 */
export class FlowConfig
  implements SubscribeConfig, QosSendConfig, QosReceiveConfig, KeepaliveConfig, AckDeadlineConfig
{
  readonly limits: NegotiatedLimits;
  readonly config: ConnectionConfig;
  readonly streams: ConnectionStreams;
  readonly context: ClientContext;
  readonly options: AttemptOptions;
  // fields, because they are read for every message
  readonly subscriptions: Subscriptions;
  readonly #writer: PacketWriter;
  /** Whether messages are held back is known when the connection begins, so other connections do not check it for each message. */
  readonly #mayHoldMessages: boolean;

  constructor(limits: NegotiatedLimits, config: ConnectionConfig, streams: ConnectionStreams) {
    this.limits = limits;
    this.config = config;
    this.streams = streams;
    this.context = config.context;
    this.options = config.options;
    this.subscriptions = config.context.session.subscriptions;
    this.#writer = streams.writer;
    this.#mayHoldMessages = config.context.session.isolation.holdsMessages;
  }

  get scheduler(): SchedulerLike {
    return this.context.scheduler;
  }

  createYielding(): Yielding {
    return createYielding(this.context);
  }

  // for subscribe()

  get changed$(): Observable<void> {
    return this.context.resubscribe.triggered$;
  }

  get idFreed$(): Observable<void> {
    return this.streams.router.idFreed$;
  }

  /** The SUBACK has a byte for each filter, and the broker does not send one above the Maximum Packet Size of this client. */
  get maxFilters(): number {
    return Math.min(this.options.maxFiltersPerSubscribe, maximumPacketSizeOf(this.options) - 8);
  }

  get tick(): SchedulerLike {
    return this.context.tick;
  }

  sent(): void {
    this.context.topics.notifyPendingGrants();
    this.context.wake.trigger();
  }

  obstructed(error: MqttError): void {
    this.context.topics.obstructed(error);
  }

  settled(answer: SubackPacket | UnsubackPacket, outcome: SubscriptionOutcome): void {
    this.context.topics.settled(answer, outcome);
    if (this.subscriptions.requests > 0) return;
    this.#writer.releaseBuffer();
    this.streams.settled$.next();
  }

  // for qosSend()

  get sender(): Sender {
    return this.context.session.sender;
  }

  get wake(): CoalescedTrigger {
    return this.context.wake;
  }

  get wake$(): Observable<void> {
    return this.context.wake.triggered$;
  }

  writable(): boolean {
    return this.#writer.writable && !(this.#mayHoldMessages && this.context.session.isolation.holdsMessages);
  }

  mayBegin(): boolean {
    return !(this.subscriptions.hasChanges || this.streams.gate?.isFull === true);
  }

  get resendInterval(): number {
    return this.limits.protocolVersion === 5 ? 0 : this.options.resendInterval;
  }

  // for qosReceive()

  get receiver(): Receiver {
    return this.context.session.receiver;
  }

  get protocolVersion(): ProtocolVersion {
    return this.limits.protocolVersion;
  }

  get deliverQos2(): AttemptOptions['deliverQos2'] {
    return this.options.deliverQos2;
  }

  deliver(message: MqttMessage): InboundMessage | undefined {
    return this.context.dispatcher.dispatch(message);
  }

  refused(message: MqttMessage, refusal: PublishRefusal): void {
    warnOfRefused(this.context.warnings, message, refusal);
  }

  get ready$(): Observable<void> {
    return this.context.ackReady.triggered$;
  }

  // for keepalive() and ackDeadline()

  get progress(): ByteProgress {
    return this.streams.reader;
  }

  isReading(): boolean {
    return !this.context.receivePressure.isHigh;
  }

  // for keepalive()

  /** `idlePing` also applies where the server sets a Keep Alive, which may be a day. */
  get interval(): number {
    return Math.min(orNever(this.limits.keepalive * 1000 * PING_AFTER), orNever(this.options.idlePing * 1000));
  }

  get timeout(): number {
    return this.options.pingTimeout;
  }

  get probe$(): Observable<unknown> {
    return this.context.signal$;
  }

  /** A PINGREQ arrives only after the bytes that are still unsent. */
  probeTimeout(): number {
    const { pingTimeout, probeTimeout } = this.options;
    return this.#writer.unsentBytes > 0 ? pingTimeout : Math.min(probeTimeout, pingTimeout);
  }

  roundTrip(ms: number): void {
    this.context.connections.recordRoundTrip(ms);
  }

  // for ackDeadline()

  /** The wait begins again after each pause of reading, also after one between two checks. */
  oldestUnacknowledged(): string | undefined {
    const { session, receivePressure } = this.context;
    const oldest = session.oldestUnacknowledged;
    return oldest === undefined ? undefined : `${receivePressure.rises} ${oldest}`;
  }

  isPaused(): boolean {
    return !this.isReading() || this.streams.gate?.isEmpty === false;
  }

  get written$(): Observable<void> {
    return this.streams.written$;
  }

  get settled$(): Observable<void> {
    return this.streams.settled$;
  }

  get ackTimeout(): number {
    return this.options.ackTimeout;
  }
}

const orNever = (ms: number): number => (ms > 0 ? ms : Infinity);
