import type { PublishAck } from '../../packets.js';
import { type SchedulerLike, Subject, type Subscriber, Subscription } from 'rxjs';
import type { PublishOptions } from '../../options/call-options.js';
import type { MqttError } from '../../errors.js';
import type { OutgoingPublish } from '../../protocol/outbound/outgoing-publish.js';
import type { Sender } from '../../protocol/outbound/sender.js';
import { TopicNameCheck } from '../../protocol/topics/validate.js';
import type { AckEvent, PublishResult } from '../../results.js';
import { checkPublishOptions } from '../options/check-calls.js';
import { encodePayload } from '../payload.js';
import { type Publication, SinglePublication } from './publication.js';
import { closedOn, notConnected, notSent, publishTimeout, rejected, withDelivery } from './publish-errors.js';
import type { CoalescedTrigger } from '../coalesced-trigger.js';

export interface PublisherConfig {
  readonly sender: () => Sender;
  readonly scheduler: SchedulerLike;
  readonly wake: CoalescedTrigger;
  readonly ack$: Subject<AckEvent>;
  readonly offlineQos0: 'refuse' | 'queue';
}

/** ms; a longer timer of the platform fires at once. It is set again when it is over. */
const LONGEST_TIMER = 0x7fffffff;

const noOptions: PublishOptions = Object.freeze({});

/** What is published, one by one or as a stream: each message settles exactly once, whatever becomes of the connection. */
export class Publisher {
  readonly #config: PublisherConfig;
  readonly #settled$ = new Subject<void>();
  readonly #flushed$ = new Subject<void>();
  readonly topicNames = new TopicNameCheck();
  /** No connection, and none in sight: QoS 0 has no business waiting. */
  #offline = false;
  /** Why nothing is taken any more. */
  #closed: (() => MqttError) | undefined;
  #expiryTimer = Subscription.EMPTY;
  #expiryDue = Infinity;

  /** Emits when a message has settled, or is given up: there may be room in the queue. */
  readonly settled$ = this.#settled$.asObservable();
  /** Emits when the link has taken messages, once for all that it took: they have left the queue. */
  readonly flushed$ = this.#flushed$.asObservable();

  constructor(config: PublisherConfig) {
    this.#config = config;
  }

  /** Takes one message in and tells `subscriber` what becomes of it. Throws why it cannot. */
  publish(
    topic: string,
    payload: unknown,
    options: PublishOptions<never> = noOptions,
    subscriber: Subscriber<PublishResult>,
  ): void {
    let publication: SinglePublication;
    try {
      this.topicNames.assert(topic);
      if (options !== noOptions) checkPublishOptions(options);
      const bytes = encodePayload(payload, options.encode, topic);
      publication = new SinglePublication(topic, bytes, options, this.expiryOf(options), subscriber, this);
    } catch (error) {
      throw rejected(error);
    }
    this.accept(publication);
    if (!publication.isSettled) subscriber.add(publication);
    this.wake();
  }

