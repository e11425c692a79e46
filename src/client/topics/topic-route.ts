import { type Subscriber, Subscription } from 'rxjs';
import { type AckableMessage, MqttMessage, type PublishProperties } from '../../message.js';
import { decodeFailed } from '../../payload-codecs.js';
import type { InboundMessage } from '../../protocol/inbound/inbound-message.js';
import { paramsOf } from '../../protocol/topics/template.js';
import type { UndecodableMessage } from '../../results.js';
import { Multicast } from '../multicast.js';
import type { ReceivePressure } from './acknowledgement/receive-pressure.js';
import { ManualSubscriber, ManualSubscribers } from './acknowledgement/manual-subscribers.js';
import { LatestMessages } from './latest-messages.js';
import type { ResolvedTopicOptions } from './topic-options.js';
import { matches } from '../../protocol/topics/match.js';

/** What a route needs of those who made it, and tells them. */
export interface TopicRouteEvents {
  readonly receivePressure: ReceivePressure;
  /** Somebody is to answer for this message. */
  readonly open: (message: MqttMessage) => InboundMessage;
  /** A payload could not be decoded; whether that ends the route is decided by its own options. `isHandled`: they hear of it. */
  readonly undecodable: (what: UndecodableMessage, isHandled: boolean) => void;
  readonly failed: (route: TopicRoute, error: unknown) => void;
}

/** Until it is handed over. */
type Writable = { -readonly [K in keyof MqttMessage]: MqttMessage[K] };

/** One route for all subscribers of the same filters with the same options. */
export class TopicRoute implements Route {
  readonly options: ResolvedTopicOptions;
  readonly filters: readonly string[];
  readonly patterns: readonly (readonly string[])[];
  readonly manual: boolean;
  /** Runs while nobody is subscribed. */
  lingering = Subscription.EMPTY;

  readonly #messages = new Multicast<MqttMessage>();
  /** Instead of the outlet, where `manual`. */
  readonly #manualSubscribers = new ManualSubscribers();
  readonly #events: TopicRouteEvents;
  readonly #latest: LatestMessages | undefined;
  readonly #named: boolean;
  /** A plain route makes no object of its own of a message. */
  readonly #plain: boolean;

  constructor(options: ResolvedTopicOptions, events: TopicRouteEvents) {
    const { templates, manual, latest, decode } = options;
    this.options = options;
    this.manual = manual;
    this.filters = templates.map(({ filter }) => filter);
    this.patterns = templates.map(({ patterns }) => patterns);
    this.#events = events;
    this.#latest = latest > 0 ? new LatestMessages(latest) : undefined;
    this.#named = templates.some(({ names }) => names.length > 0);
    this.#plain = !manual && latest === 0 && !this.#named && decode === undefined;
  }

  get observed(): boolean {
    return this.manual ? this.#manualSubscribers.observed : this.#messages.observed;
  }

