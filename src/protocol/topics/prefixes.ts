/** Prefixes of MQTT (5.0 section 4.8.2), Solace and EMQX. */
const KNOWN = ['$share/+/', '#share/+/', '$queue/', '$exclusive/'];
const SHARED = /^([$#]share|\$queue)\//;

/** Whether several clients share what the filter brings: it takes no No Local, and brings no retained messages. */
export const isShared = (filter: string): boolean => SHARED.test(filter);

/**
 * What filters begin with and their topics do not: a broker that is asked for `$queue/orders` sends messages of `orders`. In a
 * prefix `+` stands for any one level.
 */
export class TopicPrefixes {
  readonly #prefixes: readonly (readonly string[])[];
  /** The characters that prefixes begin with: most filters begin with none of them. */
  readonly #first: string;

  /** @param more - prefixes beside those that are known; each ends with a slash. */
  constructor(more: readonly string[] = []) {
    this.#prefixes = [...KNOWN, ...more].map(prefix => prefix.slice(0, -1).split('/'));
    this.#first = this.#prefixes.map(([level]) => level!.charAt(0)).join('');
  }

  /** The index at which the filter behind the prefix begins; 0 for a filter without one. */
  lengthOf(filter: string): number {
    if (!this.#first.includes(filter.charAt(0)) && !this.#first.includes('+')) return 0;
    for (const levels of this.#prefixes) {
      const length = prefixLength(levels, filter);
      if (length > 0) return length;
    }
    return 0;
  }

  /**
   * The filters that topics are matched with. Beside what is behind the prefix it is the filter itself, as on a broker that does
   * not know the prefix; but MQTT knows `$share`, and `#share/...` matches no topic.
   */
  patternsOf(filter: string): readonly string[] {
    const length = this.lengthOf(filter);
    if (length === 0) return [filter];
    const pattern = filter.slice(length);
    return filter.startsWith('$share/') || filter.startsWith('#') ? [pattern] : [pattern, filter];
  }

  /** Whether the broker may send messages of topics that nothing here can foresee: all prefixes but `$share/group/`. */
  isAlias(filter: string): boolean {
    return !filter.startsWith('$share/') && this.lengthOf(filter) > 0;
  }
}

function prefixLength(levels: readonly string[], filter: string): number {
  let at = 0;
  for (const level of levels) {
    const slash = filter.indexOf('/', at);
    if (slash < 0 || (level === '+' ? slash === at : level !== filter.slice(at, slash))) return 0;
    at = slash + 1;
  }
  return at < filter.length ? at : 0;
}
