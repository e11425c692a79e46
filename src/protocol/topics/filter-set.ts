import { DOLLAR } from './syntax.js';
import { TopicPrefixes } from './prefixes.js';

/**
 * Topic filters that can be asked which of them overlap another: which of them can match a topic that it can match too
 * (5.0 section 4.7). Filters are taken to be valid.
 *
 * Filters of one shape differ in their names only. Whether filters of two shapes overlap depends on the levels at which both have
 * names, so those are looked up in a Map. The time depends on how many shapes there are, which are few, and not on how many filters.
 */
export class FilterSet {
  readonly #prefixes: TopicPrefixes;
  readonly #shapes = new Map<string, Shape>();

  constructor(prefixes = new TopicPrefixes()) {
    this.#prefixes = prefixes;
  }

  add(filter: string): void {
    for (const pattern of this.#prefixes.patternsOf(filter)) {
      const names = pattern.split('/');
      const form = formOf(names);
      let shape = this.#shapes.get(form);
      if (shape === undefined) this.#shapes.set(form, (shape = new Shape(form)));
      shape.add(filter, names);
    }
  }

  delete(filter: string): void {
    for (const pattern of this.#prefixes.patternsOf(filter)) {
      const form = formOf(pattern.split('/'));
      const shape = this.#shapes.get(form);
      shape?.delete(filter);
      if (shape?.size === 0) this.#shapes.delete(form);
    }
  }

  /** Whether another one overlaps this filter. */
  overlaps(filter: string): boolean {
    for (const found of this.#meeting(filter)) if (found.size > (found.has(filter) ? 1 : 0)) return true;
    return false;
  }

  /** The others that overlap this filter, in no particular order. `$share/group/filter` overlaps as `filter` does. */
  overlapping(filter: string): string[] {
    const all = new Set<string>();
    for (const found of this.#meeting(filter)) for (const each of found) all.add(each);
    all.delete(filter);
    return [...all];
  }

  *#meeting(filter: string): Generator<ReadonlySet<string>> {
    for (const pattern of this.#prefixes.patternsOf(filter)) {
      const names = pattern.split('/');
      const form = formOf(names);
      for (const shape of this.#shapes.values()) {
        const levels = commonNames(form, shape.form);
        const found = levels === undefined ? undefined : shape.having(names, levels);
        if (found !== undefined) yield found;
      }
    }
  }
}

/** The filters that have wildcards at the same levels. */
class Shape {
  readonly form: string;
  readonly #names = new Map<string, readonly string[]>();
  /** The filters by their names at some of the levels: made when another shape first asks for these levels. */
  readonly #byNames = new Map<string, { readonly levels: readonly number[]; readonly filters: Buckets }>();

  constructor(form: string) {
    this.form = form;
  }

  get size(): number {
    return this.#names.size;
  }

  add(filter: string, names: readonly string[]): void {
    this.#names.set(filter, names);
    for (const { levels, filters } of this.#byNames.values()) insert(filters, keyOf(names, levels), filter);
  }

  delete(filter: string): void {
    const names = this.#names.get(filter);
    if (names === undefined) return;
    this.#names.delete(filter);
    for (const { levels, filters } of this.#byNames.values()) {
      const key = keyOf(names, levels);
      const found = filters.get(key);
      found?.delete(filter);
      if (found?.size === 0) filters.delete(key);
    }
  }

  /** Those that have the same names as these at some levels. */
  having(names: readonly string[], levels: readonly number[]): ReadonlySet<string> | undefined {
    const which = levels.join();
    let index = this.#byNames.get(which);
    if (index === undefined) {
      this.#byNames.set(which, (index = { levels, filters: new Map() }));
      for (const [filter, own] of this.#names) insert(index.filters, keyOf(own, levels), filter);
    }
    return index.filters.get(keyOf(names, levels));
  }
}

type Buckets = Map<string, Set<string>>;

function insert(buckets: Buckets, key: string, filter: string): void {
  const found = buckets.get(key);
  if (found === undefined) buckets.set(key, new Set([filter]));
  else found.add(filter);
}

/** The form of a filter: a character a level. `$` is a name at the first level that begins with it, `n` any other name. */
export const formOf = (names: readonly string[]): string =>
  names
    .map((name, i) => (name === '+' || name === '#' ? name : i === 0 && name.charCodeAt(0) === DOLLAR ? '$' : 'n'))
    .join('');

/** The levels at which filters of both forms have names, which are to be the same; undefined when they have no topic in common. */
function commonNames(a: string, b: string): readonly number[] | undefined {
  // a first level with $ is out of reach for wildcards [MQTT-4.7.2-1]
  if (a.startsWith('$') !== b.startsWith('$')) return undefined;
  // "sport/#" holds for "sport" too
  const [endOfA, endOfB] = [a.endsWith('#') ? a.length - 1 : a.length, b.endsWith('#') ? b.length - 1 : b.length];
  const isLongEnough = (end: number, form: string, other: number) =>
    end === other || (form.endsWith('#') && end < other);
  if (!isLongEnough(endOfA, a, endOfB) && !isLongEnough(endOfB, b, endOfA)) return undefined;
  const levels: number[] = [];
  for (let i = Math.min(endOfA, endOfB) - 1; i >= 0; i--) if (a[i] !== '+' && b[i] !== '+') levels.push(i);
  return levels;
}

const keyOf = (names: readonly string[], levels: readonly number[]): string => levels.map(i => names[i]).join('/');
