import type { Observable } from 'rxjs';
import type { MqttMessage, Payload, PublishProperties, QoS } from '../message.js';
import type { AbortOptions } from './call-options.js';
import type { PayloadDecoder, PayloadEncoder } from '../payload-codecs.js';

/** The properties of a request or a reply. The client sets its response topic and correlation data. */
export type ExchangeProperties = Omit<
  PublishProperties,
  'topicAlias' | 'subscriptionIdentifier' | 'responseTopic' | 'correlationData'
>;

/**
 * The topics of requests and replies if a message cannot contain its response topic, as in 3.x. Requester and responder need the same.
 * Defaults: `<topic>/request/<requester>/<id>` and `rxjs-mqtt/reply/<requester>/<id>`.
 */
export interface RequestTopics {
  /**
   * Returns the topic of one request. It is also called with `'+'` as requester or id, to make the filter of a responder or of the replies.
   *
   * @param topic - the topic or filter that you passed to `request()` or `respond()`.
   * @param requester - a level that identifies the requesting client.
   * @param id - a level that identifies a request of this client.
   */
  readonly requestTopic: (topic: string, requester: string, id: string) => string;
  /** Returns the topic of the reply to a request that was sent to `requestTopic`. It must differ for each request. */
  readonly replyTopic: (requestTopic: string) => string;
}

/**
 * How the responder knows the topic of the reply. `'properties'`: by response topic and correlation data (5.0 section 4.10).
 * `'topics'`: by the topic of the request, with the defaults of {@link RequestTopics}; an object sets other topics. `'auto'`: properties
 * on a 5.0 connection, topics on a 3.x connection.
 */
export type RequestConvention = 'auto' | 'properties' | 'topics' | RequestTopics;

/** How a request is published, and how long and for how many replies `request()` waits. */
export interface RequestOptions<T = Payload, V = unknown> extends AbortOptions {
  /** The QoS of the request. Default 1: the request survives a lost connection, and a 5.0 broker says if it has no subscriber. */
  qos?: QoS;
  /**
   * The properties of the request, 5.0. Unless you set it, the message expiry is the `timeout`, rounded up, so that no responder handles a
   * request for which nobody waits.
   */
  properties?: ExchangeProperties;
  /** Makes the payload of the request. */
  encode?: PayloadEncoder<T>;
  /** Makes `value` from the payload of each reply. If it throws, the request errors with `DECODE_FAILED`. */
  decode?: PayloadDecoder<V>;
  /**
   * ms from the subscription to the first reply, and from each reply to the next, until `REQUEST_TIMEOUT`. 0 or Infinity: no timeout.
   * Default 30,000.
   */
  timeout?: number;
  /**
   * The number of replies. Infinity: any number, and the stream completes, instead of erroring, if no reply arrives for `timeout` ms after
   * the request was sent, or if the request has no subscriber. Default 1.
   */
  replies?: number;
  /**
   * 5.0: the topic of the replies. Default: `<base>/<client id>`, where the base is the Response Information of the broker, if you request
   * it (`properties.requestResponseInformation`), or `rxjs-mqtt/reply`.
   */
  responseTopic?: string;
  /** How the responder knows the topic of the reply. Default `'auto'`. */
  convention?: RequestConvention;
}

/** How requests are handled and answered. */
export interface RespondOptions<T = Payload, V = unknown> extends AbortOptions {
  /** The QoS of the subscription and of the replies. Default 1. */
  qos?: QoS;
  /** The properties of each reply, 5.0. */
  properties?: ExchangeProperties;
  /** Makes the payload of each reply. */
  encode?: PayloadEncoder<T>;
  /** Makes `value` from the payload of each request. If it throws, the request is `'failed'`. */
  decode?: PayloadDecoder<V>;
  /**
   * The maximum number of handlers that run at a time. 1,000 further requests (16 MiB of payloads) may wait; one more is not handled, and
   * emitted as `'unanswered'`. Default 100.
   */
  concurrency?: number;
  /**
   * When a request of QoS 1 or 2 is acknowledged. `'answered'`: when its handler has completed and its replies are published, so that the
   * broker sends it again after a lost connection, if the session lasts. `'received'`: when it arrives, so that it is not handled again
   * after a lost connection, but is lost if this process ends. Use that for handlers whose stream of replies does not complete. Default
   * `'answered'`.
   */
  ack?: 'answered' | 'received';
  /**
   * The allowed topics of replies, because the requester chooses the topic and the responder publishes to it with its own permissions: a
   * filter, several, or a function. A refused request is `'unanswered'` with `'replyTopicRefused'`, and its handler is not called. Default:
   * all topics but those that begin with `$`, contain control characters, or match the filters of the responder.
   */
  replyTo?: string | readonly string[] | ((topic: string, request: MqttMessage) => boolean);
  /** How the responder knows the topic of the reply. Default `'auto'`. */
  convention?: RequestConvention;
}

/** What a handler of `respond()` returns: one reply, a promise of one, or an observable of any number. For no reply, return EMPTY. */
export type Reply<T> = T | PromiseLike<T> | Observable<T>;
