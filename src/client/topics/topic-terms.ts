import type { TopicOptions } from '../../call-options.js';
import type { QoS } from '../../message.js';
import type { SubscriptionRequest } from '../../packets.js';
import type { PayloadDecoder } from '../../payload-codecs.js';
import { capQos } from '../../protocol/limits.js';
import { type Template, parseTemplate } from '../../protocol/topics/template.js';
import { checkTopicOptions } from '../options/check-calls.js';
import type { Bound } from './claimants.js';

/** What a caller of `topic$` asked for, checked and with defaults. */
export interface TopicTerms {
  /** The same for all who can share a route. */
  readonly key: string;
  /** In the order given, one a filter of the broker. */
  readonly templates: readonly Template[];
  readonly requests: readonly SubscriptionRequest[];
  /** Subscribers answer for their messages. */
  readonly manual: boolean;
  /** What each of them may have unanswered before the link is paused. */
  readonly buffer: Bound;
  /** ms */
  readonly linger: number;
  /** Topics whose last message is kept. */
  readonly latest: number;
  readonly decode: PayloadDecoder<unknown> | undefined;
  readonly onDecodeError: NonNullable<TopicOptions['onDecodeError']>;
}

const LATEST = 1000;
const BUFFER: Bound = { size: 1000, bytes: 16 * 1024 * 1024 };

/** Reads the arguments of `topic$`. Throws INVALID_ARGUMENT. Lives with the client. */
export class TopicArguments {
  readonly #maximumQoS: QoS | undefined;
  /** Codecs and functions are told apart by identity. */
  readonly #numbers = new WeakMap<object, number>();
  #count = 0;

  constructor(maximumQoS: QoS | undefined) {
    this.#maximumQoS = maximumQoS;
  }

  read(filters: readonly string[], options: TopicOptions): TopicTerms {
    checkTopicOptions(filters, options);
    const byFilter = new Map<string, Template>();
    for (const template of filters.map(parseTemplate)) {
      if (!byFilter.has(template.filter)) byFilter.set(template.filter, template);
    }
    const templates = [...byFilter.values()];
    const { qos = 1, noLocal, retainAsPublished, retainHandling, linger = 0, decode } = options;
    const { latest = false, onDecodeError = 'skip' } = options;
    const manual = options.ack === 'manual';
    const { size = BUFFER.size, bytes = BUFFER.bytes } = options.buffer ?? {};
    const wire: Omit<SubscriptionRequest, 'filter'> = {
      qos: capQos(qos, this.#maximumQoS),
      ...(noLocal === undefined ? {} : { noLocal }),
      ...(retainAsPublished === undefined ? {} : { retainAsPublished }),
      ...(retainHandling === undefined ? {} : { retainHandling }),
    };
    const kept = typeof latest === 'object' ? (latest.max ?? LATEST) : latest ? LATEST : 0;
    const decoding = decode === undefined ? [] : [this.#numberOf(decode), this.#numberOf(onDecodeError)];
    return {
      // as text, because JSON has no Infinity
      key: JSON.stringify([filters, wire, linger, kept, manual && `${size} ${bytes}`, ...decoding]),
      templates,
      requests: templates.map(({ filter }) => ({ filter, ...wire })),
      manual,
      buffer: { size, bytes },
      linger,
      latest: kept,
      decode,
      onDecodeError,
    };
  }

  #numberOf(part: object | string): number | string {
    if (typeof part === 'string') return part;
    let number = this.#numbers.get(part);
    if (number === undefined) this.#numbers.set(part, (number = ++this.#count));
    return number;
  }
}
