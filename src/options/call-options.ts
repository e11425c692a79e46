import type { NextObserver } from 'rxjs';
import type { MqttError } from '../errors.js';
import type { MqttMessage, Payload, PublishProperties, QoS, UserProperties } from '../message.js';
import type { DisconnectPacket } from '../packets.js';
import type { PayloadDecoder, PayloadEncoder } from '../payload-codecs.js';
import type { Subscribed } from '../results.js';

/** How a filter is subscribed (5.0 section 3.8.3.1). What 3.x lacks is not sent there. */
export interface FilterOptions {
  /** The most the broker may use; a message comes with this or the QoS of its publisher, whichever is lower. Default 1. */
  qos?: QoS;
  /** 5.0: not what this client publishes itself. Default false. */
  noLocal?: boolean;
  /** 5.0: keep the retain flag as the publisher set it. Default false. */
  retainAsPublished?: boolean;
  /** 5.0: retained messages at every SUBSCRIBE (0), only if the subscription is new (1), or never (2). Default 0. */
  retainHandling?: 0 | 1 | 2;
  /**
   * 5.0: what the broker is told with the SUBSCRIBE, each time it is sent. Filters with the same user properties share a SUBSCRIBE.
   * Streams of one filter have the same ones or none: two that differ are a `SUBSCRIPTION_CONFLICT`.
   */
  properties?: RequestProperties;
}

/** Properties of a SUBSCRIBE or UNSUBSCRIBE that are for the caller to set, 5.0. */
export interface RequestProperties {
  userProperties?: UserProperties;
}

/**
 * A topic filter, or several as one stream. A pair gives one of them options of its own:
 * `['state/#', ['events/#', { qos: 2 }]]`.
 */
export type TopicFilters = string | readonly (string | readonly [filter: string, options: FilterOptions])[];

/**
 * How filters are subscribed, and what this client makes of their messages. Streams with the same filters and the same options share
 * a route; streams of one filter share its subscription at the broker.
 */
export interface TopicOptions<V = unknown> extends FilterOptions {
  /**
   * Who acknowledges (QoS 1 and 2). `'auto'`: this client, when every subscriber has been handed the message. `'manual'`: every
   * subscriber, by `ack()` of its own message; see {@link AckableMessage}. Default `'auto'`.
   *
   * ![Acknowledged by hand, in the order of the messages](../../docs/marbles/manual-acks.svg)
   */
  ack?: 'auto' | 'manual';
  /**
   * With `ack: 'manual'`: how many messages a subscriber may have unanswered, QoS 0 too. At that many, reading from the network
   * pauses until half of them are answered. In 5.0 a `properties.receiveMaximum` below it has the broker pause instead, which does
   * not hold up anything else.
   */
  buffer?: BoundOptions;
  /**
   * Is told each time the broker has granted all filters of this stream: after the SUBACK, again after the SUBACK of each later
   * SUBSCRIBE that names one of them (a lost session, for example), and at once where they are granted already. Like `openObserver`
   * of RxJS's `webSocket()`. Each subscription of the stream has its own; it is no part of what makes two streams share. What
   * it throws is reported by RxJS (`config.onUnhandledError`).
   */
  subscribeObserver?: NextObserver<Subscribed>;

  /**
   * ms from the last subscriber's leaving to UNSUBSCRIBE; who comes in that time finds the route alive. What arrives meanwhile belongs
   * to the route and is heard by nobody; it does not go to `unrouted$`. `disconnect()` does not wait for it. Infinity: until
   * `disconnect()`, or `unsubscribe()` of one of its filters. Default 0.
   *
   * ![A route outlives its last subscriber](../../docs/marbles/topic-linger.svg)
   */
  linger?: number;
  /**
   * False: no UNSUBSCRIBE goes out for the filters of this stream, also not when other streams of them have left. So the broker goes
   * on to queue messages in a session that lasts (`clean: false`, or `sessionExpiry`). It ends with `unsubscribe()`, or with the session.
   * Default true.
   */
  unsubscribeOnLeave?: boolean;
  /**
   * A late subscriber gets the last message of each topic that this route has seen, retained or not, in the order of their arrival,
   * then what comes. The last `max` topics are kept (default 1,000), with a copy of their payload. An empty payload removes its topic.
   * Default false.
   *
   * ![A late subscriber gets the state first](../../docs/marbles/topic-latest.svg)
   */
  latest?: boolean | LatestOptions;
  /** Makes `message.value` of each payload, once for all subscribers: `json<T>()`, `text`, `bytes`, or an object of your own. */
  decode?: PayloadDecoder<V>;
  /**
   * What becomes of a message that `decode` throws at. In every case `undecodable$` shows it, and it is acknowledged. `'skip'`: the
   * stream goes on without it. `'error'`: the stream errors with `DECODE_FAILED`. A function is called, then the message is skipped;
   * what it throws errors the stream. Default `'skip'`.
   */
  onDecodeError?: 'skip' | 'error' | ((error: MqttError, message: MqttMessage) => void);
}

