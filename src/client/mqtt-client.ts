/// <reference lib="esnext.disposable" preserve="true" />
import type { Observable } from 'rxjs';
import type { AckableMessage, MqttMessage, Payload, TopicParams } from '../message.js';
import type {
  AbortOptions,
  DisconnectOptions,
  TopicFilters,
  TopicOptions,
  UnsubscribeOptions,
} from '../options/call-options.js';
import type { ConsumeOptions, Consumed } from '../options/consume-options.js';
import type { MessageHandler } from '../operators/ack-after.js';
import type { Reply, RequestOptions, RespondOptions } from '../options/request-options.js';
import type { AckEvent, ClientStats, PacketEvent, Responded, UndecodableMessage, Unsubscribed } from '../results.js';
import type { Connack, ConnectionState } from '../state.js';
import type { MqttWarning } from '../warnings.js';
import type { MqttPublisher } from './mqtt-publisher.js';

/**
 * An MQTT client whose state, messages and operations are Observables.
 *
 * A method that returns an Observable does nothing until you subscribe. Names that end in `$` are shared streams; plain verbs act
 * once per subscription. A lost connection is a value of `connection$`, and never an error of another stream.
 */
export interface MqttClient extends MqttPublisher, AsyncDisposable {
  /**
   * Connects, or waits for the connection that is being made. After `disconnect()` it opens the client again.
   *
   * Emits the broker's CONNACK, synchronously if connected, then completes. Errors with the reason when the reconnect strategy gives up.
   * Unsubscribing stops the waiting, not the connecting. Acts per subscription.
   *
   * ![connect() from the call to CONNACK](../../docs/marbles/connect.svg)
   */
  connect(options?: AbortOptions): Observable<Connack>;

  /**
   * The states of the connection. Emits the current state, then each new one. Never errors; completes after `'closed'` (subscribe
   * again after a later `connect()`). Unsubscribing has no effect on the connection. Shared. While nobody is subscribed, `console.warn`
   * reports the first failed attempt, every tenth one, and the recovery; see the option `quiet`.
   *
   * ![The states of a connection that breaks, comes back and is left](../../docs/marbles/connection-states.svg)
   */
  readonly connection$: Observable<ConnectionState>;

  /** The current state of the connection, which a new subscriber of `connection$` gets first. */
  readonly connection: ConnectionState;

  /**
   * Every packet in both directions, without passwords and authentication data; see `received()` and `sent()`. It does no work while
   * nobody is subscribed. Never errors or completes. Shared.
   */
  readonly packet$: Observable<PacketEvent>;

  /** The outcome of every publish, subscribe and unsubscribe of this client. Never errors or completes. Shared. */
  readonly ack$: Observable<AckEvent>;

  /**
   * Received messages that no `topic$` takes; see the option `unrouted`. Messages that a stream with `ack: 'manual'` left
   * unacknowledged are not among them, except at QoS 0. Never errors or completes. Shared.
   */
  readonly unrouted$: Observable<MqttMessage>;

  /** Messages for which the `decode` of a `topic$` threw, whatever its `onDecodeError` is. Never errors or completes. Shared. */
  readonly undecodable$: Observable<UndecodableMessage>;

  /**
   * Warnings of this client; see {@link MqttWarning}. While nobody is subscribed, `console.warn` gets the first warning of each code
   * (see the option `quiet`). Never errors or completes. Shared.
   */
  readonly warning$: Observable<MqttWarning>;

  /** The statistics: at first, and every second if they have changed. Never errors or completes. Acts per subscription. */
  readonly stats$: Observable<ClientStats>;

