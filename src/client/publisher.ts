import { Observable, type SchedulerLike, Subject, type Subscriber, Subscription } from 'rxjs';
import type { PublishOptions } from '../call-options.js';
import type { MqttError } from '../errors.js';
import type { OutgoingMessage } from '../protocol/outgoing-message.js';
import type { Sender, SettlingAck } from '../protocol/sender.js';
import { assertTopicName } from '../protocol/topics/validate.js';
import type { AckEvent, PublishResult } from '../results.js';
import { checkPublishOptions } from './check-calls.js';
import { encodePayload } from './payload.js';
import { Publication } from './publication.js';
import { closedOn, notConnected, publishTimeout } from './publish-errors.js';
import type { Signal } from './signal.js';

export interface PublisherConfig {
  readonly sender: () => Sender;
  readonly scheduler: SchedulerLike;
  readonly wake: Signal;
  readonly ack$: Subject<AckEvent>;
  readonly offlineQos0: 'refuse' | 'queue';
}

/** ms; a longer timer of the platform fires at once. It is set again when it is over. */
const LONGEST_TIMER = 0x7fffffff;

const noOptions: PublishOptions = Object.freeze({});

/** The streams of `publish`: each message settles exactly once, whatever becomes of the connection. */
export class Publisher {
  readonly #config: PublisherConfig;
  readonly #settled$ = new Subject<void>();
  /** No connection, and none in sight: QoS 0 has no business waiting. */
  #offline = false;
  #expiryTimer = Subscription.EMPTY;
  #expiryDue = Infinity;

  /** Emits after each settlement. */
  readonly settled$ = this.#settled$.asObservable();

  constructor(config: PublisherConfig) {
    this.#config = config;
  }

  publish(topic: string, payload: unknown, options: PublishOptions<never> = noOptions): Observable<PublishResult> {
    return new Observable(subscriber => {
      try {
        this.#accept(topic, payload, options, subscriber);
      } catch (error) {
        subscriber.error(error);
      }
    });
  }

  #accept(
    topic: string,
    payload: unknown,
    options: PublishOptions<never>,
    subscriber: Subscriber<PublishResult>,
  ): void {
    assertTopicName(topic);
    if (options !== noOptions) checkPublishOptions(options);
    const { qos = 0, retain = false, properties, until = 'acknowledged', timeout } = options;
    if (qos === 0 && this.#offline && this.#config.offlineQos0 === 'refuse') throw notConnected(topic);

    const expiry = properties?.messageExpiryInterval;
    const expiresAt = expiry === undefined ? Infinity : this.#config.scheduler.now() + expiry * 1000;
    const bytes = encodePayload(payload, options.encode, topic);
    const publication = new Publication(topic, bytes, qos, retain, properties, expiresAt, until, subscriber, this);
    this.#config.sender().enqueue(publication);

    if (until === 'queued') this.#reach(publication, 'queued');
    else {
      subscriber.add(publication);
      if (timeout !== undefined) {
        subscriber.add(this.#config.scheduler.schedule(() => this.#timeOut(publication, timeout), timeout));
      }
    }
    if (expiresAt < this.#expiryDue) this.#expireAt(expiresAt);
    this.#config.wake.raise();
  }

  /** The session's word on a message: it is with the broker, or why not. */
  readonly settled = (message: OutgoingMessage, error?: MqttError, ack?: SettlingAck): void => {
    const publication = message as Publication;
    if (error === undefined) this.#reach(publication, 'acknowledged', ack);
    else this.#fail(publication, error);
    if (this.#config.ack$.observed) this.#config.ack$.next(ackEvent(message, error, ack));
    this.#settled$.next();
  };

  /** The link has taken these. */
  flushed(messages: readonly OutgoingMessage[]): void {
    const sender = this.#config.sender();
    for (const message of messages) {
      if (message.qos === 0) sender.flushed(message);
      else if ((message as Publication).until === 'sent') this.#reach(message as Publication, 'sent');
    }
  }

  /** The connection ended before the link had taken these. QoS 1 and 2 are in flight and go out again. */
  unflushed(messages: readonly OutgoingMessage[]): void {
    const sender = this.#config.sender();
    for (const message of messages.filter(({ qos }) => qos === 0).reverse()) {
      if (this.#config.offlineQos0 === 'queue') sender.queue.reenter(message);
      else sender.abort(message, notConnected(message.topic));
    }
  }

  /** Unsubscribed: dropped while it waits; once sent, a message goes on. */
  abandoned(publication: Publication): void {
    this.#config.sender().cancel(publication);
  }

  online(): void {
    this.#offline = false;
  }

  offline(): void {
    this.#offline = true;
    if (this.#config.offlineQos0 === 'queue') return;
    this.#config.sender().queue.rejectAll(
      ({ topic }) => notConnected(topic),
      ({ qos }) => qos === 0,
    );
  }

  /** The client is closed. A session that lasts keeps what is in flight, but nobody waits for it any more. */
  close(why: MqttError, keepInFlight: boolean): void {
    this.#expiryTimer.unsubscribe();
    this.#expiryDue = Infinity;
    const { queue, inFlight } = this.#config.sender();
    queue.rejectAll(
      ({ topic }) => closedOn(topic, why, 'rejected'),
      () => true,
    );
    for (const message of keepInFlight ? inFlight.all : inFlight.clear()) {
      const error = closedOn(message.topic, why, 'indeterminate');
      if (keepInFlight) this.#fail(message as Publication, error);
      else this.settled(message, error);
    }
  }

  #reach(publication: Publication, reached: PublishResult['reached'], ack?: SettlingAck): void {
    const { subscriber, topic, qos, packetId } = publication;
    if (subscriber === undefined) return;
    publication.subscriber = undefined;
    const properties = ack?.properties;
    subscriber.next({
      topic,
      qos,
      reached,
      ...(packetId > 0 ? { packetId } : {}),
      reasonCode: ack?.reasonCode ?? 0,
      ...properties,
    });
    subscriber.complete();
  }

  #fail(publication: Publication, error: MqttError): void {
    const { subscriber } = publication;
    publication.subscriber = undefined;
    subscriber?.error(error);
  }

  #timeOut(publication: Publication, ms: number): void {
    if (publication.stage === 'queued') {
      this.#config.sender().queue.reject(publication, publishTimeout(publication.topic, ms, 'rejected'));
    } else {
      this.#fail(publication, publishTimeout(publication.topic, ms, 'indeterminate'));
    }
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

function ackEvent(message: OutgoingMessage, error: MqttError | undefined, ack: SettlingAck | undefined): AckEvent {
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