/** Bounds of what may wait; the one that is reached first counts. */
export interface BoundOptions {
  /** Messages; Infinity is no bound. Default 1,000. */
  size?: number;
  /** Bytes of their payloads; Infinity is no bound. Default 16 MiB. */
  bytes?: number;
}

/** How much `latest` remembers. */
export interface LatestOptions {
  /** Topics kept, at the most; the one that has been silent longest goes first. Default 1,000. */
  max?: number;
}

/** How filters are unsubscribed (5.0 section 3.10). */
export interface UnsubscribeOptions {
  /** 5.0: what the broker is told with the UNSUBSCRIBE. Not sent in 3.x. */
  properties?: RequestProperties;
}

/** How a message is published (5.0 section 3.3), and how long its publisher waits for it. */
export interface PublishOptions<T = Payload> {
  /** Default 0. */
  qos?: QoS;
  /** The broker keeps it for new subscribers; an empty payload deletes what it keeps. Default false. */
  retain?: boolean;
  /** 5.0; `messageExpiryInterval` works in every version. */
  properties?: Omit<PublishProperties, 'topicAlias' | 'subscriptionIdentifier'>;
  /**
   * How far the message must have come before the stream emits: accepted by the queue, handed to the link, or acknowledged (QoS 0:
   * handed to the link). Default `'acknowledged'`.
   */
  until?: 'queued' | 'sent' | 'acknowledged';
  /** ms until `PUBLISH_TIMEOUT`. A message still queued is taken out; one already sent goes on. Default: none. */
  timeout?: number;
  /**
   * True: `timeout` and unsubscribing also take out a QoS 1 or 2 message that has been sent, so that it does not go out on another
   * connection. Nobody can tell then whether it was delivered; `ack$` shows `DELIVERY_GIVEN_UP` with `'indeterminate'`, or the answer
   * of the broker if that comes on this connection. A QoS 2 message that the broker has confirmed by PUBREC is completed all the same.
   * Default false.
   */
  withdraw?: boolean;
  /** Makes the bytes of the payload when the publish is subscribed: `json()`, `text`, `bytes`, or an object of your own. */
  encode?: PayloadEncoder<T>;
}

/** One message of `publishAll`: what is an argument or an option of `publish()` is a key here. */
export interface OutgoingMessage<T = Payload> extends PublishOptions<T> {
  topic: string;
  payload?: T;
}

/** The options of `publish()` are for messages that do not set them themselves (`properties` as a whole). */
export interface PublishAllOptions<T = Payload> extends PublishOptions<T> {
  /**
   * Messages handed over and not yet told of, at the most. Default: as many as the broker's Receive Maximum allows, 1,000 at the most
   * (and for QoS 0). Messages never take more than half of the client's queue, whatever is set here: the others wait here.
   */
  concurrency?: number;
  /** Outcomes in the order of their messages; one that is slow holds back those behind it, and counts for `concurrency`. Default false. */
  ordered?: boolean;
  /** Messages that an observable source may have waiting here, at the most. Default Infinity. */
  buffer?: number;
  /** A message too many for `buffer`: refuse it with `QUEUE_FULL`, or the oldest that waits here with `MESSAGE_EVICTED`. Default `'refuse'`. */
  overflow?: 'refuse' | 'evictOldest';
}

/** How a client leaves (5.0 section 3.14). */
export interface DisconnectOptions {
  /** ms to wait at most for what is queued and in flight. Default 0. */
  drain?: number;
  /** Have the will published: by the broker in 5.0 (reason code 0x04), by this client before it leaves in 3.x. Default false. */
  will?: boolean;
  /** 5.0. Default 0, or 0x04 with `will`. */
  reasonCode?: number;
  /**
   * s, 5.0: how long the broker shall keep the session from now. Default: as agreed at connect. Above 0 is `INVALID_ARGUMENT` where the
   * session was to end with the connection (5.0 section 3.14.2.2.2).
   */
  sessionExpiry?: number;
  /** 5.0. What does not fit the Maximum Packet Size of the broker is left out: user properties first. */
  properties?: Pick<NonNullable<DisconnectPacket['properties']>, 'reasonString' | 'userProperties'>;
}
