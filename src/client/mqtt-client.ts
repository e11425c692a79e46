/// <reference lib="esnext.disposable" preserve="true" />
import type { Observable, OperatorFunction } from 'rxjs';
import type { AckableMessage, MqttMessage, Payload, TopicParams } from '../message.js';
import type {
  DisconnectOptions,
  OutgoingMessage,
  PublishAllOptions,
  PublishOptions,
  TopicFilters,
  TopicOptions,
  UnsubscribeOptions,
} from '../options/call-options.js';
import type { ConsumeOptions, Consumed } from '../options/consume-options.js';
import type { MessageHandler } from '../operators/ack-after.js';
import type { Reply, RequestOptions, RespondOptions } from '../options/request-options.js';
import type {
  AckEvent,
  ClientStats,
  PacketEvent,
  PublishOutcome,
  PublishResult,
  Responded,
  UndecodableMessage,
  Unsubscribed,
} from '../results.js';
import type { Connack, ConnectionState } from '../state.js';
import type { MqttWarning } from '../warnings.js';

/**
 * An MQTT client as streams.
 *
 * A method that returns an Observable does nothing until it is subscribed. Names that end in `$` are shared streams; plain verbs act
 * once per subscription. Trouble with the network is a value on `connection$`, never an error of another stream.
 */
export interface MqttClient extends AsyncDisposable {
  /**
   * Connects, or joins what is going on; after `disconnect()` it opens the client again.
   *
   * Emits the broker's CONNACK, then completes; at once when connected. Errors with the reason when the reconnect strategy gives up.
   * Unsubscribing stops waiting, not connecting. Acts per subscription.
   *
   * ![connect() from the call to CONNACK](../../docs/marbles/connect.svg)
   */
  connect(): Observable<Connack>;

  /**
   * The life of the connection. Emits the present state first, then each new one. Never errors; completes after `'closed'` (subscribe
   * again after a later `connect()`). Unsubscribing has no effect on the connection. Shared. While nobody is subscribed, `console.warn`
   * tells of the first failed attempt, of every tenth one, and of the recovery; see the option `quiet`.
   *
   * ![The states of a connection that breaks, comes back and is left](../../docs/marbles/connection-states.svg)
   */
  readonly connection$: Observable<ConnectionState>;

  /** What `connection$` would emit now. */
  readonly connection: ConnectionState;

  /**
   * Every packet, both ways, without passwords and authentication data; costs nothing unobserved. See `received()` and `sent()`.
   * Never errors or completes. Shared.
   */
  readonly packet$: Observable<PacketEvent>;

  /** Every settled publish, subscribe and unsubscribe, whoever asked for it. Never errors or completes. Shared. */
  readonly ack$: Observable<AckEvent>;

  /**
   * Messages that came and that no `topic$` claimed; see the option `unrouted`. Not those that a stream with `ack: 'manual'` has left
   * unanswered, except at QoS 0. Never errors or completes. Shared.
   */
  readonly unrouted$: Observable<MqttMessage>;

  /** Messages that the `decode` of a `topic$` could not read, whatever its `onDecodeError` says. Never errors or completes. Shared. */
  readonly undecodable$: Observable<UndecodableMessage>;

  /**
   * What is no error, and should be known; see {@link MqttWarning}. While nobody is subscribed, `console.warn` says each code once
   * (see the option `quiet`). Never errors or completes. Shared.
   */
  readonly warning$: Observable<MqttWarning>;

  /** Figures of the client: now, then whenever they changed, looked at once a second. Never errors or completes. Per subscription. */
  readonly stats$: Observable<ClientStats>;

