import type { MqttError } from '../errors.js';
import type { ConnackPacket, ConnectPacket } from '../packets.js';
import type { NegotiatedLimits } from '../state.js';
import { givenUp, withdrawn } from './outbound/delivery-errors.js';
import { type FirstUnanswered, type HangUp, Isolation, type IsolationOwner, type Isolatable } from './isolation.js';
import { type KeptSession, KeptSessions, unknownSession } from './kept-sessions.js';
import { isIdentifiable } from './limits.js';
import { OutgoingPublish } from './outbound/outgoing-publish.js';
import type { RestoredSession } from './session-recorder.js';
import { PacketIds } from './packet-ids.js';
import type { QoS } from '../message.js';
import { Receiver, type ReceiverLimits } from './inbound/receiver.js';
import { Sender } from './outbound/sender.js';
import type { SessionConfig } from './session-config.js';
import type { Identifiable } from './subscriptions/overlap-identifiers.js';
import { Subscriptions } from './subscriptions/subscriptions.js';

/**
 * Whether the broker has the session of this client; undefined where it does not say, because 3.1 reserves the byte of the flag. A broker of
 * 3.x that reports a session after a clean CONNECT is wrong: the session is new all the same.
 */
export function isSessionPresent(
  { protocolVersion, clean }: ConnectPacket,
  { sessionPresent }: ConnackPacket,
): boolean | undefined {
  if (protocolVersion === 3 && !clean && !sessionPresent) return undefined;
  return sessionPresent && !clean;
}

/** The limits that the options set for one connection. */
export interface OwnLimits extends ReceiverLimits {
  /** The QoS of messages and subscriptions is lowered to this. Default: 2. */
  readonly maximumQoS?: QoS | undefined;
}

export interface SessionSnapshot {
  readonly queued: number;
  readonly inFlight: number;
  /** Received QoS 2 messages between PUBLISH and PUBREL. */
  readonly received: number;
  readonly packetIdsInUse: number;
  /** SUBSCRIBEs and UNSUBSCRIBEs without an answer. */
  readonly requests: number;
}

/**
 * The state that outlives a connection (5.0 section 4.1): outgoing messages, the packet identifiers of received QoS 2 messages,
 * subscriptions, and free packet identifiers. It is synchronous code that the flows of a connection drive.
 */
export class Session implements IsolationOwner {
  readonly #config: SessionConfig;

  // lives with the client
  /** Made when the client first leaves a session that the broker keeps. */
  #kept: KeptSessions | undefined;

  /** Whether the store is closing, which keeps what has not settled by now. */
  isKeptByStore = false;

  // lives with the session
  /** The client identifier of the last connection. */
  #clientId: string | undefined;
  /** Session expiry in seconds: how long the session outlives the last connection. */
  expiry = 0;
  /** Whether the session was discarded since its last connection. */
  #isDiscarded = false;
  readonly #packetIds = new PacketIds();
  readonly isolation: Isolation;
  readonly sender: Sender;
  readonly receiver: Receiver;
  readonly subscriptions: Subscriptions;

