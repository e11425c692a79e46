import type { Observable, OperatorFunction } from 'rxjs';
import type { Payload } from '../message.js';
import type { OutgoingMessage, PublishAllOptions, PublishOptions } from '../options/call-options.js';
import type { OutboxEntry, PublishOutcome, PublishResult, Restored } from '../results.js';

/** The part of a client that publishes, and shows what is not settled yet. */
export interface MqttPublisher {
  /**
   * Publishes one message; each subscription publishes it once.
   *
   * Emits a result when the message has come as far as `until` asks, then completes. Errors when it was refused, timed out, expired or was
   * evicted, or when its session or the client ended first; `delivery` of the error tells `'rejected'` (certainly not delivered) from
   * `'indeterminate'`. Unsubscribing withdraws it while it is queued. Once sent, QoS 1 and 2 continue, and `ack$` emits their outcome.
   *
   * ![Queued, sent, acknowledged](../../docs/marbles/publish-until.svg)
   *
   * @param payload - text is sent as UTF-8. Bytes are not copied: do not change them until the message has settled. With `encode` it
   *   is whatever the encoder takes.
   */
  publish<T = Payload>(topic: string, payload?: NoInfer<T>, options?: PublishOptions<T>): Observable<PublishResult>;

  /**
   * Publishes all messages of a source. Called without messages, it returns an operator. Called with an iterable (also an asynchronous one,
   * such as a stream of Node), it returns an Observable that pulls messages while the queue has room for them.
   *
   * Emits one outcome per message, with the object of the source as `message`, as messages settle or in order (`ordered`). A message that
   * the broker refuses, or that is not valid, has an outcome too. Messages are sent in the order of the source. An Observable cannot be
   * slowed down: messages that it emits faster than the broker takes them wait in a `buffer`.
   *
   * Completes after the source and the last outcome. Errors when the source does, after the outcomes of the messages before; with
   * `INVALID_ARGUMENT` for its options; with `CLIENT_CLOSED` if the client is closed when you subscribe, or if the client closes with an
   * error. `disconnect()` completes it, after the outcomes of the messages that it had taken. Unsubscribing withdraws messages that are
   * not sent; the others continue, and `ack$` emits their outcomes. Acts per subscription.
   *
   * ![The broker's Receive Maximum slows publishing down](../../docs/marbles/publish-all.svg)
   */
  publishAll<T = Payload>(
    options?: PublishAllOptions<T>,
  ): OperatorFunction<OutgoingMessage<NoInfer<T>>, PublishOutcome<T>>;
  /** Publishes the messages of an iterable, and pulls them while there is room; see the operator. */
  publishAll<T = Payload>(
    messages: Iterable<OutgoingMessage<NoInfer<T>>> | AsyncIterable<OutgoingMessage<NoInfer<T>>>,
    options?: PublishAllOptions<T>,
  ): Observable<PublishOutcome<T>>;

  /**
   * The messages that wait or are in flight, in the order of sending. Emits them first, then once for each turn in which they have changed,
   * as a new list of all, so subscribe to it for display and not for each message. Never errors or completes. Acts per subscription.
   */
  readonly outbox$: Observable<readonly OutboxEntry[]>;

  /**
   * What the `store` knew of the session. Emits once when the store is open, synchronously if it is, then completes; completes without a
   * value if there is no `store`. Subscribing opens the store, which connects if it has messages and `autoConnect` is true. Errors with
   * `STORE_IN_USE`, `STORE_UNREADABLE` or `STORE_FAILED`, which also close the client. `ack$` emits the outcomes of restored messages.
   */
  readonly restored$: Observable<Restored>;

  /**
   * Takes the message of an entry of `outbox$` or `restored$` out of the queue, also out of the `store`. Its `publish()` errors with
   * `MESSAGE_DISCARDED`. A message that was sent is not sent again, as with the option `withdraw`, and `DELIVERY_GIVEN_UP` tells that
   * its delivery is unknown. Returns false if the message has settled, if it is of QoS 2 and the broker has received it, or while the
   * `store` closes, which keeps the message.
   *
   * @throws MqttError `INVALID_ARGUMENT` for anything but an entry that the client emitted.
   */
  discard(entry: OutboxEntry): boolean;
}