  /**
   * The messages of a topic filter, or of several as one stream (5.0 sections 4.7 and 4.8.2: `+`, `#`, `$share/group/filter`).
   *
   * Shared per filter and options: the first subscriber sends SUBSCRIBE, the last one UNSUBSCRIBE. The stream receives from the moment
   * you subscribe, even before there is a connection, and survives reconnects. One SUBSCRIBE carries all filters of one tick.
   *
   * You can name wildcards: `devices/+id/#rest` is `devices/+/#` at the broker, and `message.params` is `{ id, rest }` of the first
   * filter that matches; `rest` is `''` for `devices/7`. `decode` turns the payload into `message.value`.
   *
   * In a list, `[filter, options]` gives one filter options of its own; for filters such as `$queue/filter` see `topicPrefixes`.
   * With `ack: 'manual'` the subscriber acknowledges each message. What it has not acknowledged when it unsubscribes goes to the next
   * stream with `ack: 'manual'` for its topic, or is delivered again on the next connection if the session still exists.
   *
   * Emits each message once, however many of its filters match. Completes on `disconnect()`. Errors with `SUBSCRIBE_REFUSED` when the
   * broker refuses a filter of its own or closes connections because of it (`maxDeliveries`), `NOT_SUPPORTED` or `PACKET_TOO_LARGE` when
   * the limits of the broker exclude one, `INVALID_ARGUMENT`, `SUBSCRIPTION_CONFLICT`, `CLIENT_CLOSED`, or what closed the client.
   *
   * ![Two subscribers share one subscription](../../docs/marbles/topic-sharing.svg)
   */
  topic$<const F extends TopicFilters, V = undefined>(
    filter: F,
    options: TopicOptions<V> & { ack: 'manual' },
  ): Observable<AckableMessage<V, TopicParams<F>>>;
  /** The messages of a topic filter, or of several as one stream, acknowledged by this client; see the first form. */
  topic$<const F extends TopicFilters, V = undefined>(
    filter: F,
    options?: TopicOptions<V>,
  ): Observable<MqttMessage<V, TopicParams<F>>>;

  /**
   * Calls a handler for each message of a topic filter, and acknowledges the message when the handler has completed. It is `topic$` with
   * `ack: 'manual'`, followed by `ackAfter()`.
   *
   * Emits the outcome of each message. Completes on `disconnect()`, after the running handlers. Errors as `topic$` does, with the error
   * of a handler if `onError` is `'fail'` (the default), and with `RECEIVE_OVERFLOW` if `buffer.overflow` is `'error'`. Unsubscribing
   * unsubscribes the running handlers; their messages, and those that wait, stay unacknowledged. Acts per subscription.
   *
   * ![A PUBACK follows each handler](../../docs/marbles/consume.svg)
   *
   * @param handler - returns an observable, a promise or an iterable, or nothing if it is synchronous.
   */
  consume<const F extends TopicFilters, R = never, V = undefined>(
    filter: F,
    handler: MessageHandler<AckableMessage<V, TopicParams<F>>, R>,
    options?: ConsumeOptions<V>,
  ): Observable<Consumed<R, AckableMessage<V, TopicParams<F>>>>;

  /**
   * Publishes a request and waits for its reply; each subscription is one request (5.0 section 4.10, and by topics in 3.x).
   *
   * The request is sent when the broker has acknowledged the subscription for replies. All requests of the client share it, and it stays
   * for 60 s after the last of them. A request of QoS 1 survives a reconnect.
   *
   * Emits each reply, and completes after the last. A reply that arrives too late is emitted on `unrouted$`. Errors with
   * `REQUEST_TIMEOUT`, `NO_RESPONDER`, `SUBSCRIBE_REFUSED` for the replies, `DECODE_FAILED`, `CLIENT_CLOSED`, or as `publish()` does.
   * Unsubscribing stops the waiting, and withdraws the request while it is queued.
   *
   * ![A request and its reply](../../docs/marbles/request.svg)
   *
   * @param payload - as for `publish()`.
   */
  request<T = Payload, V = undefined>(
    topic: string,
    payload?: NoInfer<T>,
    options?: RequestOptions<T, V>,
  ): Observable<MqttMessage<V>>;

