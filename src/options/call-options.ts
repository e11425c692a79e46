import type { NextObserver } from 'rxjs';
import type { MqttError } from '../errors.js';
import type { MqttMessage, Payload, PublishProperties, QoS, UserProperties } from '../message.js';
import type { DisconnectPacket } from '../packets.js';
import type { PayloadDecoder, PayloadEncoder } from '../payload-codecs.js';
import type { Subscribed } from '../results.js';

/** What ends a call from outside. */
export interface AbortOptions {
  /**
   * Aborting ends the call as unsubscribing does, and its stream errors with `ABORTED`, whose `cause` is the reason of the signal. A call whose
   * signal is aborted already does nothing else. Default: none.
   */
  signal?: AbortSignal;
}

/** The subscription options of a filter (5.0 section 3.8.3.1). In 3.x, only the QoS is sent. */
export interface FilterOptions {
  /** The maximum QoS. Messages arrive with this QoS or that of their publisher, whichever is lower. Default 1. */
  qos?: QoS;
  /** 5.0: the broker does not send what this client publishes itself. Default false. */
  noLocal?: boolean;
  /** 5.0: the broker keeps the retain flag as the publisher set it. Default false. */
  retainAsPublished?: boolean;
  /** 5.0: the broker sends retained messages at every SUBSCRIBE (0), only if the subscription is new (1), or never (2). Default 0. */
  retainHandling?: 0 | 1 | 2;
  /**
   * 5.0: the properties of each SUBSCRIBE with this filter. Filters with the same user properties share a SUBSCRIBE. If two streams of one
   * filter have different user properties, the later one errors with `SUBSCRIPTION_CONFLICT`.
   */
  properties?: RequestProperties;
}

/** The properties of SUBSCRIBE or UNSUBSCRIBE that you can set, 5.0. */
export interface RequestProperties {
  userProperties?: UserProperties;
}

/**
 * A topic filter, or several as one stream. A pair gives one filter its own options: `['state/#', ['events/#', { qos: 2 }]]`.
 */
export type TopicFilters = string | readonly (string | readonly [filter: string, options: FilterOptions])[];

/**
 * How filters are subscribed, and how this client handles their messages. Streams with the same filters and the same options share
 * a route; streams of one filter share its subscription at the broker.
 */
export interface TopicOptions<V = unknown> extends FilterOptions, AbortOptions {
  /**
   * Who acknowledges messages of QoS 1 and 2. `'auto'`: this client, when every subscriber has received the message. `'manual'`: every
   * subscriber, by `ack()` of its own message object; see {@link AckableMessage}. Default `'auto'`.
   *
   * ![Acknowledgements by hand, in the order of the messages](../../docs/marbles/manual-acks.svg)
   */
  ack?: 'auto' | 'manual';
  /**
   * With `ack: 'manual'`: how many unacknowledged messages a subscriber may have, including QoS 0. At this bound, reading from the
   * network pauses until half of them are acknowledged. In 5.0, set `properties.receiveMaximum` below this bound, and the broker pauses
   * instead, which does not delay other packets.
   */
  buffer?: BoundOptions;
  /**
   * Called each time the broker has granted all filters of this stream: after the SUBACK, after the SUBACK of each later SUBSCRIBE that
   * contains one of them (after a lost session, for example), and immediately if they are granted already. It is like `openObserver` of
   * RxJS's `webSocket()`. Each subscription has its own observer, so streams with different ones still share a route. RxJS reports an
   * error that it throws (`config.onUnhandledError`).
   */
  subscribeObserver?: NextObserver<Subscribed>;

  /**
   * ms between the end of the last subscription and UNSUBSCRIBE. A new subscriber within this time joins the route. Messages that arrive
   * while there is no subscriber are dropped and do not go to `unrouted$`. `disconnect()` does not wait. Infinity: the route lasts until
   * `disconnect()`, or `unsubscribe()` of one of its filters. Default 0.
   *
   * ![A route outlives its last subscriber](../../docs/marbles/topic-linger.svg)
   */
  linger?: number;
  /**
   * False: the client sends no UNSUBSCRIBE for the filters of this stream, even after other streams of them have ended. The broker keeps
   * queueing messages in a session that lasts (`clean: false`, or `sessionExpiry`), until you call `unsubscribe()` or the session ends.
   * Default true.
   */
  unsubscribeOnLeave?: boolean;
  /**
   * A late subscriber first gets the last message of each topic that this route has received, retained or not, in the order of arrival.
   * The route keeps the last `max` topics (default 1,000), with a copy of each payload. An empty payload removes its topic. Default false.
   *
   * ![A late subscriber gets the state first](../../docs/marbles/topic-latest.svg)
   */
  latest?: boolean | LatestOptions;
  /** Makes `message.value` from each payload, once for all subscribers: `json<T>()`, `text`, `bytes`, or your own object. */
  decode?: PayloadDecoder<V>;
  /**
   * What happens when `decode` throws. The message is always acknowledged, and `undecodable$` emits it. `'skip'`: the stream continues
   * without the message. `'error'`: the stream errors with `DECODE_FAILED`. A function is called, then the message is skipped; if the
   * function throws, the stream errors. Default `'skip'`.
   */
  onDecodeError?: 'skip' | 'error' | ((error: MqttError, message: MqttMessage) => void);
}

