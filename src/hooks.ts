import type { MqttError } from './errors.js';
import type { MqttMessage, PublishProperties, QoS, UserProperties } from './message.js';
import type { RequestOptions } from './options/request-options.js';
import type { TopicOptions } from './options/call-options.js';

/**
 * Functions that a client calls around what it does, for tracing, metrics and the like: see `addHooks()`. All are optional.
 *
 * A function gets what begins, and may return an object with functions for what follows. The functions are called synchronously, so they
 * must be fast. What one of them throws becomes the warning `HOOK_FAILED`, and changes nothing for the client.
 */
export interface ClientHooks {
  /**
   * Called for each message that the client takes: from each subscription of `publish()`, from `publishAll()`, and for each request and
   * reply. It is not called for what is refused before, such as an invalid topic, and for what an earlier process has stored.
   */
  onPublish?(message: OutgoingMessageInfo): PublishHooks | void;
  /**
   * Called once for each received message that is valid, before streams get it.
   *
   * @param filters - the filters of the streams that get it now, as they are at the broker. Empty if no stream takes it: it goes to
   *   `unrouted$`, or waits for a stream, which gets it later without another call.
   */
  onReceive?(message: MqttMessage, filters: readonly string[]): RunHooks | void;
  /** Called for each call of a handler of `consume()`, `ackAfter()` and `respond()`, before the call. */
  onHandle?(handling: HandlingInfo): OperationHooks | void;
  /** Called for each subscription of `request()` with valid arguments. */
  onRequest?(request: RequestInfo): RequestHooks | void;
  /** Called for each subscriber of a stream of messages: of `topic$`, of `consume()`, and of the streams that requests and replies use. */
  onStream?(stream: StreamInfo): EndHooks | void;
}

/** A message that is being published, before it is queued. */
export interface OutgoingMessageInfo {
  /** Which method publishes it. */
  readonly origin: 'publish' | 'publishAll' | 'request' | 'reply';
  readonly topic: string;
  /** The bytes that are sent. Do not change them. */
  readonly payload: Uint8Array;
  /** The QoS that was asked for. The connection may lower it. */
  readonly qos: QoS;
  readonly retain: boolean;
  readonly properties: PublishProperties | undefined;
  readonly tag: string | undefined;
}

/** What follows for a published message. The first of `onQueued` and `onSettled` is called before `publish()` has subscribed. */
export interface PublishHooks {
  /**
   * Added to the user properties of the message, after its own. They are sent on a 5.0 connection only. They are left out if they are not
   * valid (`HOOK_FAILED`), and where the broker would not take the message with them.
   */
  readonly userProperties?: UserProperties | undefined;
  /** The queue has taken the message. */
  onQueued?(): void;
  /** The link has taken the PUBLISH. It is called again each time that the message is sent again. */
  onSent?(sent: SentInfo): void;
  /**
   * The message has settled. It is the last call, and there is exactly one, however long after the end of `publish()`: a message of which
   * only `until: 'sent'` was awaited, or whose `timeout` has passed while it was in flight, settles with its acknowledgement. A message
   * that the session keeps when the client closes settles then.
   */
  onSettled?(settlement: PublishSettlement): void;
}

/** How a PUBLISH was sent. */
export interface SentInfo {
  readonly qos: QoS;
  /** Undefined for QoS 0. */
  readonly packetId: number | undefined;
  /** Whether it was sent before in this session. */
  readonly dup: boolean;
}

/** What has become of a published message. `'withdrawn'`: its subscriber has unsubscribed before it was sent. */
export type PublishSettlement =
  | { readonly delivery: 'delivered'; readonly qos: QoS; readonly reasonCode: number }
  | { readonly delivery: 'rejected' | 'indeterminate' | 'stored'; readonly error: MqttError }
  | { readonly delivery: 'withdrawn' };

/** Wraps what happens inside of an operation. */
export interface RunHooks {
  /**
   * Calls `call`, once and synchronously, so that something can be in effect meanwhile, such as the active context of a trace. If it
   * does not, the client does.
   */
  run?(call: () => void): void;
}

/** What follows for something that ends. */
export interface EndHooks {
  /** It has ended. It is the last call. */
  onEnded?(ending: Ending): void;
}

/** How something has ended. `'unsubscribed'`: its subscriber has left before. */
export type Ending =
  | { readonly status: 'completed' }
  | { readonly status: 'failed'; readonly error: unknown }
  | { readonly status: 'unsubscribed' };

/** What follows for a handler or a request. `run` wraps the call of the handler and the publishing of each request and reply. */
export interface OperationHooks extends RunHooks, EndHooks {}

/** A call of a handler. */
export interface HandlingInfo {
  readonly message: MqttMessage;
  /** Which method the handler was passed to. `'consume'` is also `ackAfter()`. */
  readonly by: 'consume' | 'respond';
  /** The filters of the stream of the message, as they are at the broker. */
  readonly filters: readonly string[];
  /** Counts the calls for this message from 1; more than 1 with `onError: 'retry'`. */
  readonly attempt: number;
}

/** A subscription of `request()`. */
export interface RequestInfo {
  readonly topic: string;
  readonly options: RequestOptions<never>;
}

/** What follows for a request. */
export interface RequestHooks extends OperationHooks {
  /** A reply has arrived, and its subscriber gets it next. */
  onReply?(reply: MqttMessage): void;
}

/** A subscriber of a stream of messages. */
export interface StreamInfo {
  /** The filters, as they are at the broker. */
  readonly filters: readonly string[];
  readonly options: TopicOptions;
}
