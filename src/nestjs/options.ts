import type {
  ConsumeOptions,
  HandlerRetryOptions,
  MqttClient,
  MqttOptions,
  PayloadCodec,
  QoS,
  ServerOptions,
} from '../index.js';

/** A codec of any type, of which the `never` lets all in. */
export type AnyCodec = PayloadCodec<unknown, never>;

/** What both sides have in common: the client, or how to create it. */
export interface MqttConnectionOptions {
  /**
   * A client of your own. `close()` ends what was subscribed through it, and leaves it connected. Without it, `url` and `options` create
   * one, which `close()` disconnects.
   */
  client?: MqttClient;
  /** The URL of the broker, or several, as for `mqtt()`. Default `'mqtt://localhost'`. */
  url?: string | readonly (string | ServerOptions)[];
  /** The options of the client, as for `mqtt()`. */
  options?: MqttOptions;
  /** The QoS of subscriptions, events, requests and replies for which nothing else is said. Default 1. */
  qos?: QoS;
  /**
   * ms that `close()` waits for running handlers, and for messages that are not acknowledged. Then it unsubscribes the handlers; their
   * messages stay unacknowledged. Default 10,000.
   */
  shutdownTimeout?: number;
}

/** The options of an {@link MqttServer}. */
export interface MqttServerOptions extends MqttConnectionOptions {
  /** How handlers are subscribed, and how their messages are acknowledged, if they do not say it themselves. */
  handlers?: MqttHandlerOptions;
  /**
   * Whether a reply may be published to the response topic of a request. The requester chooses it, and this service publishes with its own
   * permissions. A refused request is handled, and gets no reply. Default: every topic that does not begin with `$`.
   */
  replyTo?: (topic: string) => boolean;
}

/**
 * How the messages of a handler are subscribed and acknowledged: the last argument of `@EventPattern` and `@MessagePattern`.
 *
 * @example
 * ```ts
 * @EventPattern('meters/+id/reading', { qos: 2, group: 'billing', onError: 'retry' } satisfies MqttHandlerOptions)
 * ```
 */
export interface MqttHandlerOptions extends Pick<
  ConsumeOptions,
  | 'qos'
  | 'noLocal'
  | 'retainAsPublished'
  | 'retainHandling'
  | 'unsubscribeOnLeave'
  | 'buffer'
  | 'reasonCode'
  | 'reconnectAfter'
> {
  /** The name of a shared subscription: each message goes to one of the services that subscribe with this name (5.0 section 4.8.2). */
  group?: string;
  /**
   * Reads the data of messages, and writes replies, but not errors. A message that it cannot read does not reach the handler, and its
   * sender gets no reply: it is on `undecodable$` of the client. With a codec, only requests with a response topic (5.0) are answered. Default:
   * JSON or text, and bytes of what is neither. Binary payloads need a codec, such as `bytes`, because some of them look like text.
   */
  codec?: PayloadCodec<unknown, never>;
  /** How many messages may be handled at a time. Default 1 for events, which keeps their order, and 100 for requests. */
  concurrency?: number;
  /**
   * What happens to a message whose handler fails, after the exception filters. `'reject'`: the broker learns that it was not processed
   * (5.0; acknowledged in 3.x) and does not send it again. `'ack'`: it is acknowledged. `'leave'`: it stays unacknowledged until the next
   * connection. `'retry'`: the handler is called again; see `retry`. A failed request is answered with its error, and is then
   * acknowledged. Default `'reject'`.
   */
  onError?: 'reject' | 'ack' | 'leave' | 'retry';
  /** With `onError: 'retry'`: the delays, the number of retries, and what happens after the last (default `'reject'`). */
  retry?: Omit<HandlerRetryOptions, 'giveUp'> & { giveUp?: 'reject' | 'ack' | 'leave' };
}

/** The options of an {@link MqttClientProxy}. */
export interface MqttClientProxyOptions extends MqttConnectionOptions {
  /**
   * How requests are sent and answered, and events are written. `'auto'`: by response topic and correlation data on a 5.0 connection, and
   * as `'nest'` in 3.x. Events are the plain data. `'nest'`: as NestJS's own MQTT transport does: data in an envelope of JSON, replies at
   * `<topic>/reply`. Use it to talk to services that have not moved yet. Default `'auto'`.
   */
  convention?: 'auto' | 'nest';
  /**
   * Writes the data of events and requests, and reads replies, but not errors. With it, requests need MQTT 5.0 (`NOT_SUPPORTED`), and
   * `convention: 'nest'` is refused. Default: text and bytes as they are, everything else as JSON.
   */
  codec?: PayloadCodec<unknown, never>;
  /** ms until a request errors with `REQUEST_TIMEOUT`: from the request to the first reply, and from reply to reply. 0: never. Default 30,000. */
  timeout?: number;
}
