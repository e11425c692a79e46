/** The prefixes of MQTT (5.0 section 4.8.2), Solace and EMQX. */
const KNOWN = ['$share/+/', '#share/+/', '$queue/', '$exclusive/'];
const SHARED = /^([$#]share|\$queue)\//;

/** Whether several clients share the messages of the filter. Such a filter allows no No Local, and brings no retained messages. */
export const isShared = (filter: string): boolean => SHARED.test(filter);

/**
 * The prefixes of filters that their topics do not have: for the filter `$queue/orders`, a broker sends messages of the topic `orders`. In
 * a prefix, `+` stands for any one level.
 */
export class TopicPrefixes {
  /** The known prefixes, for all clients without further ones. */
  static readonly known = /* @__PURE__ */ new TopicPrefixes();

  readonly #prefixes: readonly (readonly string[])[];
  /** The first characters of the prefixes. Most filters begin with none of them, so one comparison rules the prefixes out. */
  readonly #first: string;

  /** @param more - prefixes in addition to the known ones; each ends with a slash. */
  constructor(more: readonly string[] = []) {
    this.#prefixes = [...KNOWN, ...more].map(prefix => prefix.slice(0, -1).split('/'));
    this.#first = this.#prefixes.map(([level]) => level!.charAt(0)).join('');
  }

  /** Returns the length of the prefix of a filter; 0 for a filter without one. */
  lengthOf(filter: string): number {
    if (!this.#first.includes(filter.charAt(0)) && !this.#first.includes('+')) return 0;
    for (const levels of this.#prefixes) {
      const length = prefixLength(levels, filter);
      if (length > 0) return length;
    }
    return 0;
  }

  /** Returns the patterns that topics are matched with. */
  patternsOf(filter: string): readonly string[] {
    return patternsOf(filter, this.lengthOf(filter));
  }

  /** Whether the broker may send messages of topics that the filter does not tell, as with all prefixes except `$share/group/`. */
  hasUnpredictableTopics(filter: string): boolean {
    return !filter.startsWith('$share/') && this.lengthOf(filter) > 0;
  }
}

/**
 * Returns the patterns that topics are matched with: the filter without its prefix, and the whole filter, as on a broker that does not
 * know the prefix. Every broker knows `$share`, and no topic matches `#share/...`, so of these the first pattern is enough.
 */
export function patternsOf(filter: string, prefix: number): readonly string[] {
  if (prefix === 0) return [filter];
  const pattern = filter.slice(prefix);
  return filter.startsWith('$share/') || filter.startsWith('#') ? [pattern] : [pattern, filter];
}

function prefixLength(levels: readonly string[], filter: string): number {
  let start = 0;
  for (const level of levels) {
    const slash = filter.indexOf('/', start);
    if (slash < 0 || (level === '+' ? slash === start : level !== filter.slice(start, slash))) return 0;
    start = slash + 1;
  }
  return start < filter.length ? start : 0;
}
