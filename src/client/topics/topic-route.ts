import { type SchedulerLike, type Subscriber, Subscription } from 'rxjs';
import { type AckableMessage, MqttMessage } from '../../message.js';
import type { Ending } from '../../hooks.js';
import { decodeFailed } from '../../payload-codecs.js';
import type { InboundMessage } from '../../protocol/inbound/inbound-message.js';
import { paramsOf } from '../../protocol/topics/template.js';
import type { UndecodableMessage } from '../../results.js';
import { isPromiseLike } from '../../standard-schema.js';
import type { Few } from '../../protocol/collections/few.js';
import { Multicast } from '../streams/multicast.js';
import type { Instrumentation } from '../instrumentation/instrumentation.js';
import type { ReceivePressure } from './acknowledgement/receive-pressure.js';
import type { UnacknowledgedMessages } from './acknowledgement/unacknowledged-messages.js';
import { ManualSubscriber, ManualSubscribers } from './acknowledgement/manual-subscribers.js';
import { type Decoded, DecodeQueue } from './decode-queue.js';
import type { Trampoline } from '../trampoline.js';
import { createYielding } from '../yielding.js';
import { LatestMessages, withOwnBytes } from './latest-messages.js';
import type { ResolvedTopicOptions } from './topic-options.js';
import { type GrantListener, type Route, type TableRoute, matchesAny } from './route.js';

/** What a route needs of its client. */
export interface TopicRouteContext {
  readonly receivePressure: ReceivePressure;
  readonly scheduler: SchedulerLike;
  readonly trampoline: Trampoline;
  readonly unacknowledged: Pick<UnacknowledgedMessages, 'track'>;
  readonly instrumentation: Instrumentation;
}

export interface RouteOwner {
  /** Called when a payload cannot be decoded. `isHandled`: the option `onDecodeError` of the route handles the error. */
  onUndecodable(undecodable: UndecodableMessage, isHandled: boolean): void;
  onFailed(route: TopicRoute, error: unknown): void;
}

const UNSUBSCRIBED: Ending = Object.freeze({ status: 'unsubscribed' });

/** Who gets a message of a manual route: one subscriber, or all of them. */
type Recipient = Pick<ManualSubscribers, 'deliver' | 'observed'>;

/** A message that is not delivered yet. */
type Writable = { -readonly [K in keyof MqttMessage]: MqttMessage[K] };

/** The route that all subscribers of the same filters with the same options share. */
export class TopicRoute implements TableRoute {
  readonly options: ResolvedTopicOptions;
  readonly manual: boolean;
  since = 0;
  isRemoved = false;
  grantListeners: Few<GrantListener> = undefined;
  /** How the streams of its subscribers end: before the route ends, only because they unsubscribe. */
  ending: Ending = UNSUBSCRIBED;
  /** Runs while the route has no subscribers. */
  lingerTimer = Subscription.EMPTY;

  readonly #messages = new Multicast<MqttMessage>();
  /** Used in place of `#messages` where `manual`. */
  readonly #manualSubscribers: ManualSubscribers | undefined;
  readonly #context: TopicRouteContext;
  readonly #owner: RouteOwner;
  readonly #latest: LatestMessages | undefined;
  readonly #hasNames: boolean;
  /** Made for the first promise of `decode`. */
  #decodeQueue: DecodeQueue | undefined;
  /** Whether messages are passed on unchanged, without an object for each. */
  readonly #passesUnchanged: boolean;

  constructor(options: ResolvedTopicOptions, context: TopicRouteContext, owner: RouteOwner) {
    const { templates, manual, latest, decode } = options;
    this.options = options;
    this.manual = manual;
    this.#manualSubscribers = manual ? new ManualSubscribers() : undefined;
    this.#context = context;
    this.#owner = owner;
    this.#latest = latest > 0 ? new LatestMessages(latest) : undefined;
    this.#hasNames = templates.some(({ names }) => names.length > 0);
    this.#passesUnchanged = !manual && latest === 0 && !this.#hasNames && decode === undefined;
  }

  get filters(): readonly string[] {
    return this.options.templates.map(({ filter }) => filter);
  }

  get patterns(): readonly (readonly string[])[] {
    return this.options.templates.map(({ patterns }) => patterns);
  }

