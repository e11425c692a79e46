import { DOLLAR, HASH, PLUS } from './syntax.js';
import { type Few, membersOf, withMember, withoutMember } from '../collections/few.js';
import { TopicPrefixes } from './prefixes.js';

/**
 * A set of filters that finds those that overlap a given one: those that can match a topic that it can match too (5.0 section 4.7).
 * Filters must be valid.
 *
 * Filters of one form have wildcards at the same levels, and differ only in the names at the others. Filters of two forms overlap when
 * they agree at all levels at which both have names, so a Map with these names as its key finds them. The time depends on the number of
 * forms, which are few, and not on the number of filters.
 */
export class FilterSet {
  readonly #prefixes: TopicPrefixes;
  readonly #groups = new Map<string, FilterGroup>();

  constructor(prefixes = TopicPrefixes.known) {
    this.#prefixes = prefixes;
  }

  add(filter: string): void {
    for (const pattern of this.#prefixes.patternsOf(filter)) {
      const form = formOf(pattern);
      let group = this.#groups.get(form);
      if (group === undefined) this.#groups.set(form, (group = new FilterGroup(form)));
      group.add(filter, pattern);
    }
  }

  delete(filter: string): void {
    for (const pattern of this.#prefixes.patternsOf(filter)) {
      const form = formOf(pattern);
      const group = this.#groups.get(form);
      group?.delete(filter);
      if (group?.size === 0) this.#groups.delete(form);
    }
  }

  /** Whether another filter overlaps this one. */
  overlaps(filter: string): boolean {
    for (const found of this.#overlapping(filter)) {
      for (const other of membersOf(found)) if (other !== filter) return true;
    }
    return false;
  }

  /** Returns the other filters that overlap this one, in no particular order. `$share/group/filter` overlaps as `filter` does. */
  overlapping(filter: string): string[] {
    let others: Few<string> = undefined;
    for (const found of this.#overlapping(filter))
      for (const other of membersOf(found)) if (other !== filter) others = withMember(others, other);
    return [...membersOf(others)];
  }

  *#overlapping(filter: string): Generator<Few<string>> {
    for (const pattern of this.#prefixes.patternsOf(filter)) {
      const form = formOf(pattern);
      for (const group of this.#groups.values()) {
        if (group.hasOnly(filter)) continue;
        const levels = commonNameLevels(form, group.form);
        if (levels !== undefined) yield group.withSameNames(pattern, form, levels);
      }
    }
  }
}

/** The filters of one form: they have wildcards at the same levels. */
class FilterGroup {
  readonly form: string;
  /** The pattern that topics are matched with, by filter. */
  readonly #patterns = new Map<string, string>();
  /** The filters by their names at some of the levels. An index is created when another form first asks for these levels. */
  readonly #byNames = new Map<string, { readonly levels: readonly number[]; readonly filters: Buckets }>();

  constructor(form: string) {
    this.form = form;
  }

  get size(): number {
    return this.#patterns.size;
  }

  /** Whether the filter is alone, so that the group needs no index for it. */
  hasOnly(filter: string): boolean {
    return this.#patterns.size === 1 && this.#patterns.has(filter);
  }

  add(filter: string, pattern: string): void {
    this.#patterns.set(filter, pattern);
    for (const { levels, filters } of this.#byNames.values())
      insert(filters, keyOf(pattern, this.form, levels), filter);
  }

  delete(filter: string): void {
    const pattern = this.#patterns.get(filter);
    if (pattern === undefined) return;
    this.#patterns.delete(filter);
    for (const { levels, filters } of this.#byNames.values())
      remove(filters, keyOf(pattern, this.form, levels), filter);
  }

  /** Returns the filters that have the same names at these levels as a pattern of another form. */
  withSameNames(pattern: string, form: string, levels: readonly number[]): Few<string> {
    const indexKey = levels.join();
    let index = this.#byNames.get(indexKey);
    if (index === undefined) {
      this.#byNames.set(indexKey, (index = { levels, filters: new Map() }));
      for (const [filter, own] of this.#patterns) insert(index.filters, keyOf(own, this.form, levels), filter);
    }
    return index.filters.get(keyOf(pattern, form, levels));
  }
}

type Buckets = Map<string, Few<string>>;

function insert(buckets: Buckets, key: string, filter: string): void {
  buckets.set(key, withMember(buckets.get(key), filter));
}

function remove(buckets: Buckets, key: string, filter: string): void {
  const rest = withoutMember(buckets.get(key), filter);
  if (rest === undefined) buckets.delete(key);
  else buckets.set(key, rest);
}

/** Returns the form of a filter, a character per level: `+`, `#`, `$` for a first level that begins with it, `n` for other names. */
export function formOf(pattern: string): string {
  let form = '';
  for (let start = 0, slash = 0; slash >= 0; start = slash + 1) {
    slash = pattern.indexOf('/', start);
    const first = pattern.charCodeAt(start);
    const isSingleCharacter = (slash < 0 ? pattern.length : slash) - start === 1;
    if (isSingleCharacter && (first === PLUS || first === HASH)) form += pattern.charAt(start);
    else form += start === 0 && first === DOLLAR ? '$' : 'n';
  }
  return form;
}

/** Returns the levels at which both forms have names; undefined when filters of these forms can have no topic in common. */
function commonNameLevels(a: string, b: string): readonly number[] | undefined {
  // wildcards do not match a first level that begins with $ [MQTT-4.7.2-1]
  if (a.startsWith('$') !== b.startsWith('$')) return undefined;
  // 'sport/#' matches 'sport' too, so the level of '#' does not count
  const [endOfA, endOfB] = [a.endsWith('#') ? a.length - 1 : a.length, b.endsWith('#') ? b.length - 1 : b.length];
  const isLongEnough = (end: number, form: string, other: number) =>
    end === other || (form.endsWith('#') && end < other);
  if (!isLongEnough(endOfA, a, endOfB) && !isLongEnough(endOfB, b, endOfA)) return undefined;
  const levels: number[] = [];
  for (let i = 0; i < Math.min(endOfA, endOfB); i++) if (a[i] !== '+' && b[i] !== '+') levels.push(i);
  return levels;
}

/** Returns the names at these ascending levels. The names of all levels are the pattern itself. */
function keyOf(pattern: string, form: string, levels: readonly number[]): string {
  if (levels.length === form.length) return pattern;
  const names = pattern.split('/');
  return levels.map(i => names[i]).join('/');
}
