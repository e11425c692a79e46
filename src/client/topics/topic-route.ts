import { type SchedulerLike, type Subscriber, Subscription } from 'rxjs';
import { type AckableMessage, MqttMessage, type PublishProperties } from '../../message.js';
import type { Ending } from '../../hooks.js';
import { decodeFailed } from '../../payload-codecs.js';
import type { InboundMessage } from '../../protocol/inbound/inbound-message.js';
import { paramsOf } from '../../protocol/topics/template.js';
import type { UndecodableMessage } from '../../results.js';
import { Multicast } from '../streams/multicast.js';
import type { Instrumentation } from '../instrumentation/instrumentation.js';
import type { ReceivePressure } from './acknowledgement/receive-pressure.js';
import type { UnacknowledgedMessages } from './acknowledgement/unacknowledged-messages.js';
import { ManualSubscriber, ManualSubscribers } from './acknowledgement/manual-subscribers.js';
import type { Trampoline } from '../trampoline.js';
import { createYielding } from '../yielding.js';
import { LatestMessages } from './latest-messages.js';
import type { ResolvedTopicOptions } from './topic-options.js';
import { matches } from '../../protocol/topics/match.js';

/** The destination of the messages of some filters. */
export interface Route {
  readonly filters: readonly string[];
  /** The patterns that topics are matched against, for each filter: see `Template.patterns`. */
  readonly patterns: readonly (readonly string[])[];
  /** Whether the subscribers acknowledge the messages themselves. */
  readonly manual: boolean;
  /**
   * Delivers a message. Must not throw. Returns the inbound message that it was given, or a new one where a subscriber has to
   * acknowledge the message.
   *
   * @param isLast - no other route is going to issue a ticket for the message.
   */
  deliver(message: MqttMessage, inbound: InboundMessage | undefined, isLast: boolean): InboundMessage | undefined;
}

/** Delivers a message to each of the routes in turn. After that, no further route gets it. */
export function deliverToAll(
  routes: readonly Route[],
  message: MqttMessage,
  given: InboundMessage | undefined,
): InboundMessage | undefined {
  let inbound = given;
  let lastManual = routes.length - 1;
  while (lastManual > 0 && !routes[lastManual]!.manual) lastManual--;
  for (let i = 0; i < routes.length; i++) inbound = routes[i]!.deliver(message, inbound, i === lastManual);
  inbound?.offered(routes.some(({ manual }) => !manual));
  return inbound;
}

/** Whether one of the patterns of a filter matches the topic. */
export const matchesAny = (patterns: readonly string[], topic: string): boolean =>
  patterns.some(pattern => matches(pattern, topic));

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

/** A message that is not delivered yet. */
type Writable = { -readonly [K in keyof MqttMessage]: MqttMessage[K] };

/** The route that all subscribers of the same filters with the same options share. */
export class TopicRoute implements Route {
  readonly options: ResolvedTopicOptions;
  readonly filters: readonly string[];
  readonly patterns: readonly (readonly string[])[];
  readonly manual: boolean;
  /** How the streams of its subscribers end: before the route ends, only because they unsubscribe. */
  ending: Ending = UNSUBSCRIBED;
  /** Runs while the route has no subscribers. */
  lingerTimer = Subscription.EMPTY;

  readonly #messages = new Multicast<MqttMessage>();
  /** Used in place of `#messages` where `manual`. */
  readonly #manualSubscribers = new ManualSubscribers();
  readonly #context: TopicRouteContext;
  readonly #owner: RouteOwner;
  readonly #latest: LatestMessages | undefined;
  readonly #hasNames: boolean;
  /** Whether messages are passed on unchanged, without an object for each. */
  readonly #passesUnchanged: boolean;

  constructor(options: ResolvedTopicOptions, context: TopicRouteContext, owner: RouteOwner) {
    const { templates, manual, latest, decode } = options;
    this.options = options;
    this.manual = manual;
    this.filters = templates.map(({ filter }) => filter);
    this.patterns = templates.map(({ patterns }) => patterns);
    this.#context = context;
    this.#owner = owner;
    this.#latest = latest > 0 ? new LatestMessages(latest) : undefined;
    this.#hasNames = templates.some(({ names }) => names.length > 0);
    this.#passesUnchanged = !manual && latest === 0 && !this.#hasNames && decode === undefined;
  }