  get observed(): boolean {
    return (this.#manualSubscribers ?? this.#messages).observed;
  }

  /** Adds a subscriber. Returns a route to deliver held messages by: a manual subscriber gets them alone, others get them together. */
  subscribe(subscriber: Subscriber<MqttMessage>): Route {
    this.lingerTimer.unsubscribe();
    if (this.#manualSubscribers) return this.#addManualSubscriber(subscriber, this.#manualSubscribers);
    if (this.#latest) this.#latest.replay(this.#messages.values$, subscriber, createYielding(this.#context));
    else this.#messages.add(subscriber);
    return this;
  }

  /** Removes a subscriber, unless it has a subscription of its own, as with manual acknowledgement and while latest messages are replayed. */
  unsubscribe(subscriber: Subscriber<MqttMessage>): void {
    this.#messages.delete(subscriber);
  }

  get isDecoding(): boolean {
    return this.#decodeQueue?.isEmpty === false;
  }

  deliver(message: MqttMessage, inbound: InboundMessage | undefined, isLast: boolean): InboundMessage | undefined {
    if (this.#passesUnchanged) {
      this.#messages.next(message);
      return inbound;
    }
    return this.#deliver(message, inbound, isLast, this.#manualSubscribers);
  }

  /** Is called when the route is removed: leaves the messages that are not decoded yet to other streams. */
  release(): void {
    this.lingerTimer.unsubscribe();
    for (const inbound of this.#decodeQueue?.clear() ?? []) {
      if (this.manual) inbound.leave();
      inbound.offered(false);
    }
  }

  complete(): void {
    this.ending = { status: 'completed' };
    (this.#manualSubscribers ?? this.#messages).complete();
  }

  fail(error: unknown): void {
    this.ending = { status: 'failed', error };
    if (this.#manualSubscribers) this.#manualSubscribers.fail(error);
    else this.#messages.error(error);
  }

  #addManualSubscriber(subscriber: Subscriber<AckableMessage>, manualSubscribers: ManualSubscribers): Route {
    const { filters, patterns, manual, options } = this;
    const manualSubscriber = new ManualSubscriber(filters, subscriber, options.buffer, this.#context);
    manualSubscribers.add(manualSubscriber, subscriber);
    return {
      filters,
      patterns,
      manual,
      deliver: (message, inbound, isLast) => this.#deliver(message, inbound, isLast, manualSubscriber),
    };
  }

  #deliver(
    message: MqttMessage,
    inbound: InboundMessage | undefined,
    isLast: boolean,
    recipient: Recipient | undefined,
  ): InboundMessage | undefined {
    if (recipient === undefined && this.#latest === undefined && !this.#messages.observed) return inbound;
    const own = this.#createMessage(message);
    const { decode } = this.options;
    // a message that empties its topic does so even if it cannot be decoded
    if (own.payload.length === 0 && !this.isDecoding) this.#latest?.delete(own.topic);
    if (decode === undefined) return this.#handOver(message, own, inbound, isLast, recipient);
    try {
      own.value = decode.decode(own.payload, own);
    } catch (cause) {
      if (this.isDecoding) return this.#postpone(message, own, inbound, { cause }, recipient);
      this.#handleUndecodable(own, cause);
      return inbound;
    }
    if (isPromiseLike(own.value)) return this.#postpone(message, own, inbound, own.value, recipient);
    if (this.isDecoding) return this.#postpone(message, own, inbound, { value: own.value }, recipient);
    return this.#handOver(message, own, inbound, isLast, recipient);
  }

  #handOver(
    message: MqttMessage,
    own: MqttMessage,
    given: InboundMessage | undefined,
    isLast: boolean,
    recipient: Recipient | undefined,
  ): InboundMessage | undefined {
    if (recipient === undefined) {
      this.#latest?.store(own);
      this.#messages.next(own);
      return given;
    }
    const inbound = given ?? this.#context.unacknowledged.track(message);
    // while the route lingers, another subscriber can still take the message
    inbound.patience = Math.max(inbound.patience, this.options.linger);
    if (recipient.observed) recipient.deliver(own, inbound, isLast);
    else inbound.leave();
    return inbound;
  }

  /** Delivers the message when it is decoded, after all that arrived before it. `message` is the object that the session knows. */
  #postpone(
    message: MqttMessage,
    own: Writable,
    given: InboundMessage | undefined,
    decoded: Decoded | PromiseLike<unknown>,
    recipient: Recipient | undefined,
  ): InboundMessage {
    const { filters, manual, options } = this;
    const inbound = given ?? this.#context.unacknowledged.track(message);
    this.#decodeQueue ??= new DecodeQueue(filters, options.buffer, this.#context.receivePressure);
    this.#decodeQueue.add(own, inbound, decoded, manual, result => {
      if (own.payload.length === 0) this.#latest?.delete(own.topic);
      if ('value' in result) {
        own.value = result.value;
        this.#handOver(message, own, inbound, true, recipient);
      } else this.#handleUndecodable(own, result.cause);
      inbound.offered(!manual || 'cause' in result);
    });
    return inbound;
  }

  /** Returns the message with the parameters of this route. */
  #createMessage(message: MqttMessage): Writable {
    const { topic, payload, qos, retain, dup, packetId, properties } = this.#latest ? withOwnBytes(message) : message;
    const params = this.#hasNames ? this.#paramsOf(topic) : undefined;
    return new MqttMessage(topic, payload, qos, retain, dup, packetId, properties, params);
  }

  /** Uses the first filter that matches, in the order given. Where a broker has changed the topic and none matches, uses the first filter. */
  #paramsOf(topic: string): Record<string, string> {
    const { templates } = this.options;
    const matching = templates.length > 1 ? templates.find(({ patterns }) => matchesAny(patterns, topic)) : undefined;
    return paramsOf(matching ?? templates[0]!, topic);
  }

  #handleUndecodable(message: MqttMessage, cause: unknown): void {
    const error = decodeFailed(message.topic, cause);
    const { onDecodeError } = this.options;
    this.#owner.onUndecodable({ filters: this.filters, message, error }, onDecodeError !== 'skip');
    if (onDecodeError === 'skip') return;
    if (onDecodeError === 'error') return this.#owner.onFailed(this, error);
    try {
      onDecodeError(error, message);
    } catch (thrown) {
      this.#owner.onFailed(this, thrown);
    }
  }
}
