import type { MqttError } from '../errors.js';
import type { ConnackPacket, ConnectPacket } from '../packets.js';
import type { NegotiatedLimits } from '../state.js';
import { givenUp, withdrawn } from './outbound/delivery-errors.js';
import { type FirstUnanswered, type HangUp, Isolation, type Isolatable } from './isolation.js';
import { type KeptSession, KeptSessions } from './kept-sessions.js';
import { isIdentifiable } from './limits.js';
import { OutgoingPublish } from './outbound/outgoing-publish.js';
import { PacketIds } from './packet-ids.js';
import type { QoS } from '../message.js';
import { Receiver, type ReceiverLimits } from './inbound/receiver.js';
import { Sender, type SenderConfig } from './outbound/sender.js';
import { Subscriptions } from './subscriptions/subscriptions.js';
import type { TopicPrefixes } from './topics/prefixes.js';

export interface SessionConfig extends Omit<SenderConfig, 'packetIds' | 'isolation'> {
  /** After so many connections that ended at a message or a filter it is isolated. Default: never. */
  readonly maxDeliveries?: number | undefined;
  readonly resubscribe: 'ifSessionLost' | 'always' | 'never';
  readonly republish: 'ifSessionLost' | 'never';
  /** 0 to 1. Default: 0. */
  readonly random?: () => number;
  /** Default: those that are known. */
  readonly topicPrefixes?: TopicPrefixes;
  /** Called when an acknowledgement of ours that waited may go out. */
  readonly ackReady?: () => void;
  /** Called for a filter that is given up, because connections ended at its SUBSCRIBE or UNSUBSCRIBE. */
  readonly filterGivenUp?: (error: MqttError) => void;
}

/**
 * What `Session.begin()` goes by. The CONNACK of 3.1 has no flag for it. A 3.1.1 broker that reports a session after a clean CONNECT is
 * in the wrong, but ours is clean all the same.
 */
export function isSessionPresent(
  { protocolVersion, clean }: ConnectPacket,
  { sessionPresent }: ConnackPacket,
): boolean | undefined {
  if (protocolVersion === 3 && !clean && !sessionPresent) return undefined;
  return sessionPresent && !(protocolVersion === 4 && clean);
}

/** What the options of one connection allow. */
export interface OwnLimits extends ReceiverLimits {
  /** What is published and subscribed is lowered to this. Default: 2. */
  readonly maximumQoS?: QoS | undefined;
}

const nothingKept: KeptSession = { received: new Map(), unfinishedIds: [], filters: new Map() };

export interface SessionSnapshot {
  readonly queued: number;
  readonly inFlight: number;
  /** QoS 2 messages in, between PUBLISH and PUBREL. */
  readonly received: number;
  readonly packetIdsInUse: number;
  /** SUBSCRIBE and UNSUBSCRIBE without an answer. */
  readonly requests: number;
}

/**
 * What outlives a connection (5.0 section 4.1): messages on their way out, the QoS 2 identifiers that came in, subscriptions, packet
 * identifiers. All of it is plain synchronous code; flows drive it, and tests can read it.
 */
export class Session {
  readonly #config: SessionConfig;

  // lives with the client
  readonly #kept = new KeptSessions();

  // lives with the session
  /** Of the last connection. */
  #clientId: string | undefined;
  /** s; the session outlives the last connection by so much. */
  expiry = 0;
  readonly #packetIds = new PacketIds();
  readonly isolation: Isolation;
  readonly sender: Sender;
  readonly receiver: Receiver;
  readonly subscriptions: Subscriptions;

