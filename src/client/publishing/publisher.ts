import type { Observable } from 'rxjs';
import type { PublishAck } from '../../packets.js';
import type { PublishOptions } from '../../options/call-options.js';
import type { MqttError } from '../../errors.js';
import type { OutgoingPublish } from '../../protocol/outbound/outgoing-publish.js';
import type { Sender } from '../../protocol/outbound/sender.js';
import { TopicNameCheck } from '../../protocol/topics/validate.js';
import { checkPublishOptions } from '../options/check-publish.js';
import type { Instrumentation } from '../instrumentation/instrumentation.js';
import { encodePayload } from '../payload.js';
import { failOnClose } from './fail-on-close.js';
import type { Publication } from './publication.js';
import { LateSubject } from '../streams/late-subject.js';
import { ExpiryTimer, expiryOf } from './expiry-timer.js';
import { type GivenOptions, PublishObservable, type PublishStarter } from './publish-observable.js';
import type { PublisherConfig } from './publisher-config.js';
import { type PublishSubscription, SinglePublication } from './publish-subscription.js';
import { SuspendedPublications } from './suspended-publications.js';
import { createAckEvent } from './publish-results.js';
import {
  closedOn,
  notConnected,
  notSent,
  publishTimeout,
  rejected,
  settledElsewhere,
  storeFailedFor,
  withDelivery,
} from './publish-errors.js';

const NO_OPTIONS: PublishOptions<never> = Object.freeze({});

/** Publishes messages and settles each of them exactly once, over any number of connections. Lives with the client. */
export class Publisher implements PublishStarter {
  readonly #config: PublisherConfig;
  readonly #instrumentation: Instrumentation;
  readonly topicNames = new TopicNameCheck();
  /** Undefined without a store. */
  readonly suspended: SuspendedPublications | undefined;
  /** Whether there is no connection and none is expected soon, so that QoS 0 messages do not wait for it by default. */
  #isOffline = false;
  /** Makes the error of a closed client, which accepts no more messages. */
  #closedError: (() => MqttError) | undefined;

  // made on demand, because most clients need none of them
  #settled: LateSubject<void> | undefined;
  #flushed: LateSubject<void> | undefined;
  #expiryTimer: ExpiryTimer | undefined;

  constructor(config: PublisherConfig) {
    this.#config = config;
    this.#instrumentation = config.instrumentation;
    this.suspended = config.journal && new SuspendedPublications();
  }

