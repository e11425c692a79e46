import type { FilterOptions, TopicFilters, TopicOptions } from '../../options/call-options.js';
import type { PayloadDecoder } from '../../payload-codecs.js';
import { areSameProperties, mergeRequests } from '../../protocol/subscriptions/merge-requests.js';
import type { FilterRequest } from '../../protocol/subscriptions/subscription-request.js';
import type { TopicPrefixes } from '../../protocol/topics/prefixes.js';
import { type Template, haveSameNames, parseTemplate } from '../../protocol/topics/template.js';
import { checkTopicOptions } from '../options/check-topics.js';
import type { ManualLimits } from './acknowledgement/manual-subscribers.js';

/** The options of a `topic$`, checked and with their defaults. */
export interface ResolvedTopicOptions {
  /** One for each distinct filter that is sent to the broker, in the order given. */
  readonly templates: readonly Template[];
  /** The request of each template. */
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
}

const DEFAULT_LATEST = 1000;
const DEFAULT_BUFFER: ManualLimits = { size: 1000, bytes: 16 * 1024 * 1024 };

/** Resolves the arguments of `topic$`, or throws INVALID_ARGUMENT. */
export function resolveTopicOptions(
  given: TopicFilters,
  options: TopicOptions,
  prefixes: TopicPrefixes,
): ResolvedTopicOptions {
  const filters = typeof given === 'string' ? [given] : given;
  checkTopicOptions(filters, options);
  const all = filters.map(each => {
    const [text, filterOptions] = typeof each === 'string' ? [each, undefined] : each;
    const template = parseTemplate(text, prefixes);
    const merged = filterOptions === undefined ? options : withFilterOptions(options, filterOptions);
    return { template, request: createRequest(template.filter, merged) };
  });
  const distinct = all.length === 1 ? all : mergeSameFilters(all);
  const { linger = 0, decode, latest = false, onDecodeError = 'skip', unsubscribeOnLeave = true, buffer } = options;
  return {
    templates: distinct.map(({ template }) => template),
    requests: distinct.map(({ request }) => request),
    manual: options.ack === 'manual',
    buffer: buffer === undefined ? DEFAULT_BUFFER : withDefaults(buffer),
    linger,
    keepSubscribed: !unsubscribeOnLeave,
    latest: typeof latest === 'object' ? (latest.max ?? DEFAULT_LATEST) : latest ? DEFAULT_LATEST : 0,
    decode,
    onDecodeError,
  };
}

/** A filter as the user writes it, and as it is sent to the broker. */
interface WantedFilter {
  readonly template: Template;
  readonly request: FilterRequest;
}

function mergeSameFilters(all: readonly WantedFilter[]): WantedFilter[] {
  const distinct = new Map<string, WantedFilter>();
  for (const wanted of all) {
    const { filter } = wanted.template;
    const known = distinct.get(filter);
    const request = known === undefined ? wanted.request : mergeRequests(known.request, wanted.request);
    distinct.set(filter, { template: known?.template ?? wanted.template, request });
  }
  return [...distinct.values()];
}

const withDefaults = ({
  size = DEFAULT_BUFFER.size,
  bytes = DEFAULT_BUFFER.bytes,
}: Partial<ManualLimits>): ManualLimits => ({
  size,
  bytes,
});

/** Whether streams with these options can share a route. */
export const canShareRoute = (a: ResolvedTopicOptions, b: ResolvedTopicOptions): boolean =>
  a.decode === b.decode &&
  (a.decode === undefined || a.onDecodeError === b.onDecodeError) &&
  a.linger === b.linger &&
  a.keepSubscribed === b.keepSubscribed &&
  a.latest === b.latest &&
  a.manual === b.manual &&
  (!a.manual || (a.buffer.size === b.buffer.size && a.buffer.bytes === b.buffer.bytes)) &&
  a.requests.length === b.requests.length &&
  a.requests.every((request, i) => isEqualRequest(request, b.requests[i]!)) &&
  a.templates.every((template, i) => haveSameNames(template, b.templates[i]!));

const isEqualRequest = (a: FilterRequest, b: FilterRequest): boolean =>
  a.filter === b.filter &&
  a.qos === b.qos &&
  a.noLocal === b.noLocal &&
  a.retainAsPublished === b.retainAsPublished &&
  a.retainHandling === b.retainHandling &&
  areSameProperties(a.userProperties, b.userProperties);

function createRequest(filter: string, options: FilterOptions): FilterRequest {
  const { qos = 1, noLocal, retainAsPublished, retainHandling, properties: { userProperties = [] } = {} } = options;
  const request: FilterRequest = { filter, qos };
  if (noLocal !== undefined) request.noLocal = noLocal;
  if (retainAsPublished !== undefined) request.retainAsPublished = retainAsPublished;
  if (retainHandling !== undefined) request.retainHandling = retainHandling;
  if (userProperties.length > 0) request.userProperties = userProperties;
  return request;
}

/** Options of the filter replace those of the stream, except where they are undefined. */
function withFilterOptions(options: TopicOptions, filterOptions: FilterOptions): FilterOptions {
  const given = Object.entries(filterOptions).filter(([, value]) => value !== undefined);
  return { ...options, ...Object.fromEntries(given) };
}