  /**
   * The messages of a topic filter, or of several as one stream (5.0 sections 4.7 and 4.8.2: `+`, `#`, `$share/group/filter`).
   *
   * Shared per filter and options: SUBSCRIBE for the first subscriber, UNSUBSCRIBE after the last. The route is there from the moment
   * of subscription, before the connection is, and survives reconnects. All filters asked for in one tick go in one SUBSCRIBE.
   *
   * Wildcards can be named: `devices/+id/#rest` is `devices/+/#` at the broker, and `message.params` is `{ id, rest }`, of the first
   * filter that matches; `rest` is `''` for `devices/7`. `decode` makes `message.value` of the payload.
   *
   * In a list, `[filter, options]` gives one filter options of its own; for `$queue/filter` and its kin see `topicPrefixes`.
   * With `ack: 'manual'` each message is acknowledged by its subscriber. What is not answered when it unsubscribes goes to the next
   * stream with `ack: 'manual'` that is subscribed for its topic, or comes again on the next connection, if the session lasts.
   *
   * Emits each message once, however many of its filters match. Completes on `disconnect()`. Errors with `SUBSCRIBE_REFUSED` when the
   * broker refuses one of its own filters or hangs up at it (`maxDeliveries`), `NOT_SUPPORTED` or `PACKET_TOO_LARGE` when its limits rule
   * one out, `INVALID_ARGUMENT`, `SUBSCRIPTION_CONFLICT`, `CLIENT_CLOSED`, or the reason for which the reconnect strategy gave up.
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
   * Handles the messages of a topic filter, and acknowledges each when its handler has completed: `topic$` with `ack: 'manual'`, and
   * `ackAfter()`.
   *
   * Emits how it went with each message. Completes on `disconnect()`, when the handlers that run have. Errors as `topic$` does, with the
   * handler's error where `onError` is `'fail'` (the default), and with `RECEIVE_OVERFLOW` where `buffer.overflow` is `'error'`.
   * Unsubscribing unsubscribes the handlers that run; their messages, and those that wait, are left unacknowledged. Acts per subscription.
   *
   * ![A PUBACK follows each handler](../../docs/marbles/consume.svg)
   *
   * @param handler - gives an observable, a promise or an iterable, or nothing when it is done at once.
   */
  consume<const F extends TopicFilters, R = never, V = undefined>(
    filter: F,
    handler: MessageHandler<AckableMessage<V, TopicParams<F>>, R>,
    options?: ConsumeOptions<V>,
  ): Observable<Consumed<R, AckableMessage<V, TopicParams<F>>>>;

  /**
   * Publishes one message; one subscription is one PUBLISH.
   *
   * Emits a result when the message has come as far as `until` asks, then completes. Errors when it was refused, timed out, expired,
   * was evicted, or can no longer be settled; `delivery` of the error tells `'rejected'` (certainly not delivered) from
   * `'indeterminate'`. Unsubscribing drops it while it is queued; once sent, QoS 1 and 2 go on, and their end shows on `ack$`.
   *
   * ![Queued, sent, acknowledged](../../docs/marbles/publish-until.svg)
   *
   * @param payload - text is sent as UTF-8. Bytes are not copied: leave them alone until the message has settled. With `encode` it is
   *   whatever that takes.
   */
  publish<T = Payload>(topic: string, payload?: NoInfer<T>, options?: PublishOptions<T>): Observable<PublishResult>;

  /**
   * Publishes all messages of a stream: an operator, or, given an iterable (also an asynchronous one, such as a stream of Node), an
   * Observable that asks it for messages as there is room for them.
   *
   * Emits one outcome a message, `message` being the object that came, as they settle or in order (`ordered`): that the broker refused
   * a message, or that it cannot be a message, is an outcome too. Messages go out in the order of the source. An Observable cannot be
   * slowed down: what it emits faster than the broker takes it waits in a `buffer`.
   *
   * Completes when the source has and the last outcome is told. Errors when the source does, after the outcomes of what came
   * before; with `INVALID_ARGUMENT` for its options; with `CLIENT_CLOSED` when subscribed while the client is closed, or when the
   * client ends with an error. `disconnect()` completes it, after the outcomes of all that it had taken. Unsubscribing drops what has
   * not been sent; what has been goes on, and shows on `ack$`. Acts per subscription.
   *
   * ![The window of the broker is the brake](../../docs/marbles/publish-all.svg)
   */
  publishAll<T = Payload>(
    options?: PublishAllOptions<T>,
  ): OperatorFunction<OutgoingMessage<NoInfer<T>>, PublishOutcome<T>>;
  /** Publishes what an iterable gives, and asks it as there is room; see the operator. */
  publishAll<T = Payload>(
    messages: Iterable<OutgoingMessage<NoInfer<T>>> | AsyncIterable<OutgoingMessage<NoInfer<T>>>,
    options?: PublishAllOptions<T>,
  ): Observable<PublishOutcome<T>>;