  /** ms, on the client's clock, at which a message with these options expires that has waited `since`; undefined for never. */
  expiryOf({ properties }: PublishOptions<never>, since?: number): number | undefined {
    const expiry = properties?.messageExpiryInterval;
    return expiry === undefined ? undefined : (since ?? this.#config.scheduler.now()) + expiry * 1000;
  }

  /** How many QoS 1 and 2 messages the broker takes at a time. */
  get window(): number {
    return this.#config.sender().window;
  }

  get closed(): boolean {
    return this.#closed !== undefined;
  }

  hasRoomToSpare(publication: Publication): boolean {
    return this.#config.sender().queue.hasRoomToSpare(publication);
  }

  /** Puts a message in the queue, or throws why it cannot be there. It is sent when `wake` is called, or earlier. */
  accept(publication: Publication): void {
    const { sender, scheduler, offlineQos0 } = this.#config;
    const { topic, expiresAt, timeout } = publication;
    if (this.#closed !== undefined) throw closedOn(topic, this.#closed(), 'rejected');
    if (publication.requestedQoS === 0 && this.#offline && offlineQos0 === 'refuse') throw notConnected(topic);
    sender().enqueue(publication);
    if (publication.until === 'queued') this.#reach(publication, 'queued');
    else if (timeout !== undefined) {
      publication.timer = scheduler.schedule(() => this.#timeOut(publication, timeout), timeout);
    }
    if (expiresAt !== undefined && expiresAt < this.#expiryDue) this.#expireAt(expiresAt);
  }

  /** There may be something to send. */
  wake(): void {
    this.#config.wake.trigger();
  }

  /** The session's word on a message: it is with the broker, or why not. */
  readonly settled = (message: OutgoingPublish, why?: MqttError, ack?: PublishAck): void => {
    const publication = message as Publication;
    const error = why && withDelivery(why, message.dup || message.sentBefore ? 'indeterminate' : 'rejected');
    if (error === undefined) this.#reach(publication, 'acknowledged', ack);
    else this.#fail(publication, error);
    if (this.#config.ack$.observed) this.#config.ack$.next(ackEvent(message, error, ack));
    if (this.#settled$.observed) this.#settled$.next();
  };

  /** The link has taken these. */
  flushed(messages: readonly OutgoingPublish[]): void {
    const sender = this.#config.sender();
    for (const message of messages) {
      if (message.qos === 0) sender.flushed(message);
      else if ((message as Publication).until === 'sent') this.#reach(message as Publication, 'sent');
    }
    if (this.#flushed$.observed) this.#flushed$.next();
  }

  /** The connection ended before the link had taken these. QoS 1 and 2 are in flight and go out again; what was lowered to QoS 0 waits again. */
  unflushed(messages: readonly OutgoingPublish[], why: MqttError | undefined): void {
    const sender = this.#config.sender();
    for (const message of messages.filter(({ qos }) => qos === 0).reverse()) {
      if (this.#config.offlineQos0 === 'queue' || message.requestedQoS > 0) sender.queue.requeue(message);
      else sender.abort(message, why ? notSent(message.topic, why) : notConnected(message.topic));
    }
  }

  /** Unsubscribed: dropped while it waits; once sent, a message goes on, unless it is to be withdrawn. */
  abandoned(publication: Publication): void {
    this.#release(publication);
    const sender = this.#config.sender();
    if (publication.withdraw ? sender.withdraw(publication) : sender.cancel(publication)) this.#madeRoom();
  }

  /** The same for all that match. */
  abandonAll(matches: (publication: Publication) => boolean): void {
    const { queue, inFlight } = this.#config.sender();
    for (const message of [...queue.all, ...inFlight.all] as Publication[])
      if (matches(message)) this.abandoned(message);
  }

  online(): void {
    this.#offline = false;
    this.#closed = undefined;
  }

  offline(): void {
    this.#offline = true;
    if (this.#config.offlineQos0 === 'queue') return;
    this.#config.sender().queue.rejectAll(
      ({ topic }) => notConnected(topic),
      ({ requestedQoS }) => requestedQoS === 0,
    );
  }

  /** The client is closed. A session that lasts keeps what is in flight, but nobody waits for it any more. */
  close(why: () => MqttError, keepInFlight: boolean): void {
    this.#closed = why;
    this.#expiryTimer.unsubscribe();
    this.#expiryDue = Infinity;
    const sender = this.#config.sender();
    sender.queue.rejectAll(
      ({ topic }) => closedOn(topic, why(), 'rejected'),
      () => true,
    );
    for (const message of keepInFlight ? sender.inFlight.all : sender.clear()) {
      const error = closedOn(message.topic, why(), 'indeterminate');
      if (keepInFlight) this.#fail(message as Publication, error);
      else this.settled(message, error);
    }
  }

  #reach(publication: Publication, reached: PublishResult['reached'], ack?: PublishAck): void {
    if (publication.isSettled) return;
    this.#release(publication);
    publication.reached(publishResult(publication, reached, ack));
  }

  #fail(publication: Publication, error: MqttError): void {
    if (publication.isSettled) return;
    this.#release(publication);
    publication.failed(error);
  }

  /** Nobody waits for it any more. */
  #release(publication: Publication): void {
    publication.isSettled = true;
    publication.timer?.unsubscribe();
  }

  #timeOut(publication: Publication, ms: number): void {
    if (publication.stage === 'queued') {
      this.#config.sender().queue.reject(publication, publishTimeout(publication.topic, ms, 'rejected'));
    } else {
      this.#fail(publication, publishTimeout(publication.topic, ms, 'indeterminate', publication.withdraw));
      if (publication.withdraw && this.#config.sender().withdraw(publication)) this.#madeRoom();
    }
  }

  #madeRoom(): void {
    this.#settled$.next();
    this.wake(); // what was in flight may have kept others in the queue
  }

  #expireAt(due: number): void {
    const { scheduler } = this.#config;
    this.#expiryTimer.unsubscribe();
    this.#expiryDue = due;
    if (due === Infinity) return;
    this.#expiryTimer = scheduler.schedule(
      () => this.#expireAt(this.#config.sender().queue.expire(scheduler.now())),
      Math.min(due - scheduler.now(), LONGEST_TIMER),
    );
  }
}

function publishResult(
  { topic, qos, requestedQoS, packetId }: Publication,
  reached: PublishResult['reached'],
  ack: PublishAck | undefined,
): PublishResult {
  const reasonCode = ack?.reasonCode ?? 0;
  const result: PublishResult =
    packetId === 0
      ? { topic, qos, requestedQoS, reached, reasonCode }
      : { topic, qos, requestedQoS, reached, packetId, reasonCode };
  return ack?.properties === undefined ? result : { ...result, ...ack.properties };
}

function ackEvent(message: OutgoingPublish, error: MqttError | undefined, ack: PublishAck | undefined): AckEvent {
  const { topic, qos, packetId } = message;
  return {
    kind: 'publish',
    topic,
    qos,
    packetId,
    delivery: error === undefined ? 'delivered' : (error.delivery ?? 'rejected'),
    reasonCode: ack?.reasonCode ?? error?.reasonCode ?? 0,
    ...(error === undefined ? {} : { error }),
  };
}