  /**
   * Answers requests: calls the handler with each message that has a response topic, and publishes what it returns to that topic.
   * The handler returns one reply, a promise of one, or an Observable of any number; strings and arrays are one reply.
   *
   * Emits the outcome of each request; a handler or a reply that fails is a value, and does not end the stream. A duplicate of a request
   * (QoS 1) is handled again. Completes on `disconnect()`; errors as `topic$` does. Unsubscribing ends the subscription, unsubscribes the
   * running handlers and withdraws queued replies. Acts per subscription.
   *
   * ![A request is answered](../../docs/marbles/respond.svg)
   *
   * @param filter - as for `topic$`, with named wildcards; in 3.x it cannot end in `#`.
   */
  respond<const F extends string | readonly string[], T = Payload, V = undefined>(
    filter: F,
    handler: (request: MqttMessage<V, TopicParams<F>>) => Reply<NoInfer<T>>,
    options?: RespondOptions<T, V>,
  ): Observable<Responded>;

  /**
   * Ends subscriptions at the broker, also those that an earlier program made in a session that lasts (5.0 section 3.10). Write filters
   * as for `topic$`. A stream that lingers without subscribers ends.
   *
   * Emits once, when the broker has confirmed all, then completes. It sends UNSUBSCRIBE again if the connection ends before UNSUBACK.
   * Errors with `UNSUBSCRIBE_REFUSED` when the broker refuses one or closes connections because of them (`maxDeliveries`),
   * `SUBSCRIPTION_CONFLICT` while a stream uses one, `PACKET_TOO_LARGE`, `INVALID_ARGUMENT`, `CLIENT_CLOSED`.
   * Unsubscribing cancels what is not sent yet. Acts per subscription.
   */
  unsubscribe(filters: string | readonly string[], options?: UnsubscribeOptions): Observable<Unsubscribed>;

  /**
   * Authenticates again on the live connection, by the option `authentication` (5.0 section 4.12.1): before a token expires, or when
   * permissions have changed. All other traffic continues meanwhile.
   *
   * Emits once, when both sides have accepted, then completes. Errors with `NOT_CONNECTED`, `NOT_SUPPORTED` without that option, or
   * `AUTHENTICATION_FAILED`. A failure, or more than `connectTimeout` ms, ends the connection, and the reconnect strategy decides.
   * Unsubscribing stops the waiting, not the authentication. Acts per subscription; a later subscription waits for the same exchange.
   *
   * ![AUTH on a live connection](../../docs/marbles/reauthenticate.svg)
   */
  reauthenticate(options?: AbortOptions): Observable<void>;

  /**
   * Closes the client: sends DISCONNECT, then closes the network connection. Streams of topics complete, and pending messages settle.
   *
   * A `store` then writes what is not durable yet and closes, for at most 10 s. It keeps its messages: their publishes error with
   * `CLIENT_CLOSED` and `delivery: 'stored'`, and `connect()` goes on with them. While it closes, `publish()` errors with `CLIENT_CLOSED`,
   * `discard()` returns false, and no message in it settles: a timeout or expiry waits for the next opening.
   *
   * Emits nothing; completes when the client is closed, in bounded time. Errors with `INVALID_ARGUMENT` only. Unsubscribing stops the
   * waiting, not the closing. Acts per subscription; a later subscription waits for the same end.
   *
   * ![Messages in flight settle, then DISCONNECT is sent](../../docs/marbles/disconnect.svg)
   */
  disconnect(options?: DisconnectOptions): Observable<never>;

  /**
   * Drops the connection, or the wait for one, and makes an attempt immediately, without backoff.
   *
   * Emits the new CONNACK, then completes. Errors when the reconnect strategy gives up. Acts per subscription.
   */
  reconnect(options?: AbortOptions): Observable<Connack>;

  /** Calls `disconnect()` and subscribes to it: for `finally` and `onDestroy`. Never throws. */
  close(): void;
}