/** Bounds of the messages that may wait. The bound that is reached first applies. */
export interface BoundOptions {
  /** The number of messages; Infinity for no bound. Default 1,000. */
  size?: number;
  /** The bytes of their payloads; Infinity for no bound. Default 16 MiB. */
  bytes?: number;
}

/** How much `latest` keeps. */
export interface LatestOptions {
  /** The maximum number of topics. The topic without a message for the longest time is removed first. Default 1,000. */
  max?: number;
}

/** How filters are unsubscribed (5.0 section 3.10). */
export interface UnsubscribeOptions extends AbortOptions {
  /** The properties of UNSUBSCRIBE, 5.0. Not sent in 3.x. */
  properties?: RequestProperties;
}

/** How a message is published (5.0 section 3.3), and how long `publish()` waits for it to settle. */
export interface PublishOptions<T = Payload> extends AbortOptions {
  /** The QoS of the message. Default 0. */
  qos?: QoS;
  /** The broker keeps the message for new subscriptions; an empty payload deletes the retained message. Default false. */
  retain?: boolean;
  /** The properties of PUBLISH, 5.0. `messageExpiryInterval` works in every version. */
  properties?: Omit<PublishProperties, 'topicAlias' | 'subscriptionIdentifier'>;
  /**
   * When `publish()` emits. `'queued'`: when the queue has accepted the message, and the `store` has it. `'sent'`: when the link has taken it. `'acknowledged'`:
   * when the broker has acknowledged it (QoS 0: when the link has taken it). Default `'acknowledged'`.
   */
  until?: 'queued' | 'sent' | 'acknowledged';
  /** ms until `PUBLISH_TIMEOUT`. A queued message is removed; the delivery of a sent message continues. Default: no timeout. */
  timeout?: number;
  /**
   * True: `timeout` and unsubscribing also withdraw a QoS 1 or 2 message that has been sent, so that it is not resent on another
   * connection. It is then not known whether the message was delivered: `ack$` emits `DELIVERY_GIVEN_UP` with `'indeterminate'`, or the
   * acknowledgement if it arrives on this connection. The delivery of a QoS 2 message is completed if the broker has sent PUBREC.
   * Default false.
   */
  withdraw?: boolean;
  /**
   * Your own name for the message, such as the number of an order: `ack$`, `outbox$` and the results show it, and with a `store`, a restart
   * keeps it. It is not sent. At most 65,535 bytes as UTF-8.
   */
  tag?: string;
  /** Makes the payload when `publish()` is subscribed: `json()`, `text`, `bytes`, or your own object. */
  encode?: PayloadEncoder<T>;
}

/** One message of `publishAll`, with the arguments and options of `publish()` as its keys. */
export interface OutgoingMessage<T = Payload> extends Omit<PublishOptions<T>, keyof AbortOptions> {
  topic: string;
  payload?: T;
}

/** The options of `publishAll`. Those of `publish()` apply to each message that does not set them itself. */
export interface PublishAllOptions<T = Payload> extends PublishOptions<T> {
  /**
   * The maximum number of messages that are published at the same time, that is, that have no outcome yet. Default: 1,000, but for QoS 1
   * and 2 no more than the Receive Maximum of the broker. Whatever you set, a message enters the queue of the client only while that is
   * less than half full; until then it waits outside.
   */
  concurrency?: number;
  /**
   * Emit outcomes in the order of the messages. A slow outcome delays those of later messages, which count for `concurrency` until then.
   * Default false.
   */
  ordered?: boolean;
  /** The maximum number of messages from an observable source that may wait. Default Infinity. */
  buffer?: number;
  /**
   * What happens when `buffer` is full. `'refuse'`: the new message gets `QUEUE_FULL`. `'evictOldest'`: the oldest message that waits gets
   * `MESSAGE_EVICTED`. Default `'refuse'`.
   */
  overflow?: 'refuse' | 'evictOldest';
}

/** How a client disconnects (5.0 section 3.14). */
export interface DisconnectOptions extends AbortOptions {
  /**
   * The maximum ms to wait until queued messages and messages in flight have settled. A client without a connection goes on connecting
   * meanwhile. Default 0.
   */
  drain?: number;
  /** Publish the will: the broker does it in 5.0 (reason code 0x04), this client before it disconnects in 3.x. Default false. */
  will?: boolean;
  /** The reason code of DISCONNECT, 5.0. Default 0, or 0x04 with `will`. */
  reasonCode?: number;
  /**
   * s, 5.0: how long the broker keeps the session from now. Default: as negotiated by CONNECT. A value above 0 is `INVALID_ARGUMENT` if the
   * session expiry of CONNECT is 0 (5.0 section 3.14.2.2.2).
   */
  sessionExpiry?: number;
  /** 5.0. Properties that exceed the Maximum Packet Size of the broker are left out, user properties first. */
  properties?: Pick<NonNullable<DisconnectPacket['properties']>, 'reasonString' | 'userProperties'>;
}
