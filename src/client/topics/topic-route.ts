import { type Subscriber, Subscription } from 'rxjs';
import type { AckableMessage } from '../../ackable-message.js';
import { MqttMessage, type PublishProperties } from '../../message.js';
import { decodeFailed } from '../../parse-json.js';
import type { Delivery } from '../../protocol/delivery.js';
import { paramsOf } from '../../protocol/topics/template.js';
import type { UndecodableMessage } from '../../results.js';
import { Outlet } from '../outlet.js';
import type { Brake } from './brake.js';
import { Claimant, Claimants } from './claimants.js';
import { LatestMessages } from './latest-messages.js';
import { type Route, takes } from './route.js';
import type { TopicTerms } from './topic-terms.js';

/** What a route needs of those who made it, and tells them. */
export interface TopicRouteEvents {
  readonly brake: Brake;
  /** Somebody is to answer for this message. */
  readonly open: (message: MqttMessage) => Delivery;
  /** A payload could not be decoded; whether that ends the route is decided by its own options. `isHandled`: they hear of it. */
  readonly undecodable: (what: UndecodableMessage, isHandled: boolean) => void;
  readonly failed: (route: TopicRoute, error: unknown) => void;
}

/** Until it is handed over. */
type Writable = { -readonly [K in keyof MqttMessage]: MqttMessage[K] };

/** One route for all subscribers of the same filters with the same options. */
export class TopicRoute implements Route {
  readonly terms: TopicTerms;
  readonly filters: readonly string[];
  readonly patterns: readonly (readonly string[])[];
  readonly manual: boolean;
  /** Runs while nobody is subscribed. */
  lingering = Subscription.EMPTY;

  readonly #messages = new Outlet<MqttMessage>();
  /** Instead of the outlet, where `manual`. */
  readonly #claimants = new Claimants();
  readonly #events: TopicRouteEvents;
  readonly #latest: LatestMessages | undefined;
  readonly #named: boolean;
  /** A plain route makes no object of its own of a message. */
  readonly #plain: boolean;

  constructor(terms: TopicTerms, events: TopicRouteEvents) {
    const { templates, manual, latest, decode } = terms;
    this.terms = terms;
    this.manual = manual;
    this.filters = templates.map(({ filter }) => filter);
    this.patterns = templates.map(({ patterns }) => patterns);
    this.#events = events;
    this.#latest = latest > 0 ? new LatestMessages(latest) : undefined;
    this.#named = templates.some(({ names }) => names.length > 0);
    this.#plain = !manual && latest === 0 && !this.#named && decode === undefined;
  }

  get observed(): boolean {
    return this.manual ? this.#claimants.observed : this.#messages.observed;
  }

  /** Gives the route by which this subscriber, at least, is brought what was held for it. */
  subscribe(subscriber: Subscriber<MqttMessage>): Route {
    this.lingering.unsubscribe();
    if (this.manual) return this.#join(subscriber);
    if (this.#latest) this.#latest.replay(this.#messages.value$, subscriber);
    else this.#messages.value$.subscribe(subscriber);
    return this;
  }

  deliver(message: MqttMessage, delivery: Delivery | undefined, isLast: boolean): Delivery | undefined {
    if (this.#plain) {
      this.#messages.next(message);
      return delivery;
    }
    if (this.manual) return this.#claim(message, delivery, isLast, this.#claimants);
    if (this.#latest === undefined && !this.#messages.observed) return delivery;
    if (message.payload.length === 0) this.#latest?.forget(message.topic);
    const own = this.#own(message);
    if (own === undefined) return delivery;
    this.#latest?.note(own);
    this.#messages.next(own);
    return delivery;
  }

  complete(): void {
    if (this.manual) this.#claimants.complete();
    else this.#messages.complete();
  }

  fail(error: unknown): void {
    if (this.manual) this.#claimants.fail(error);
    else this.#messages.error(error);
  }

  #join(subscriber: Subscriber<AckableMessage>): Route {
    const { filters, patterns, manual, terms } = this;
    const claimant = new Claimant(filters, subscriber, terms.buffer, this.#events.brake);
    this.#claimants.join(claimant, subscriber);
    return {
      filters,
      patterns,
      manual,
      deliver: (message, delivery, isLast) =>
        this.#claim(message, delivery, isLast, { deliver: (...args) => claimant.take(...args) }),
    };
  }

  #claim(
    message: MqttMessage,
    given: Delivery | undefined,
    isLast: boolean,
    to: Pick<Claimants, 'deliver'>,
  ): Delivery | undefined {
    const own = this.#own(message);
    if (own === undefined) return given;
    const delivery = given ?? this.#events.open(message);
    // while the route lingers, its next subscriber may come
    delivery.patience = Math.max(delivery.patience, this.terms.linger);
    if (to !== this.#claimants || this.#claimants.observed) to.deliver(own, delivery, isLast);
    else delivery.leave();
    return delivery;
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
    const { decode } = this.terms;
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
    const { templates } = this.terms;
    const matching = templates.length > 1 ? templates.find(({ patterns }) => takes(patterns, topic)) : undefined;
    return paramsOf(matching ?? templates[0]!, topic);
  }

  #undecodable(message: MqttMessage, cause: unknown): void {
    const error = decodeFailed(message.topic, cause);
    const { onDecodeError } = this.terms;
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
