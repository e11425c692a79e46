import { MqttError } from '../../errors.js';
import type { MqttMessage, PublishProperties } from '../../message.js';
import { matches } from '../../protocol/topics/match.js';
import { assertTopicFilter, assertTopicName } from '../../protocol/topics/validate.js';
import type { RequestConvention, RequestTopics } from '../../options/request-options.js';
import type { Connack, NegotiatedLimits } from '../../state.js';
import { quoted, wordsOf } from '../../quoted.js';
import { utf8Decoder, utf8Encoder } from '../../platform.js';

type Correlation = Pick<PublishProperties, 'responseTopic' | 'correlationData'>;

/** Where a request goes, and how its replies come back. */
export interface Address {
  readonly topic: string;
  readonly properties: Correlation;
  readonly replyFilter: string;
  /** What its replies have in common, and no others: see {@link keyOf}. */
  readonly key: string;
}

const BASE = 'rxjs-mqtt/reply';

const standard: RequestTopics = {
  requestTopic: (topic, requester, id) => `${topic}/request/${requester}/${id}`,
  replyTopic: requestTopic => [BASE, ...requestTopic.split('/').slice(-2)].join('/'),
};

/** The topics that tell where the reply goes; undefined where properties do. */
export function topicsOf(
  convention: RequestConvention,
  { protocolVersion }: NegotiatedLimits,
): RequestTopics | undefined {
  if (typeof convention === 'object') return convention;
  return convention === 'topics' || (convention === 'auto' && protocolVersion !== 5) ? standard : undefined;
}

/** 5.0 section 4.10. */
export function byProperties(topic: string, id: string, responseTopic: string): Address {
  const properties = { responseTopic, correlationData: correlationOf(id) };
  return { topic, properties, replyFilter: responseTopic, key: id };
}

/** Below what the broker has set aside for this client, if it has said so (3.2.2.3.15); it may have told others the same. */
export function responseTopicOf(requester: string, { properties }: Connack): string {
  const base = properties?.responseInformation?.replace(/\/$/, '') ?? BASE;
  return `${base}/${requester}`;
}

export function byTopics(topics: RequestTopics, to: string, requester: string, id: string): Address {
  const { topic, key, replyFilter } = asked(() => {
    const topic = topics.requestTopic(to, requester, id);
    const replyFilter = topics.replyTopic(topics.requestTopic(to, requester, '+'));
    return { topic, key: topics.replyTopic(topic), replyFilter };
  });
  assertTopicName(topic);
  assertTopicName(key);
  assertTopicFilter(replyFilter);
  if (replyFilter === key || !matches(replyFilter, key)) {
    const why = `has the reply go to ${quoted(key)}, and listens to ${quoted(replyFilter)}: the id of a request must be a level of both`;
    throw badConvention(why);
  }
  return { topic, properties: {}, replyFilter, key };
}

/** The filters of a responder: all requesters, all ids. */
export const requestFilter = (topics: RequestTopics | undefined, filter: string): string =>
  topics === undefined ? filter : asked(() => topics.requestTopic(filter, '+', '+'));

/** Where the reply to this message goes; undefined when it is no request. */
export function replyAddress(
  topics: RequestTopics | undefined,
  { topic, properties }: MqttMessage,
): { readonly topic: string; readonly properties: Correlation } | undefined {
  if (topics !== undefined) return { topic: asked(() => topics.replyTopic(topic)), properties: {} };
  const { responseTopic, correlationData } = properties;
  if (responseTopic === undefined) return undefined;
  return { topic: responseTopic, properties: correlationData === undefined ? {} : { correlationData } };
}

/** By what a reply finds its request. */
export const keyOf = ({ topic, properties: { correlationData } }: MqttMessage): string =>
  correlationData === undefined ? topic : idOf(correlationData);

/** A client id as one level of a topic. */
export const asLevel = (clientId: string): string => clientId.replace(/[%/+#\0]/g, encodeURIComponent);

/** What functions of the user's say. */
function asked<T>(convention: () => T): T {
  try {
    return convention();
  } catch (cause) {
    throw badConvention(`threw: ${wordsOf(cause)}`, cause);
  }
}

function badConvention(why: string, cause?: unknown): MqttError {
  return new MqttError('INVALID_ARGUMENT', `the option 'convention' ${why}`, { subject: 'convention', cause });
}

const encoder = /* @__PURE__ */ utf8Encoder();
const decoder = /* @__PURE__ */ utf8Decoder();

/**
 * Ids for the requests of a client. Half of an id is random, so that replies to an earlier run under the same client id are not
 * taken for ours. It is no secret: who may publish to a reply topic is for the broker to say. Lives with the client.
 */
export class RequestIds {
  /** Of all ids of this client. */
  readonly run: string;
  #count = 0;

  constructor(random: () => number) {
    const digits = () => Math.trunc(random() * 0xffffffff).toString(16).padStart(8, '0'); // prettier-ignore
    this.run = digits() + digits();
  }

  next(): string {
    return `${this.run}-${++this.#count}`;
  }
}

const correlationOf = (id: string): Uint8Array => encoder.encode(id);

/** Correlation data that is no id of ours becomes text that is none either. */
const idOf = (correlationData: Uint8Array): string => decoder.decode(correlationData);