  /** Gives the route by which this subscriber, at least, is brought what was held for it. */
  subscribe(subscriber: Subscriber<MqttMessage>): Route {
    this.lingering.unsubscribe();
    if (this.manual) return this.#join(subscriber);
    if (this.#latest) this.#latest.replay(this.#messages.values$, subscriber);
    else this.#messages.values$.subscribe(subscriber);
    return this;
  }

  deliver(message: MqttMessage, inbound: InboundMessage | undefined, isLast: boolean): InboundMessage | undefined {
    if (this.#plain) {
      this.#messages.next(message);
      return inbound;
    }
    if (this.manual) return this.#claim(message, inbound, isLast, this.#manualSubscribers);
    if (this.#latest === undefined && !this.#messages.observed) return inbound;
    if (message.payload.length === 0) this.#latest?.forget(message.topic);
    const own = this.#own(message);
    if (own === undefined) return inbound;
    this.#latest?.note(own);
    this.#messages.next(own);
    return inbound;
  }

  complete(): void {
    if (this.manual) this.#manualSubscribers.complete();
    else this.#messages.complete();
  }

  fail(error: unknown): void {
    if (this.manual) this.#manualSubscribers.fail(error);
    else this.#messages.error(error);
  }

  #join(subscriber: Subscriber<AckableMessage>): Route {
    const { filters, patterns, manual, options } = this;
    const manualSubscriber = new ManualSubscriber(filters, subscriber, options.buffer, this.#events.receivePressure);
    this.#manualSubscribers.add(manualSubscriber, subscriber);
    return {
      filters,
      patterns,
      manual,
      deliver: (message, inbound, isLast) =>
        this.#claim(message, inbound, isLast, { deliver: (...args) => manualSubscriber.take(...args) }),
    };
  }

  #claim(
    message: MqttMessage,
    given: InboundMessage | undefined,
    isLast: boolean,
    to: Pick<ManualSubscribers, 'deliver'>,
  ): InboundMessage | undefined {
    const own = this.#own(message);
    if (own === undefined) return given;
    const inbound = given ?? this.#events.open(message);
    // while the route lingers, its next subscriber may come
    inbound.patience = Math.max(inbound.patience, this.options.linger);
    if (to !== this.#manualSubscribers || this.#manualSubscribers.observed) to.deliver(own, inbound, isLast);
    else inbound.leave();
    return inbound;
  }

  /** The message as this route shows it; undefined when it shows nothing. */
  #own(message: MqttMessage): MqttMessage | undefined {
    const { topic, qos, retain, dup, packetId } = message;
    let { payload, properties } = message;
    // what is kept must not keep the chunk in which it came
    if (this.#latest) {
      payload = payload.slice();
      properties = detached(properties);
    }
    const params = this.#named ? this.#params(topic) : undefined;
    const own: Writable = new MqttMessage(topic, payload, qos, retain, dup, packetId, properties, params);
    const { decode } = this.options;
    if (decode === undefined) return own;
    try {
      own.value = decode.decode(payload, own);
      return own;
    } catch (cause) {
      this.#undecodable(own, cause);
      return undefined;
    }
  }

  /** Of the first filter that matches, in the order given; of the first of all, where a broker has changed the topic. */
  #params(topic: string): Record<string, string> {
    const { templates } = this.options;
    const matching = templates.length > 1 ? templates.find(({ patterns }) => takes(patterns, topic)) : undefined;
    return paramsOf(matching ?? templates[0]!, topic);
  }

  #undecodable(message: MqttMessage, cause: unknown): void {
    const error = decodeFailed(message.topic, cause);
    const { onDecodeError } = this.options;
    this.#events.undecodable({ filters: this.filters, message, error }, onDecodeError !== 'skip');
    if (onDecodeError === 'skip') return;
    if (onDecodeError === 'error') return this.#events.failed(this, error);
    try {
      onDecodeError(error, message);
    } catch (thrown) {
      this.#events.failed(this, thrown);
    }
  }
}

function detached(properties: PublishProperties): PublishProperties {
  const { correlationData } = properties;
  return correlationData === undefined ? properties : { ...properties, correlationData: correlationData.slice() };
}

/** Where the messages of some filters go. */
export interface Route {
  readonly filters: readonly string[];
  /** What the topics of each filter are matched with: see `Template.patterns`. */
  readonly patterns: readonly (readonly string[])[];
  /** Whoever gets its messages answers for them. */
  readonly manual: boolean;
  /**
   * Must not throw. Gives back the delivery it was given; or one of its own, where somebody is to answer for the message.
   *
   * @param isLast - no other route is going to claim it.
   */
  deliver(message: MqttMessage, inbound: InboundMessage | undefined, isLast: boolean): InboundMessage | undefined;
}

/** Hands a message to routes in turn, and then to nobody else. */
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

/** Whether messages of this topic are for one filter of a route: one of its patterns matches. */
export const takes = (patterns: readonly string[], topic: string): boolean =>
  patterns.some(pattern => matches(pattern, topic));
