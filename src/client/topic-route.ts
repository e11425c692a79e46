import { Subject, type Subscriber, Subscription } from 'rxjs';
import { MqttError } from '../errors.js';
import { MqttMessage, type PublishProperties } from '../message.js';
import { matches } from '../protocol/topics/match.js';
import { paramsOf } from '../protocol/topics/template.js';
import type { UndecodableMessage } from '../results.js';
import type { Route } from './dispatcher.js';
import { LatestMessages } from './latest-messages.js';
import type { TopicTerms } from './topic-terms.js';

/** What a route tells those who made it. */
export interface TopicRouteEvents {
  /** A payload could not be decoded; whether that ends the route is decided by its own options. */
  readonly undecodable: (what: UndecodableMessage) => void;
  readonly failed: (route: TopicRoute, error: unknown) => void;
}

/** Until it is handed over. */
type Writable = { -readonly [K in keyof MqttMessage]: MqttMessage[K] };

/** One route for all subscribers of the same filters with the same options. */
export class TopicRoute implements Route {
  readonly terms: TopicTerms;
  readonly filters: readonly string[];
  /** Runs while nobody is subscribed. */
  lingering = Subscription.EMPTY;

  readonly #message$ = new Subject<MqttMessage>();
  readonly #events: TopicRouteEvents;
  readonly #latest: LatestMessages | undefined;
  readonly #named: boolean;
  /** A plain route makes no object of its own of a message. */
  readonly #plain: boolean;

  constructor(terms: TopicTerms, events: TopicRouteEvents) {
    const { templates, latest, decode } = terms;
    this.terms = terms;
    this.filters = templates.map(({ filter }) => filter);
    this.#events = events;
    this.#latest = latest > 0 ? new LatestMessages(latest) : undefined;
    this.#named = templates.some(({ names }) => names.length > 0);
    this.#plain = latest === 0 && !this.#named && decode === undefined;
  }

  get observed(): boolean {
    return this.#message$.observed;
  }

  subscribe(subscriber: Subscriber<MqttMessage>): void {
    this.lingering.unsubscribe();
    if (this.#latest) this.#latest.replay(this.#message$, subscriber);
    else this.#message$.subscribe(subscriber);
  }

  deliver(message: MqttMessage): void {
    if (this.#plain) return this.#message$.next(message);
    if (this.#latest === undefined && !this.#message$.observed) return;
    if (message.payload.length === 0) this.#latest?.forget(message.topic);
    const own = this.#own(message);
    if (own === undefined) return;
    this.#latest?.note(own);
    this.#message$.next(own);
  }

  complete(): void {
    this.#message$.complete();
  }

  fail(error: unknown): void {
    this.#message$.error(error);
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

  /** Of the first filter that matches, in the order given. */
  #params(topic: string): Record<string, string> {
    const { templates } = this.terms;
    const matching = templates.length === 1 ? templates[0] : templates.find(({ filter }) => matches(filter, topic));
    return paramsOf(matching!, topic);
  }

  #undecodable(message: MqttMessage, cause: unknown): void {
    const error = decodeFailed(message.topic, cause);
    const { onDecodeError } = this.terms;
    this.#events.undecodable({ filters: this.filters, message, error });
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

export function decodeFailed(topic: string, cause: unknown): MqttError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new MqttError('DECODE_FAILED', `cannot decode the message of '${topic}': ${why}`, { subject: topic, cause });
}
