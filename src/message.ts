import { parseJson } from './parse-json.js';
import { utf8Decoder } from './platform.js';
import type { TopicParams } from './topic-params.js';

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
