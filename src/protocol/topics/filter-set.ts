import { DOLLAR, HASH, PLUS } from './syntax.js';
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
      const form = formOf(pattern);
      let shape = this.#shapes.get(form);
      if (shape === undefined) this.#shapes.set(form, (shape = new Shape(form)));
      shape.add(filter, pattern);
    }
  }

  delete(filter: string): void {
    for (const pattern of this.#prefixes.patternsOf(filter)) {
      const form = formOf(pattern);
      const shape = this.#shapes.get(form);
      shape?.delete(filter);
      if (shape?.size === 0) this.#shapes.delete(form);
    }
  }

  /** Whether another one overlaps this filter. */
  overlaps(filter: string): boolean {
    for (const found of this.#meeting(filter)) {
      if (typeof found === 'string' ? found !== filter : found.size > (found.has(filter) ? 1 : 0)) return true;
    }
    return false;
  }

  /** The others that overlap this filter, in no particular order. `$share/group/filter` overlaps as `filter` does. */
  overlapping(filter: string): string[] {
    let all: Set<string> | undefined;
    for (const found of this.#meeting(filter)) {
      if (found === filter) continue;
      all ??= new Set();
      if (typeof found === 'string') all.add(found);
      else for (const each of found) all.add(each);
    }
    all?.delete(filter);
    return all === undefined ? [] : [...all];
  }

  *#meeting(filter: string): Generator<string | ReadonlySet<string>> {
    for (const pattern of this.#prefixes.patternsOf(filter)) {
      const form = formOf(pattern);
      for (const shape of this.#shapes.values()) {
        const levels = commonNames(form, shape.form);
        const found = levels === undefined ? undefined : shape.having(pattern, form, levels);
        if (found !== undefined) yield found;
      }
    }
  }
}

/** The filters that have wildcards at the same levels. */
class Shape {
  readonly form: string;
  /** What each filter matches as. */
  readonly #patterns = new Map<string, string>();
  /** The filters by their names at some of the levels: made when another shape first asks for these levels. */
  readonly #byNames = new Map<string, { readonly levels: readonly number[]; readonly filters: Buckets }>();

  constructor(form: string) {
    this.form = form;
  }

  get size(): number {
    return this.#patterns.size;
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

  /** Those that have the same names as this pattern, which has a form of its own, at some levels. */
  having(pattern: string, form: string, levels: readonly number[]): string | ReadonlySet<string> | undefined {
    const which = levels.join();
    let index = this.#byNames.get(which);
    if (index === undefined) {
      this.#byNames.set(which, (index = { levels, filters: new Map() }));
      for (const [filter, own] of this.#patterns) insert(index.filters, keyOf(own, this.form, levels), filter);
    }
    return index.filters.get(keyOf(pattern, form, levels));
  }
}

/** A filter that is alone, as most are, is no Set: hundreds of thousands of them would keep the garbage collector busy. */
type Buckets = Map<string, string | Set<string>>;

function insert(buckets: Buckets, key: string, filter: string): void {
  const found = buckets.get(key);
  if (found === undefined) buckets.set(key, filter);
  else if (typeof found !== 'string') found.add(filter);
  else if (found !== filter) buckets.set(key, new Set([found, filter]));
}

function remove(buckets: Buckets, key: string, filter: string): void {
  const found = buckets.get(key);
  if (found === filter) buckets.delete(key);
  else if (typeof found === 'object' && found.delete(filter) && found.size === 0) buckets.delete(key);
}

/** The form of a filter: a character a level. `$` is a name at the first level that begins with it, `n` any other name. */
export function formOf(pattern: string): string {
  let form = '';
  for (let start = 0, slash = 0; slash >= 0; start = slash + 1) {
    slash = pattern.indexOf('/', start);
    const first = pattern.charCodeAt(start);
    const isOne = (slash < 0 ? pattern.length : slash) - start === 1;
    if (isOne && (first === PLUS || first === HASH)) form += pattern.charAt(start);
    else form += start === 0 && first === DOLLAR ? '$' : 'n';
  }
  return form;
}

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
  for (let i = 0; i < Math.min(endOfA, endOfB); i++) if (a[i] !== '+' && b[i] !== '+') levels.push(i);
  return levels;
}

/** The names at these levels, which ascend: all of them are the pattern itself. */
function keyOf(pattern: string, form: string, levels: readonly number[]): string {
  if (levels.length === form.length) return pattern;
  const names = pattern.split('/');
  return levels.map(i => names[i]).join('/');
}
