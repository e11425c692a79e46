import { parseJson } from './payload-codecs.js';
import { utf8Decoder } from './platform.js';

/** Quality of service: 0 at most once, 1 at least once, 2 exactly once (5.0 section 4.3). */
export type QoS = 0 | 1 | 2;

/** User properties in their order, duplicates kept (5.0 section 3.3.2.3.7). */
export type UserProperties = readonly (readonly [name: string, value: string])[];

/** Properties of PUBLISH (5.0 section 3.3.2.3). */
export interface PublishProperties {
  /** True: the payload is UTF-8 text. */
  payloadFormatIndicator?: boolean;
  /** s. Counts down while the message waits in this client's queue, in every version. */
  messageExpiryInterval?: number;
  topicAlias?: number;
  responseTopic?: string;
  correlationData?: Uint8Array;
  userProperties?: UserProperties;
  /** Incoming only: the identifiers of the subscriptions that the message matched. */
  subscriptionIdentifier?: number | number[];
  contentType?: string;
}

/** What can be a payload: text is sent as UTF-8; absent is a payload of zero bytes. */
export type Payload = string | Uint8Array | ArrayBuffer | undefined;

const decoder = /* @__PURE__ */ utf8Decoder();
const noProperties: PublishProperties = Object.freeze({});
const noParams = Object.freeze({});

/**
 * A message that came from the broker. `text()` and `json()` read the payload when they are called; `value` is there where `topic$`
 * was given `decode`, and `params` has what its named wildcards stand for.
 */
export class MqttMessage<V = unknown, P = TopicParams<string>> {
  constructor(
    readonly topic: string,
    /** The bytes as they came; a view into a larger chunk, so copy it (`slice()`) before keeping it for long. */
    readonly payload: Uint8Array,
    /** The QoS with which the broker delivered it. */
    readonly qos: QoS,
    /** True for a message that the broker had kept for new subscribers. */
    readonly retain: boolean,
    /** True when the broker marked it as perhaps delivered before. */
    readonly dup: boolean,
    /** Of this delivery; absent for QoS 0. */
    readonly packetId: number | undefined = undefined,
    readonly properties: PublishProperties = noProperties,
    /** By name: `{ id: '7' }` for `devices/7/state` from `topic$('devices/+id/state')`. */
    readonly params: P = noParams as P,
    /** What `decode` made of the payload; undefined without. */
    readonly value: V = undefined as V,
  ) {}

  /** The payload as UTF-8 text; bytes that are no UTF-8 become U+FFFD. */
  text(): string {
    return decoder.decode(this.payload);
  }

  /**
   * The payload parsed as JSON.
   *
   * @throws MqttError `DECODE_FAILED` with the topic as `subject`, when it is none. Neither its message nor its cause quotes the payload.
   */
  json<T = unknown>(): T {
    return parseJson(this.text(), this.topic) as T;
  }
}

/** `id` of `+id`, `rest` of `#rest`; never of a plain level or wildcard. */
type LevelName<Level extends string> = Level extends `+${infer Name}` | `#${infer Name}` ? Exclude<Name, ''> : never;

/** The names in a filter such as `devices/+id/#rest`, as a union. */
type Names<Filter extends string> = Filter extends `${infer Level}/${infer Rest}`
  ? LevelName<Level> | Names<Rest>
  : LevelName<Filter>;

/** Of one filter, by its names: those of the other filters are known to be undefined. */
type Params<Own extends string, All extends string> = Flat<
  Readonly<Record<Own, string>> & Readonly<Partial<Record<Exclude<All, Own>, undefined>>>
>;

type Flat<T> = { readonly [Key in keyof T]: T[Key] };

type ParamsOfEach<Filter extends string, All extends string = Names<Filter>> = Filter extends string
  ? Params<Names<Filter>, All>
  : never;

/** A filter, or several, each alone or with options of its own. */
export type FilterList = string | readonly (string | readonly [filter: string, options: object])[];

/** The filters themselves, as a union. */
type FilterOf<F extends FilterList> = F extends string
  ? F
  : F[number] extends infer Each
    ? Each extends readonly [infer Filter extends string, object]
      ? Filter
      : Extract<Each, string>
    : never;

/**
 * What the named wildcards of a filter stand for: `{ id: string }` for `'devices/+id/state'`. Of several filters the union, told apart
 * by the names that are not undefined. A filter that the compiler does not know can have any.
 */
export type TopicParams<F extends FilterList> =
  FilterOf<F> extends infer Each extends string
    ? string extends Each
      ? Readonly<Partial<Record<string, string>>>
      : ParamsOfEach<Each>
    : never;

/**
 * A message of a `topic$` with `ack: 'manual'`: it is acknowledged when you say so. Of `ack`, `reject` and `leave` the first call
 * counts, and only one that counts returns true.
 *
 * Every subscriber has a message object of its own. The broker gets its answer when all have answered, in the order in which the
 * messages came (5.0 section 4.6); the first refusal decides it.
 */
export interface AckableMessage<V = unknown, P = TopicParams<string>> extends MqttMessage<V, P> {
  /** It has been processed. At QoS 0 nothing is sent, but the message no longer counts as waiting. */
  ack(): boolean;
  /**
   * It cannot be processed, and is not to come again (5.0: PUBACK or PUBREC with this reason code; in 3.x, and with
   * `deliverQos2: 'release'`, there is no way to say it, and it is acknowledged).
   *
   * @param reasonCode - 0x80, 0x83 (default), 0x87, 0x90, 0x91, 0x97 or 0x99 (5.0 section 3.4.2.1).
   * @throws MqttError `INVALID_ARGUMENT` for another one.
   */
  reject(reasonCode?: number): boolean;
  /**
   * It stays unacknowledged: it goes to the next stream with `ack: 'manual'` that is subscribed for its topic, or comes again on the
   * next connection, if the session lasts. Until then no acknowledgement behind it goes out, and a broker whose window is full sends
   * nothing more (`LEFT_UNACKNOWLEDGED` on `warning$`). Unsubscribing leaves all messages that are not answered in the same way. QoS 0,
   * which does not come again, is done with.
   *
   * @throws MqttError `INVALID_ARGUMENT` for a `reconnectAfter` that is no delay.
   */
  leave(options?: LeaveOptions): boolean;
  /**
   * True when no answer has been given and none counts any more: a QoS 1 message after its connection was lost (it comes again as
   * another one), QoS 2 after its session was lost, any after its stream was unsubscribed or the client closed. A QoS 2 message
   * whose session goes on stays what it is.
   */
  readonly stale: boolean;
  /**
   * What the broker knows of `ack()` or `reject()`. True: the acknowledgement has gone out, or goes out in this turn. `'pending'`: it
   * waits, for other subscribers to answer, for a message before this one to be answered (5.0 section 4.6), or for a QoS 2 message to
   * be sent again after a reconnect; a QoS 1 message comes again if the connection is lost meanwhile. False: no answer was given, or
   * its connection or session was lost before it went out. At QoS 0 true once it is answered.
   */
  readonly acknowledged: boolean | 'pending';
}

/** What is to become of a message that is left. */
export interface LeaveOptions {
  /**
   * ms: when no stream has taken the message by then, the client drops its connection and makes a new one, so that the broker sends
   * it again. Where the session ends with the connection it does not, as the message would be lost, and `warning$` says so. Default:
   * never.
   */
  reconnectAfter?: number;
}