  constructor(config: SessionConfig) {
    this.#config = config;
    const { random, topicPrefixes } = config.options;
    this.isolation = new Isolation(config, this);
    this.sender = new Sender(config, this.#packetIds, this.isolation);
    this.subscriptions = new Subscriptions(this.#packetIds, random, topicPrefixes, this.isolation);
    this.receiver = new Receiver(config);
    if (config.recorder !== undefined) this.sender.recordTo(config.recorder);
  }

  /** Takes over what an earlier process had stored of the session, before its first connection. */
  restore({ messages, received, spentIds }: RestoredSession): void {
    const inFlight = messages.filter(({ stage }) => stage !== 'queued');
    this.#packetIds.restore(new Set([...inFlight.map(({ packetId }) => packetId), ...spentIds]));
    const waiting = inFlight.length === 0 ? messages : messages.filter(({ stage }) => stage === 'queued');
    this.sender.restore(inFlight, waiting, spentIds);
    this.receiver.resumeSession(received);
  }

  /** Gives up the messages that were withdrawn by an earlier process after they had been sent. */
  giveUpWithdrawn(): void {
    for (const message of this.#withdrawn) this.sender.giveUp(message, withdrawn(message));
  }

  get #withdrawn(): OutgoingPublish[] {
    return this.sender.inFlight.all.filter(message => message.withdrawn && message.stage === 'sent');
  }

  /**
   * Forgets what the store has, without settling it. Until the session is restored, another client may have it, and change what the broker
   * holds of it.
   */
  discard(): void {
    this.#isDiscarded = true;
    this.sender.queue.removeStored();
    this.sender.clear();
    this.receiver.forgetSession();
    this.#clientId = undefined;
    this.expiry = 0;
    this.isKeptByStore = false;
  }

  /**
   * Begins a connection after CONNACK. Without a session at the broker, the session is rebuilt from the state of the client.
   *
   * Under another client identifier than before, the session is another one, and what was in flight in the last one is lost to it.
   *
   * @param sessionPresent - undefined for 3.1, which cannot say: the session counts as present, and its filters are subscribed again.
   */
  begin(sessionPresent: boolean | undefined, limits: NegotiatedLimits, ownLimits: OwnLimits): void {
    const { resubscribe, republish } = this.#config.options;
    for (const item of this.isolation.begin()) if (item instanceof OutgoingPublish) this.sender.inFlight.isolate(item);
    const { clientId } = limits;
    const isOtherSession = this.#clientId !== undefined && this.#clientId !== clientId;
    const kept = this.#kept?.take(clientId);
    if (isOtherSession && this.expiry > 0)
      (this.#kept ??= new KeptSessions()).keep(this.#clientId!, this.#createKeptSession());
    if (isOtherSession || sessionPresent === false) {
      this.receiver.forgetSession();
      this.sender.forgetSession(republish !== 'never');
    }
    if (isOtherSession) this.#changeSession(sessionPresent === false ? undefined : kept);
    this.#clientId = clientId;
    this.expiry = limits.sessionExpiry;
    this.sender.begin(limits, ownLimits.maximumQoS);
    this.sender.inFlight.rewind();
    this.receiver.begin(ownLimits);
    this.subscriptions.lowerQoSTo(ownLimits.maximumQoS);
    const again = resubscribe === 'never' ? 'never' : 'always';
    if (sessionPresent === undefined) this.subscriptions.begin(true, again);
    else {
      const how = this.#isDiscarded ? again : resubscribe;
      const hasIdentifiers = limits.subscriptionIdentifiersAvailable;
      const identifiable: Identifiable = request => isIdentifiable(request, limits);
      this.subscriptions.begin(sessionPresent, how, hasIdentifiers ? identifiable : undefined);
    }
    this.#isDiscarded = false;
  }

  /** Ends a connection; with `hangUp` the other side ended it. */
  end(hangUp?: HangUp): void {
    const itemToGiveUp = this.isolation.end(hangUp, this.#firstUnanswered());
    this.receiver.end();
    this.subscriptions.end();
    // the next opening gives up what the store keeps
    const withdrawnMessages = this.isKeptByStore ? [] : this.#withdrawn;
    this.sender.end();
    // callbacks run last, as they may call any method of the session
    if (itemToGiveUp !== undefined) this.#giveUp(itemToGiveUp, hangUp!.error);
    for (const message of withdrawnMessages)
      if (message.stage === 'sent') this.sender.giveUp(message, withdrawn(message));
  }

  /** What was sent first and has no answer, among messages and requests. */
  #firstUnanswered(): FirstUnanswered | undefined {
    const message = this.sender.inFlight.firstUnanswered;
    const request = this.subscriptions.firstUnanswered;
    if (request !== undefined && (message === undefined || message.sendOrder > request.messagesBefore)) return request;
    return message && { items: [message], sentAt: undefined };
  }

  #giveUp(item: Isolatable, why: MqttError): void {
    if (item instanceof OutgoingPublish) this.sender.giveUp(item, givenUp(item, why));
    else this.subscriptions.giveUp(item, why, error => this.#config.onFilterGivenUp?.(error));
  }

  /** Whether a broker may keep a session of this client under the client identifier. */
  mayBeKept(clientId: string): boolean {
    return clientId === this.#clientId ? this.expiry > 0 : (this.#kept?.has(clientId) ?? false);
  }

  #createKeptSession(): KeptSession {
    return {
      received: this.receiver.kept,
      unfinishedIds: this.sender.inFlight.unfinishedIds,
      filters: this.subscriptions.held,
    };
  }

  /** Changes to the session under another client identifier, with what is known of it. */
  #changeSession({ received, unfinishedIds, filters }: KeptSession = unknownSession): void {
    this.receiver.resumeSession(received);
    this.sender.inFlight.spentIds.reserve(unfinishedIds);
    this.subscriptions.changeSession(filters, this.#config.options.resubscribe);
  }

  get isIdle(): boolean {
    return this.sender.inFlight.window.unacknowledged + this.subscriptions.requests === 0;
  }

  get messagesSent(): number {
    return this.sender.inFlight.window.sent;
  }

  onReleased(item: Isolatable): void {
    if (item instanceof OutgoingPublish) this.sender.inFlight.endIsolation(item);
  }

  get nextPacketId(): number {
    return this.#packetIds.next;
  }

  /** The oldest packet without an acknowledgement, as a value that changes when the acknowledgement comes; undefined for none. */
  get oldestUnacknowledged(): string | undefined {
    const { oldest } = this.sender.inFlight;
    // isolated messages are behind all others: if the oldest one was not sent on this connection, no message is unacknowledged
    const message = oldest?.isolated && !oldest.onThisConnection ? undefined : oldest;
    const request = this.subscriptions.oldestRequest;
    if (message === undefined && request === undefined) return undefined;
    return `${message?.packetId} ${message?.stage} ${request}`;
  }

  /** Returns plain data without credentials, for tests and diagnostics. */
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
