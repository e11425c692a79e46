import type { Observable } from 'rxjs';
import type { MqttMessage, Payload, PublishProperties, QoS } from '../message.js';
import type { PayloadDecoder, PayloadEncoder } from '../payload-codecs.js';

/** What a request or a reply may carry; its response topic and correlation data are set by the client. */
export type ExchangeProperties = Omit<
  PublishProperties,
  'topicAlias' | 'subscriptionIdentifier' | 'responseTopic' | 'correlationData'
>;

/**
 * The topics of requests and replies where a message cannot say where its reply goes, as in 3.x. Both sides need the same.
 * Their defaults: `<topic>/request/<requester>/<id>` and `rxjs-mqtt/reply/<requester>/<id>`.
 */
export interface RequestTopics {
  /**
   * The topic of one request. Called with `'+'` for requester or id too: that makes the filter of a responder, or of the replies.
   *
   * @param topic - what `request()` or `respond()` was given.
   * @param requester - a level that stands for the client that asks.
   * @param id - a level that tells its requests apart.
   */
  readonly requestTopic: (topic: string, requester: string, id: string) => string;
  /** The topic of the reply to a request that went to `requestTopic`. Must keep what tells requests apart. */
  readonly replyTopic: (requestTopic: string) => string;
}

/**
 * How the responder learns where the reply goes. `'properties'`: by response topic and correlation data (5.0 section 4.10).
 * `'topics'`: by the topic of the request, see {@link RequestTopics}, of which an object gives other ones. `'auto'`: properties on a
 * connection of 5.0, topics on one of 3.x.
 */
export type RequestConvention = 'auto' | 'properties' | 'topics' | RequestTopics;

/** How a request is made, and how long and for how many replies its requester waits. */
export interface RequestOptions<T = Payload, V = unknown> {
  /** Of the request. Default 1: it survives a lost connection, and a broker of 5.0 says when nobody listens. */
  qos?: QoS;
  /** 5.0. The message expiry is the `timeout`, rounded up, where nothing else is said: nobody should act on what nobody waits for. */
  properties?: ExchangeProperties;
  /** Makes the bytes of the payload. */
  encode?: PayloadEncoder<T>;
  /** Makes `value` of the payload of each reply. What it throws ends the request with `DECODE_FAILED`. */
  decode?: PayloadDecoder<V>;
  /**
   * ms from the subscription to the first reply, then from one to the next, until `REQUEST_TIMEOUT`. 0 or Infinity waits for ever.
   * Default 30,000.
   */
  timeout?: number;
  /**
   * How many replies to take. With Infinity their number is not known: `timeout` ms of silence after the request went out, or that
   * nobody listens, then completes the stream and is no error. Default 1.
   */
  replies?: number;
  /**
   * 5.0: the topic for the replies. Default: `<base>/<client id>`, where the base is the broker's Response Information, if it was
   * asked for (`properties.requestResponseInformation`), or `rxjs-mqtt/reply`.
   */
  responseTopic?: string;
  /** Default `'auto'`. */
  convention?: RequestConvention;
}

/** How requests are taken and answered. */
export interface RespondOptions<T = Payload, V = unknown> {
  /** Of the subscription, and of the replies. Default 1. */
  qos?: QoS;
  /** 5.0, of each reply. */
  properties?: ExchangeProperties;
  /** Makes the bytes of each reply. */
  encode?: PayloadEncoder<T>;
  /** Makes `value` of the payload of each request. What it throws is a `'failed'` request. */
  decode?: PayloadDecoder<V>;
  /**
   * Handlers at work at a time. 1,000 requests (16 MiB of payloads) may wait their turn; one more is not handled, and emitted as
   * `'unanswered'`. Default 100.
   */
  concurrency?: number;
  /**
   * When a request of QoS 1 or 2 is acknowledged. `'answered'`: when its handler has ended and its replies are published, so that it
   * comes again after a lost connection, if the session lasts. `'received'`: when it comes; it is lost with this process, and handled
   * no second time because of a lost connection. Right for handlers whose stream of replies does not end. Default `'answered'`.
   */
  ack?: 'answered' | 'received';
  /**
   * Where replies may go: a requester names the topic, and the responder publishes there with its own rights. A filter, several, or a
   * function. A refused request is `'unanswered'` with `'replyTopicRefused'`, and its handler is not called. Default: everywhere but topics that
   * begin with `$`, topics with control characters, and topics of the responder's own filters.
   */
  replyTo?: string | readonly string[] | ((topic: string, request: MqttMessage) => boolean);
  /** Default `'auto'`. */
  convention?: RequestConvention;
}

/** What a handler of `respond()` gives: one reply, a promise of it, or several as a stream; none is a stream without values. */
export type Reply<T> = T | PromiseLike<T> | Observable<T>;