  /** Emits when a message has settled or was abandoned, so that the queue may have room. */
  get settled$(): Observable<void> {
    return (this.#settled ??= new LateSubject()).values$;
  }

  /** Emits once for the messages that the link has taken together, so that the queue may have room. */
  get flushed$(): Observable<void> {
    return (this.#flushed ??= new LateSubject()).values$;
  }

  get #expiry(): ExpiryTimer {
    return (this.#expiryTimer ??= new ExpiryTimer(this.#config));
  }

  /** Returns an observable that publishes a message for each of its subscriptions. */
  createPublish(topic: string, payload: unknown, options: PublishOptions<never>): PublishObservable {
    return new PublishObservable(this, topic, payload, options);
  }

  /** Enqueues a message and gives its outcome to the subscription. Throws if the message cannot be accepted. */
  startPublish(topic: string, payload: unknown, given: GivenOptions, subscription: PublishSubscription): void {
    const options = given ?? NO_OPTIONS;
    let publication: SinglePublication;
    try {
      this.topicNames.assert(topic);
      if (options !== NO_OPTIONS) checkPublishOptions(options);
      const bytes = encodePayload(payload, options.encode, topic);
      const expiresAt = expiryOf(options, this.#config.scheduler);
      publication = new SinglePublication(topic, bytes, options, expiresAt, subscription);
    } catch (error) {
      throw rejected(error);
    }
    subscription.attach(publication, this);
    this.accept(publication, options.timeout);
    this.wake();
  }

  get sender(): Sender {
    return this.#config.session.sender;
  }

  /** Whether the client is closed, or its store is closing. */
  get isClosed(): boolean {
    return this.#closedError !== undefined;
  }

  /** Enqueues a message, or throws if the queue cannot take it. The message is sent when `wake` is called, or earlier. */
  accept(publication: Publication, timeout: number | undefined, method: 'publish' | 'publishAll' = 'publish'): void {
    const hooks = this.#instrumentation.active;
    return hooks === undefined ? this.enqueue(publication, timeout) : hooks.publish(publication, timeout, method, this);
  }

  enqueue(publication: Publication, timeout: number | undefined): void {
    const { scheduler, options, journal } = this.#config;
    const { topic, expiresAt, requestedQoS } = publication;
    const { offlineQos0 } = options;
    if (this.#closedError !== undefined) throw closedOn(topic, this.#closedError(), 'rejected');
    if (requestedQoS === 0 && this.#isOffline && offlineQos0 === 'refuse') throw notConnected(topic);
    const mustWait = requestedQoS > 0 || this.#isOffline || (offlineQos0 === 'queue' && this.sender.queue.length > 0);
    if (mustWait && journal?.refusal !== undefined) throw storeFailedFor(topic, journal.refusal);
    this.sender.enqueue(publication);
    const isStored = journal !== undefined && (requestedQoS > 0 || offlineQos0 === 'queue');
    // what a store keeps is accepted when the store has it
    if (publication.until === 'queued' && !isStored) publication.succeed('queued');
    else if (timeout !== undefined)
      publication.timeoutTimer = scheduler.schedule(() => this.#failByTimeout(publication, timeout), timeout);
    if (expiresAt !== undefined) this.#expiry.add(expiresAt);
  }

  /** Called when the store has these messages. */
  stored(messages: Iterable<OutgoingPublish>): void {
    if (this.suspended?.size) return; // what is set aside is told when it is restored, unless nobody waits for it any more
    for (const message of messages as Iterable<Publication>) if (message.until === 'queued') message.succeed('queued');
  }

  /** Called when the store cannot take these messages, of which nothing was sent. */
  notStored(error: MqttError, messages: readonly OutgoingPublish[]): void {
    for (const message of messages) this.sender.refuse(message, storeFailedFor(message.topic, error));
  }

  /** Sets aside the messages in the store whose outcome somebody waits for. The session forgets them next. */
  suspend(): void {
    this.suspended?.addAll(this.sender);
    this.#closedError = undefined;
  }

  /** Has what an earlier process published expire in time, the first of it at `expiresAt`, and goes on with what was set aside. */
  restored(expiresAt: number): void {
    for (const publication of this.suspended?.removeAll() ?? [])
      if (publication.stage === 'settled') this.#failUnsettled(publication, settledElsewhere(publication.topic));
      else if (publication.isSettled) this.abandon(publication);
      else if (publication.until === 'queued') publication.succeed('queued');
    this.#expiry.restore(expiresAt);
    this.#settled?.next();
  }

  /** Triggers the sending of queued messages. */
  wake(): void {
    this.#config.wake.trigger();
  }

  /** Called by the session when a message has settled: it is delivered, or `cause` says why it is not. */
  onSettled(message: OutgoingPublish, cause?: MqttError, ack?: PublishAck): void {
    const publication = message as Publication;
    const error = cause && withDelivery(cause, message.dup || message.sentBefore ? 'indeterminate' : 'rejected');
    this.#instrumentation.active?.messages.onSettled(message, error, ack);
    if (error === undefined) publication.succeed('acknowledged', ack);
    else publication.fail(error);
    if (this.#config.acks?.observed) this.#config.acks.next(createAckEvent(message, error, ack));
    this.#settled?.next();
  }

  /** Called when the link has taken these messages. */
  onFlushed(messages: readonly OutgoingPublish[]): void {
    const { sender } = this;
    this.#instrumentation.active?.messages.onSent(messages);
    for (const message of messages as readonly Publication[])
      if (message.qos === 0) sender.flushed(message);
      else if (message.until === 'sent') message.succeed('sent');
    this.#flushed?.next();
  }

  /** Called when the connection ended before the link took these. QoS 1 and 2 are resent; what was lowered to QoS 0 is queued again. */
  onUnflushed(messages: readonly OutgoingPublish[], cause: MqttError | undefined): void {
    for (const message of messages.filter(({ qos }) => qos === 0).reverse())
      if (this.#config.options.offlineQos0 === 'queue' || message.requestedQoS > 0) this.sender.queue.requeue(message);
      else this.sender.abort(message, cause ? notSent(message.topic, cause) : notConnected(message.topic));
  }

  /** Drops a queued message whose subscriber has unsubscribed. A sent message stays in flight, unless it is to be withdrawn. */
  abandon(publication: Publication): void {
    publication.endWait();
    if (this.isClosed) return;
    if (!(publication.withdraw ? this.sender.withdraw(publication) : this.sender.cancel(publication))) return;
    this.#instrumentation.active?.messages.onAbandoned(publication);
    this.#notifySettled();
  }

  markOnline(): void {
    this.#isOffline = false;
    this.#closedError = undefined;
  }

  markOffline(): void {
    this.#isOffline = true;
    if (this.#config.options.offlineQos0 === 'queue' || this.sender.queue.length === 0) return;
    this.sender.queue.rejectAll(
      ({ topic }) => notConnected(topic),
      ({ requestedQoS }) => requestedQoS === 0 && this.#isOffline,
    );
  }

  /** Accepts and settles nothing more until the client is closed: the store keeps what it has. */
  freeze(makeError: () => MqttError): void {
    this.#closedError = makeError;
    this.#expiryTimer?.cancel();
  }

  /** The number of messages that `failAll` settles. */
  get unsettled(): number {
    const { queue, inFlight } = this.sender;
    return queue.length + inFlight.size + (this.suspended?.size ?? 0);
  }

  /** Fails all messages when the client is closed, one in each step. No message is accepted from the first step on. */
  *failAll(makeError: () => MqttError, keepInFlight: boolean): Generator<void, void> {
    this.freeze(makeError);
    if (this.#config.slicedWorkIfUsed) yield* this.#config.slicedWorkIfUsed.steps();
    if (this.unsettled === 0) return;
    const settle = (message: OutgoingPublish, error: MqttError) => this.onSettled(message, error);
    const fail = (message: OutgoingPublish, error: MqttError) => this.#failUnsettled(message as Publication, error);
    // one reason for all messages, because making an error with its stack takes longer than everything else
    yield* failOnClose(makeError(), { sender: this.sender, suspended: this.suspended, keepInFlight, fail, settle });
  }

  #failUnsettled(publication: Publication, error: MqttError): void {
    this.#instrumentation.active?.messages.onSettled(publication, error);
    publication.fail(error);
  }

  #failByTimeout(publication: Publication, ms: number): void {
    if (this.isClosed) return;
    const { topic, stage, withdraw } = publication;
    if (stage === 'queued') return this.sender.queue.reject(publication, publishTimeout(topic, ms, 'rejected'));
    publication.fail(publishTimeout(topic, ms, 'indeterminate', withdraw));
    if (withdraw && this.sender.withdraw(publication)) this.#notifySettled();
  }

  #notifySettled(): void {
    this.#settled?.next();
    this.wake(); // what was in flight may have kept others in the queue
  }
}
