import { MqttError } from '../../errors.js';
import type { MqttMessage, PublishProperties } from '../../message.js';
import { matches } from '../../protocol/topics/match.js';
import { type Template, parseTemplate } from '../../protocol/topics/template.js';
import { assertTopicFilter, assertTopicName } from '../../protocol/topics/validate.js';
import type { RequestConvention, RequestTopics, RespondOptions } from '../../options/request-options.js';
import type { Connack, NegotiatedLimits } from '../../state.js';
import { quoted, wordsOf } from '../../quoted.js';
import { utf8Decoder } from '../../platform.js';
import { encodeUtf8 } from '../../protocol/utf8.js';

type Correlation = Pick<PublishProperties, 'responseTopic' | 'correlationData'>;

/** The topic that a request is published to, and how its replies come back. */
export interface Address {
  readonly topic: string;
  readonly properties: Correlation;
  readonly replyFilter: string;
  /** The key of its replies and of no others: see {@link replyKeyOf}. */
  readonly key: string;
}

/** Whether a reply may be published to the topic, which the requester has chosen. */
export type MayReplyTo = (topic: string, request: MqttMessage) => boolean;

const REPLY_BASE = 'rxjs-mqtt/reply';
const CONTROL_CHARACTER = /[\x00-\x1f\x7f-\x9f]/;

const standardTopics: RequestTopics = {
  requestTopic: (topic, requester, id) => `${topic}/request/${requester}/${id}`,
  replyTopic: requestTopic => [REPLY_BASE, ...requestTopic.split('/').slice(-2)].join('/'),
};

/** Returns the topics that say where the reply goes, or undefined where properties say so. */
export function conventionTopics(
  convention: RequestConvention,
  { protocolVersion }: NegotiatedLimits,
): RequestTopics | undefined {
  if (typeof convention === 'object') return convention;
  return convention === 'topics' || (convention === 'auto' && protocolVersion !== 5) ? standardTopics : undefined;
}

/** Returns the address of a request with a response topic and correlation data (5.0 section 4.10). */
export function addressByProperties(topic: string, id: string, responseTopic: string): Address {
  const properties = { responseTopic, correlationData: encodeUtf8(id) };
  return { topic, properties, replyFilter: responseTopic, key: id };
}

/**
 * Returns the response topic of a requester. It starts with the response information of the broker, if there is any (5.0 section
 * 3.2.2.3.15). The client identifier follows, because a broker may give several clients the same response information.
 */
export function responseTopicOf(requester: string, { properties }: Connack): string {
  const base = properties?.responseInformation?.replace(/\/$/, '') ?? REPLY_BASE;
  return `${base}/${requester}`;
}

/** Returns the address of a request whose topic says where the reply goes. */
export function addressByTopics(topics: RequestTopics, to: string, requester: string, id: string): Address {
  const { topic, key, replyFilter } = callConvention(() => {
    const topic = topics.requestTopic(to, requester, id);
    const replyFilter = topics.replyTopic(topics.requestTopic(to, requester, '+'));
    return { topic, key: topics.replyTopic(topic), replyFilter };
  });
  assertTopicName(topic);
  assertTopicName(key);
  assertTopicFilter(replyFilter);
  if (replyFilter === key || !matches(replyFilter, key)) {
    const why = `sends the reply to ${quoted(key)}, but subscribes to ${quoted(replyFilter)}: the id of a request must be a level of both`;
    throw badConvention(why);
  }
  return { topic, properties: {}, replyFilter, key };
}

/** Returns the filter of a responder, which matches all requesters and all ids. */
export const requestFilter = (topics: RequestTopics | undefined, filter: string): string =>
  topics === undefined ? filter : callConvention(() => topics.requestTopic(filter, '+', '+'));

/** Returns where the reply to this message goes, or undefined when the message is not a request. */
export function replyAddress(
  topics: RequestTopics | undefined,
  { topic, properties }: MqttMessage,
): { readonly topic: string; readonly properties: Correlation } | undefined {
  if (topics !== undefined) return { topic: callConvention(() => topics.replyTopic(topic)), properties: {} };
  const { responseTopic, correlationData } = properties;
  if (responseTopic === undefined) return undefined;
  return { topic: responseTopic, properties: correlationData === undefined ? {} : { correlationData } };
}

/**
 * Returns the check of reply topics that the option `replyTo` of a responder asks for. By default it refuses topics of the broker
 * (`$...`), topics with control characters (5.0 section 1.5.4), and topics whose messages come back to the responder as requests.
 */
export function replyTopicCheck(replyTo: RespondOptions['replyTo'], own: readonly Template[]): MayReplyTo {
  if (typeof replyTo === 'function') {
    return (topic, request) => {
      try {
        return replyTo(topic, request);
      } catch (cause) {
        throw new MqttError('HANDLER_FAILED', "option 'replyTo' of respond() threw", { subject: 'replyTo', cause });
      }
    };
  }
  if (replyTo !== undefined) {
    const filters = typeof replyTo === 'string' ? [replyTo] : replyTo;
    const patterns = filters.flatMap(filter => parseTemplate(filter).patterns);
    return topic => patterns.some(pattern => matches(pattern, topic));
  }
  const patterns = own.flatMap(template => template.patterns);
  return topic =>
    !topic.startsWith('$') && !CONTROL_CHARACTER.test(topic) && !patterns.some(pattern => matches(pattern, topic));
}

/** Returns the key by which a reply finds its request. */
export const replyKeyOf = ({ topic, properties: { correlationData } }: MqttMessage): string =>
  correlationData === undefined ? topic : decodeId(correlationData);

/** Escapes a client identifier so that it is one level of a topic. */
export const escapeLevel = (clientId: string): string => clientId.replace(/[%/+#\0]/g, encodeURIComponent);

/** Calls functions of the option `convention`. */
function callConvention<T>(convention: () => T): T {
  try {
    return convention();
  } catch (cause) {
    throw badConvention(`threw: ${wordsOf(cause)}`, cause);
  }
}

function badConvention(why: string, cause?: unknown): MqttError {
  return new MqttError('INVALID_ARGUMENT', `option 'convention' ${why}`, { subject: 'convention', cause });
}

const decoder = /* @__PURE__ */ utf8Decoder();

/**
 * Makes the ids of the requests of a client. Their prefix is random, so that late replies to an earlier run with the same client
 * identifier match no request. An id is not a secret: the broker decides who may publish to a reply topic. Lives with the client.
 */
export class RequestIds {
  readonly prefix: string;
  #count = 0;

  constructor(random: () => number) {
    const digits = () => Math.trunc(random() * 0xffffffff).toString(16).padStart(8, '0'); // prettier-ignore
    this.prefix = digits() + digits();
  }

  next(): string {
    return `${this.prefix}-${++this.#count}`;
  }
}

/** Never throws: correlation data that this client did not make becomes a text that is not one of its ids. */
const decodeId = (correlationData: Uint8Array): string => decoder.decode(correlationData);
