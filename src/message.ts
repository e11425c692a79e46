import { parseJson } from './payload-codecs.js';
import { utf8Decoder } from './platform.js';
import type { StoreChange } from './stored-session.js';

/** Quality of service: 0 at most once, 1 at least once, 2 exactly once (5.0 section 4.3). */
export type QoS = 0 | 1 | 2;

/** User properties as an ordered list, which may contain duplicate names (5.0 section 3.3.2.3.7). */
export type UserProperties = readonly (readonly [name: string, value: string])[];

/** Properties of PUBLISH (5.0 section 3.3.2.3). */
export interface PublishProperties {
  /** True: the payload is UTF-8 text. */
  payloadFormatIndicator?: boolean;
  /** s. Counts down while the message waits in the queue of this client, in every version of MQTT. */
  messageExpiryInterval?: number;
  topicAlias?: number;
  responseTopic?: string;
  correlationData?: Uint8Array;
  userProperties?: UserProperties;
  /** Incoming messages only: the identifiers of the subscriptions that the message matched. */
  subscriptionIdentifier?: number | number[];
  contentType?: string;
}

/** The types of a payload. Text is sent as UTF-8; `undefined` is a payload of zero bytes. */
export type Payload = string | Uint8Array | ArrayBuffer | undefined;

const decoder = /* @__PURE__ */ utf8Decoder();
const noProperties: PublishProperties = Object.freeze({});
const noParams = Object.freeze({});

/**
 * A message received from the broker. `text()` and `json()` read the payload when you call them. `value` is set if you passed `decode` to
 * `topic$`, and `params` holds the levels that its named wildcards matched.
 */
export class MqttMessage<V = unknown, P = TopicParams<string>> {
  constructor(
    readonly topic: string,
    /** The bytes received. This is a view into a larger chunk: copy it (`slice()`) before you keep it for long. */
    readonly payload: Uint8Array,
    /** The QoS with which the broker delivered the message. */
    readonly qos: QoS,
    /** True for a retained message. */
    readonly retain: boolean,
    /** True if the broker marks the message as possibly delivered before (5.0 section 3.3.1.1). */
    readonly dup: boolean,
    /** The packet identifier of this delivery, undefined for QoS 0. */
    readonly packetId: number | undefined = undefined,
    readonly properties: PublishProperties = noProperties,
    /** The levels that named wildcards matched: `{ id: '7' }` for `devices/7/state` from `topic$('devices/+id/state')`. */
    readonly params: P = noParams as P,
    /** The result of `decode` for the payload; undefined without `decode`. */
    readonly value: V = undefined as V,
  ) {}

  /** Returns the payload as UTF-8 text. Bytes that are not UTF-8 become U+FFFD. */
  text(): string {
    return decoder.decode(this.payload);
  }

  /**
   * Returns the payload parsed as JSON.
   *
   * @throws MqttError `DECODE_FAILED` with the topic as `subject`, if the payload is not JSON. Neither its message nor its cause
   * contains the payload.
   */
  json<T = unknown>(): T {
    return parseJson(this.text(), this.topic) as T;
  }
}

/**
 * A message of a `topic$` with `ack: 'manual'`, which you acknowledge yourself. Only the first call of `ack`, `reject` or `leave` has
 * an effect, and only that call returns true.
 *
 * Every subscriber gets a message object of its own. The acknowledgement is sent when all subscribers have called one of the three, in
 * the order in which the messages arrived (5.0 section 4.6). If one of them rejects the message, the first rejection is sent.
 */
