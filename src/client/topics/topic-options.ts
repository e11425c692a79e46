import type { NextObserver } from 'rxjs';
import type { FilterOptions, TopicFilters, TopicOptions } from '../../options/call-options.js';
import type { PayloadDecoder } from '../../payload-codecs.js';
import { mergeRequests } from '../../protocol/subscriptions/merge-requests.js';
import type { FilterRequest } from '../../protocol/subscriptions/subscription-request.js';
import type { TopicPrefixes } from '../../protocol/topics/prefixes.js';
import { type Template, parseTemplate } from '../../protocol/topics/template.js';
import type { Subscribed } from '../../results.js';
import { checkTopicOptions } from '../options/check-calls.js';
import type { ManualLimits } from './acknowledgement/manual-subscribers.js';

/** What a caller of `topic$` asked for, checked and with defaults. */
export interface ResolvedTopicOptions {
  /** The same for all who can share a route. */
  readonly key: string;
  /** In the order given, one a filter of the broker. */
  readonly templates: readonly Template[];
  readonly requests: readonly FilterRequest[];
  /** Subscribers answer for their messages. */
  readonly manual: boolean;
  /** What each of them may have unanswered before the link is paused. */
  readonly buffer: ManualLimits;
  /** ms; Infinity is for ever. */
  readonly linger: number;
  /** The broker is to go on with the filters when all streams have left. */
  readonly keep: boolean;
  /** Topics whose last message is kept. */
  readonly latest: number;
  readonly decode: PayloadDecoder<unknown> | undefined;
  readonly onDecodeError: NonNullable<TopicOptions['onDecodeError']>;
  /** Of this caller alone. */
  readonly observer: NextObserver<Subscribed> | undefined;
}

const LATEST = 1000;
const BUFFER: ManualLimits = { size: 1000, bytes: 16 * 1024 * 1024 };

/** Reads the arguments of `topic$`. Throws INVALID_ARGUMENT. Lives with the client. */
export class TopicOptionsResolver {
  readonly #prefixes: TopicPrefixes;
  /** Codecs and functions are told apart by identity. */
  readonly #numbers = new WeakMap<object, number>();
  #count = 0;

  constructor(prefixes: TopicPrefixes) {
    this.#prefixes = prefixes;
  }

  resolve(given: TopicFilters, options: TopicOptions): ResolvedTopicOptions {
    const filters = typeof given === 'string' ? [given] : given;
    checkTopicOptions(filters, options);
    const templates = new Map<string, Template>();
    const requests = new Map<string, FilterRequest>();
    for (const each of filters) {
      const [text, own] = typeof each === 'string' ? [each, undefined] : each;
      const template = this.template(text);
      const { filter } = template;
      const request = this.#request(filter, own === undefined ? options : withOwn(options, own));
      const known = requests.get(filter);
      requests.set(filter, known === undefined ? request : mergeRequests(known, request));
      if (known === undefined) templates.set(filter, template);
    }
    const { linger = 0, decode, latest = false, onDecodeError = 'skip', unsubscribeOnLeave = true } = options;
    const manual = options.ack === 'manual';
    const { size = BUFFER.size, bytes = BUFFER.bytes } = options.buffer ?? {};
    const kept = typeof latest === 'object' ? (latest.max ?? LATEST) : latest ? LATEST : 0;
    const decoding = decode === undefined ? [] : [this.#numberOf(decode), this.#numberOf(onDecodeError)];
    const texts = filters.map(each => (typeof each === 'string' ? each : each[0]));
    const ways = [`${linger}`, unsubscribeOnLeave, kept, manual && `${size} ${bytes}`];
    return {
      // numbers as text where they may be Infinity, which JSON has not
      key: JSON.stringify([texts, [...requests.values()], ...ways, ...decoding]),
      templates: [...templates.values()],
      requests: [...requests.values()],
      manual,
      buffer: { size, bytes },
      linger,
      keep: !unsubscribeOnLeave,
      latest: kept,
      decode,
      onDecodeError,
      observer: options.subscribeObserver,
    };
  }

  /** A filter as the caller writes it. */
  template(text: string): Template {
    return parseTemplate(text, this.#prefixes);
  }

  #request(filter: string, options: FilterOptions): FilterRequest {
    const { qos = 1, noLocal, retainAsPublished, retainHandling, properties: { userProperties = [] } = {} } = options;
    return {
      filter,
      qos,
      ...(noLocal === undefined ? {} : { noLocal }),
      ...(retainAsPublished === undefined ? {} : { retainAsPublished }),
      ...(retainHandling === undefined ? {} : { retainHandling }),
      ...(userProperties.length === 0 ? {} : { userProperties }),
    };
  }

  #numberOf(part: object | string): number | string {
    if (typeof part === 'string') return part;
    let number = this.#numbers.get(part);
    if (number === undefined) this.#numbers.set(part, (number = ++this.#count));
    return number;
  }
}

/** A key of the filter that is undefined is as good as absent. */
function withOwn(options: TopicOptions, own: FilterOptions): FilterOptions {
  const given = Object.entries(own).filter(([, value]) => value !== undefined);
  return { ...options, ...Object.fromEntries(given) };
}