  constructor(config: SessionConfig) {
    this.#config = config;
    this.isolation = new Isolation({
      maxDeliveries: config.maxDeliveries ?? Infinity,
      now: config.now,
      isIdle: () => this.sender.inFlight.unacknowledged + this.subscriptions.requests === 0,
      messagesSent: () => this.sender.inFlight.sent,
      onReleased: item => {
        if (item instanceof OutgoingPublish) this.sender.inFlight.isolatedNoMore(item);
      },
    });
    const { isolation } = this;
    this.sender = new Sender({ ...config, packetIds: this.#packetIds, isolation });
    this.subscriptions = new Subscriptions(this.#packetIds, config.random, config.topicPrefixes, isolation);
    this.receiver = new Receiver(config.ackReady);
  }

  /**
   * CONNACK came. Without a session at the broker, ours is rebuilt from what we know (rule: sessionPresent decides). Undefined: 3.1
   * cannot say; the session that was asked for is taken to be there, and its subscriptions are asked for again to be sure.
   *
   * Under another client id than before, the session is another one: what was in flight is lost to it, whatever the broker says.
   */
  begin(sessionPresent: boolean | undefined, limits: NegotiatedLimits, ours: OwnLimits): void {
    const { resubscribe } = this.#config;
    for (const item of this.isolation.begin()) if (item instanceof OutgoingPublish) this.sender.inFlight.isolate(item);
    const { clientId } = limits;
    const isOther = this.#clientId !== undefined && this.#clientId !== clientId;
    const kept = this.#kept.take(clientId);
    if (isOther && this.expiry > 0) this.#kept.keep(this.#clientId!, this.#toKeep());
    if (isOther || sessionPresent === false) {
      this.receiver.forgetSession();
      this.sender.forgetSession(this.#config.republish !== 'never');
    }
    if (isOther) this.#change(sessionPresent === false ? undefined : kept);
    this.#clientId = clientId;
    this.expiry = limits.sessionExpiry;
    this.sender.begin(limits, ours.maximumQoS);
    this.sender.inFlight.rewind();
    this.receiver.begin(ours);
    this.subscriptions.lowerTo(ours.maximumQoS);
    if (sessionPresent === undefined) this.subscriptions.begin(true, resubscribe === 'never' ? 'never' : 'always');
    else this.subscriptions.begin(sessionPresent, resubscribe, request => isIdentifiable(request, limits));
  }

  /** The connection is over; with `hangUp` the other side ended it. */
  end(hangUp?: HangUp): void {
    const culprit = this.isolation.end(hangUp, this.#firstUnanswered());
    this.receiver.end();
    this.subscriptions.end();
    const gone = this.sender.end();
    // last: who is told may call anything
    if (culprit !== undefined) this.#giveUp(culprit, hangUp!.error);
    for (const message of gone) if (message.stage === 'sent') this.sender.giveUp(message, withdrawn(message));
  }

  /** Of both halves. */
  #firstUnanswered(): FirstUnanswered | undefined {
    const message = this.sender.inFlight.firstUnanswered;
    const request = this.subscriptions.firstUnanswered;
    if (request !== undefined && (message === undefined || message.sendOrder > request.messagesBefore)) return request;
    return message && { items: [message], sentAt: undefined };
  }

  #giveUp(culprit: Isolatable, why: MqttError): void {
    if (culprit instanceof OutgoingPublish) this.sender.giveUp(culprit, givenUp(culprit, why));
    else this.subscriptions.giveUp(culprit, why, this.#config.filterGivenUp);
  }

  /** Whether a broker may keep a session of this client under that client id. */
  mayBeKept(clientId: string): boolean {
    return clientId === this.#clientId ? this.expiry > 0 : this.#kept.has(clientId);
  }

  #toKeep(): KeptSession {
    return {
      received: this.receiver.kept,
      unfinishedIds: this.sender.inFlight.unfinishedIds,
      filters: this.subscriptions.held,
    };
  }

  /** To the session under another client id, of which this is known. */
  #change({ received, unfinishedIds, filters }: KeptSession = nothingKept): void {
    this.receiver.resumeSession(received);
    this.sender.inFlight.rest(unfinishedIds);
    this.subscriptions.changeSession(filters, this.#config.resubscribe);
  }

  get nextPacketId(): number {
    return this.#packetIds.next;
  }

  /** What the broker has owed an answer to for longest, as a value that changes when the answer comes; undefined for nothing. */
  get oldestUnacknowledged(): string | undefined {
    const { oldest } = this.sender.inFlight;
    // isolated ones are behind all others: one that has not gone out is not owed
    const message = oldest?.isolated && !oldest.onThisConnection ? undefined : oldest;
    const request = this.subscriptions.oldestRequest;
    if (message === undefined && request === undefined) return undefined;
    return `${message?.packetId} ${message?.stage} ${request}`;
  }

  /** For tests and diagnostics: plain data, and no credential in it. */
  snapshot(): SessionSnapshot {
    return {
      queued: this.sender.queue.length,
      inFlight: this.sender.inFlight.size,
      received: this.receiver.size,
      packetIdsInUse: this.#packetIds.inUse,
      requests: this.subscriptions.requests,
    };
  }
}