export interface AckableMessage<V = unknown, P = TopicParams<string>> extends MqttMessage<V, P> {
  /** Says that you have processed the message. With QoS 0 nothing is sent, but the message no longer counts as unacknowledged. */
  ack(options?: AckOptions): boolean;
  /**
   * With the option `store`, for QoS 2: the change of the stored session that says that you have processed the message. Write it to the
   * database of the store in the transaction of what you do with the message, then call `ack({ stored: true })`: exactly once, whenever the
   * process dies. If the database has the change already, do nothing else in the transaction: the message was delivered again while another
   * one ran. All subscribers of a message have one receipt, so write it with the last effect. Undefined without a store, for QoS 0 and 1,
   * and for a message that is `stale`: do not process that, because the broker sends it again or has forgotten it.
   */
  readonly receipt?: StoreChange | undefined;
  /**
   * Says that you cannot process the message and that the broker must not send it again. In 5.0, PUBACK or PUBREC carries the reason
   * code. In 3.x, and with `deliverQos2: 'release'`, MQTT has no way to say this, so the message is acknowledged.
   *
   * @param reasonCode - 0x80, 0x83 (default), 0x87, 0x90, 0x91, 0x97 or 0x99 (5.0 section 3.4.2.1).
   * @throws MqttError `INVALID_ARGUMENT` for any other reason code.
   */
  reject(reasonCode?: number): boolean;
  /**
   * Leaves the message unacknowledged. It goes to the next stream with `ack: 'manual'` that is subscribed to its topic; otherwise the
   * broker sends it again on the next connection, if the session lasts. Until then no acknowledgement of a later message is sent, and a
   * broker whose window is full sends nothing more (`LEFT_UNACKNOWLEDGED` on `warning$`). Unsubscribing leaves all unacknowledged
   * messages in the same way. A message of QoS 0 is dropped, because it is not sent again.
   *
   * @throws MqttError `INVALID_ARGUMENT` if `reconnectAfter` is not a delay.
   */
  leave(options?: LeaveOptions): boolean;
  /**
   * True if you have not acknowledged, rejected or left the message and it is too late to do so: for QoS 1 after its connection was lost
   * (the broker sends it again, as another message object), for QoS 2 after its session was lost, and for every message after its stream
   * was unsubscribed or the client closed. A message of QoS 2 stays valid while its session lasts.
   */
  readonly stale: boolean;
  /**
   * How far the acknowledgement by `ack()` or `reject()` has come. True: it has been sent, or is sent in this turn. `'pending'`: it
   * waits for other subscribers, for the acknowledgement of an earlier message (5.0 section 4.6), or, with QoS 2, until the broker
   * sends the message again after a reconnect. If the connection is lost meanwhile, the broker sends a QoS 1 message again. False: there
   * is no acknowledgement, or its connection or session was lost before it was sent. With QoS 0, true after `ack()` or `reject()`.
   */
  readonly acknowledged: boolean | 'pending';
}

/** How you acknowledge a message. */
export interface AckOptions {
  /**
   * True: you have written `receipt` yourself, so that the client does not. This counts, too, if your stream was unsubscribed while your
   * transaction ran: `ack()` returns false then, but the message does not go to another stream. Default false.
   */
  stored?: boolean;
}

/** What the client does with a message that you leave unacknowledged. */
export interface LeaveOptions {
  /**
   * ms. If no stream has taken the message after this time, the client closes its connection and reconnects, so that the broker sends
   * the message again. If the session ends with the connection, the message would be lost, so the client does not reconnect and emits a
   * warning on `warning$`. Default: never.
   */
  reconnectAfter?: number;
}

/** A filter, or a list of filters, each alone or with its own options. */
export type FilterList = string | readonly (string | readonly [filter: string, options: object])[];

/**
 * The levels that the named wildcards of a filter match: `{ id: string }` for `'devices/+id/state'`. For several filters this is a
 * union; check which names are defined to tell its members apart. If the compiler does not know the filter, every name is optional.
 */
export type TopicParams<F extends FilterList> =
  FilterOf<F> extends infer Each extends string
    ? string extends Each
      ? Readonly<Partial<Record<string, string>>>
      : ParamsOfEach<Each>
    : never;

/** The filters of a list, as a union. */
type FilterOf<F extends FilterList> = F extends string
  ? F
  : F[number] extends infer Each
    ? Each extends readonly [infer Filter extends string, object]
      ? Filter
      : Extract<Each, string>
    : never;

/** Distributes over the filters of a union, where `All` keeps the names of all of them. */
type ParamsOfEach<Filter extends string, All extends string = Names<Filter>> = Filter extends string
  ? Params<Names<Filter>, All>
  : never;

/** The params of one filter. The names of the other filters are known to be undefined. */
type Params<Own extends string, All extends string> = Record<Own, string> &
  // `infer` has the compiler show the names in hovers and errors, and not these types.
  Partial<Record<Exclude<All, Own>, undefined>> extends infer Flat
  ? { readonly [Key in keyof Flat]: Flat[Key] }
  : never;

/** The names in a filter such as `devices/+id/#rest`, as a union. */
type Names<Filter extends string> = Filter extends `${infer Level}/${infer Rest}`
  ? LevelName<Level> | Names<Rest>
  : LevelName<Filter>;

/** `id` of `+id` and `rest` of `#rest`; never for a level or wildcard without a name. */
type LevelName<Level extends string> = Level extends `+${infer Name}` | `#${infer Name}` ? Exclude<Name, ''> : never;