  /**
   * Publishes a request and waits for its reply; one subscription is one request (5.0 section 4.10, and by topics in 3.x).
   *
   * The request goes out when the broker has acknowledged the subscription to the replies, which all requests of the client share and
   * which stays for 60 s after the last of them. Across a reconnect a request of QoS 1 goes on.
   *
   * Emits each reply, completes after the last. A reply that nobody waits for any more shows on `unrouted$`. Errors with
   * `REQUEST_TIMEOUT`, `NO_RESPONDER`, `SUBSCRIBE_REFUSED` for the replies, `DECODE_FAILED`, `CLIENT_CLOSED`, or as `publish()` does.
   * Unsubscribing forgets the request, and drops it while it is queued.
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
   * Answers requests: the handler is called with each message that says where its reply goes, and what it gives is published there.
   * It gives one reply, a promise of one, or an Observable of any number; strings and arrays are one reply.
   *
   * Emits what became of each request; a handler or a reply that fails is a value, not the end. A duplicate of a request (QoS 1) is
   * handled again. Completes on `disconnect()`; errors as `topic$` does. Unsubscribing gives up the subscription, the handlers that
   * are at work, and replies that are still queued. Acts per subscription.
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
   * Ends subscriptions at the broker, also those of an earlier program in a session that lasts (5.0 section 3.10). Filters are
   * written as for `topic$`. A stream that lingers without subscribers ends.
   * Emits once, when the broker has confirmed all, then completes. It is asked again when the connection ends before UNSUBACK. Errors with
   * `UNSUBSCRIBE_REFUSED` when the broker refuses one of them or hangs up at them (`maxDeliveries`), `SUBSCRIPTION_CONFLICT` while a
   * stream holds one, `PACKET_TOO_LARGE`, `INVALID_ARGUMENT`, `CLIENT_CLOSED`.
   * Unsubscribing stops what is not sent yet. Acts per subscription.
   */
  unsubscribe(filters: string | readonly string[], options?: UnsubscribeOptions): Observable<Unsubscribed>;

  /**
   * Authenticates anew on the live connection, by the option `authentication` (5.0 section 4.12.1): before a token expires, or when
   * rights have changed. Everything else goes on meanwhile.
   *
   * Emits once, when both sides have accepted, then completes. Errors with `NOT_CONNECTED`, `NOT_SUPPORTED` without that option, or
   * `AUTHENTICATION_FAILED`; a failure, or more than `connectTimeout` ms, ends the connection, and the reconnect policy decides.
   * Unsubscribing stops waiting, not authenticating. Acts per subscription; a later one joins.
   *
   * ![AUTH on a live connection](../../docs/marbles/reauthenticate.svg)
   */
  reauthenticate(): Observable<void>;

  /**
   * Ends the connection in order: DISCONNECT, then the link closes. Streams of topics complete, what still waits settles.
   *
   * Emits nothing; completes when the client is closed, in bounded time. Errors with `INVALID_ARGUMENT` only. Unsubscribing stops
   * waiting, not closing. Acts per subscription; a later one joins.
   *
   * ![What is on its way, then DISCONNECT](../../docs/marbles/disconnect.svg)
   */
  disconnect(options?: DisconnectOptions): Observable<never>;

  /**
   * Drops this connection, or the wait for one, and attempts now, whatever the backoff says.
   *
   * Emits the new CONNACK, then completes. Errors when the reconnect strategy gives up. Acts per subscription.
   */
  reconnect(): Observable<Connack>;

  /** `disconnect()` at once and without an answer: for `finally` and `onDestroy`. Never throws. */
  close(): void;
}