  get observed(): boolean {
    return this.manual ? this.#manualSubscribers.observed : this.#messages.observed;
  }

  /** Adds a subscriber. Returns a route to deliver held messages by: a manual subscriber gets them alone, others get them together. */
  subscribe(subscriber: Subscriber<MqttMessage>): Route {
    this.lingerTimer.unsubscribe();
    if (this.manual) return this.#addManualSubscriber(subscriber);
    if (this.#latest) {
      const { scheduler, trampoline } = this.#context;
      this.#latest.replay(this.#messages.values$, subscriber, createYielding(scheduler, trampoline));
    } else this.#messages.values$.subscribe(subscriber);
    return this;
  }

  deliver(message: MqttMessage, inbound: InboundMessage | undefined, isLast: boolean): InboundMessage | undefined {
    if (this.#passesUnchanged) {
      this.#messages.next(message);
      return inbound;
    }
    if (this.manual) return this.#deliverManual(message, inbound, isLast, this.#manualSubscribers);
    if (this.#latest === undefined && !this.#messages.observed) return inbound;
    if (message.payload.length === 0) this.#latest?.delete(message.topic);
    const own = this.#prepare(message);
    if (own === undefined) return inbound;
    this.#latest?.store(own);
    this.#messages.next(own);
    return inbound;
  }

  complete(): void {
    this.ending = { status: 'completed' };
    if (this.manual) this.#manualSubscribers.complete();
    else this.#messages.complete();
  }

  fail(error: unknown): void {
    this.ending = { status: 'failed', error };
    if (this.manual) this.#manualSubscribers.fail(error);
    else this.#messages.error(error);
  }

  #addManualSubscriber(subscriber: Subscriber<AckableMessage>): Route {
    const { filters, patterns, manual, options } = this;
    const manualSubscriber = new ManualSubscriber(filters, subscriber, options.buffer, this.#context);
    this.#manualSubscribers.add(manualSubscriber, subscriber);
    return {
      filters,
      patterns,
      manual,
      deliver: (message, inbound, isLast) => this.#deliverManual(message, inbound, isLast, manualSubscriber),
    };
  }

  #deliverManual(
    message: MqttMessage,
    given: InboundMessage | undefined,
    isLast: boolean,
    recipient: Pick<ManualSubscribers, 'deliver'>,
  ): InboundMessage | undefined {
    const own = this.#prepare(message);
    if (own === undefined) return given;
    const inbound = given ?? this.#context.unacknowledged.track(message);
    // while the route lingers, another subscriber can still take the message
    inbound.patience = Math.max(inbound.patience, this.options.linger);
    if (recipient !== this.#manualSubscribers || this.#manualSubscribers.observed)
      recipient.deliver(own, inbound, isLast);
    else inbound.leave();
    return inbound;
  }

  /** Returns the message with the parameters and the value of this route, or undefined when it cannot be decoded. */
  #prepare(message: MqttMessage): MqttMessage | undefined {
    const { topic, qos, retain, dup, packetId } = message;
    let { payload, properties } = message;
    // a stored view would keep the whole chunk in memory in which it was read
    if (this.#latest) {
      payload = payload.slice();
      properties = copyCorrelationData(properties);
    }
    const params = this.#hasNames ? this.#paramsOf(topic) : undefined;
    const own: Writable = new MqttMessage(topic, payload, qos, retain, dup, packetId, properties, params);
    const { decode } = this.options;
    if (decode === undefined) return own;
    try {
      own.value = decode.decode(payload, own);
      return own;
    } catch (cause) {
      this.#handleUndecodable(own, cause);
      return undefined;
    }
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

function copyCorrelationData(properties: PublishProperties): PublishProperties {
  const { correlationData } = properties;
  return correlationData === undefined ? properties : { ...properties, correlationData: correlationData.slice() };
}
