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

/** The options of a `topic$`, checked and with their defaults. */
export interface ResolvedTopicOptions {
  /** Equal for all subscribers that can share a route. */
  readonly key: string;
  /** One for each distinct filter that is sent to the broker, in the order given. */
  readonly templates: readonly Template[];
  readonly requests: readonly FilterRequest[];
  /** Whether subscribers acknowledge the messages themselves. */
  readonly manual: boolean;
  /** How much each subscriber may have unacknowledged before reading pauses. */
  readonly buffer: ManualLimits;
  /** ms; Infinity never ends. */
  readonly linger: number;
  /** Whether the filters stay subscribed at the broker after the last stream has ended. */
  readonly keepSubscribed: boolean;
  /** The number of topics whose last message is kept. */
  readonly latest: number;
  readonly decode: PayloadDecoder<unknown> | undefined;
  readonly onDecodeError: NonNullable<TopicOptions['onDecodeError']>;
  /** Not part of the key: each subscriber has its own. */
  readonly observer: NextObserver<Subscribed> | undefined;
}

const DEFAULT_LATEST = 1000;
const DEFAULT_BUFFER: ManualLimits = { size: 1000, bytes: 16 * 1024 * 1024 };

/** Resolves the arguments of `topic$`, or throws INVALID_ARGUMENT. Lives with the client. */
export class TopicOptionsResolver {
  readonly #prefixes: TopicPrefixes;
  /** Codecs and functions have numbers in keys, by their identity. */
  #identities: WeakMap<object, number> | undefined;
  #lastIdentity = 0;

  constructor(prefixes: TopicPrefixes) {
    this.#prefixes = prefixes;
  }

  resolve(given: TopicFilters, options: TopicOptions): ResolvedTopicOptions {
    const filters = typeof given === 'string' ? [given] : given;
    checkTopicOptions(filters, options);
    const templates = new Map<string, Template>();
    const requests = new Map<string, FilterRequest>();
    for (const each of filters) {
      const [text, filterOptions] = typeof each === 'string' ? [each, undefined] : each;
      const template = this.parseTemplate(text);
      const { filter } = template;
      const request = this.#createRequest(
        filter,
        filterOptions === undefined ? options : withFilterOptions(options, filterOptions),
      );
      const known = requests.get(filter);
      requests.set(filter, known === undefined ? request : mergeRequests(known, request));
      if (known === undefined) templates.set(filter, template);
    }
    const { linger = 0, decode, latest = false, onDecodeError = 'skip', unsubscribeOnLeave = true } = options;
    const manual = options.ack === 'manual';
    const { size = DEFAULT_BUFFER.size, bytes = DEFAULT_BUFFER.bytes } = options.buffer ?? {};
    const latestTopics = typeof latest === 'object' ? (latest.max ?? DEFAULT_LATEST) : latest ? DEFAULT_LATEST : 0;
    const decoderNumbers = decode === undefined ? [] : [this.#identityOf(decode), this.#identityOf(onDecodeError)];
    const texts = filters.map(each => (typeof each === 'string' ? each : each[0]));
    const settings = [`${linger}`, unsubscribeOnLeave, latestTopics, manual && `${size} ${bytes}`];
    return {
      // numbers that may be Infinity are text, because JSON does not have Infinity
      key: JSON.stringify([texts, [...requests.values()], ...settings, ...decoderNumbers]),
      templates: [...templates.values()],
      requests: [...requests.values()],
      manual,
      buffer: { size, bytes },
      linger,
      keepSubscribed: !unsubscribeOnLeave,
      latest: latestTopics,
      decode,
      onDecodeError,
      observer: options.subscribeObserver,
    };
  }

  /** Parses a filter as the caller writes it, with named wildcards. */
  parseTemplate(text: string): Template {
    return parseTemplate(text, this.#prefixes);
  }

  #createRequest(filter: string, options: FilterOptions): FilterRequest {
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

  #identityOf(codec: object | string): number | string {
    if (typeof codec === 'string') return codec;
    this.#identities ??= new WeakMap();
    let number = this.#identities.get(codec);
    if (number === undefined) this.#identities.set(codec, (number = ++this.#lastIdentity));
    return number;
  }
}

/** Options of the filter replace those of the stream, except where they are undefined. */
function withFilterOptions(options: TopicOptions, filterOptions: FilterOptions): FilterOptions {
  const given = Object.entries(filterOptions).filter(([, value]) => value !== undefined);
  return { ...options, ...Object.fromEntries(given) };
}
