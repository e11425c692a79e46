import { parseShare, DOLLAR, hasWildcard } from './syntax.js';
import { type Few, hasMember, withMember, withoutMember } from '../collections/few.js';

/** One level of the filters that have wildcards. */
class Level<T> {
  literals: Map<string, Level<T>> | undefined = undefined;
  plus: Level<T> | undefined = undefined;
  hash: Level<T> | undefined = undefined;
  leaf: Leaf<T> | undefined = undefined;
}

/** A level to continue at when the present path ends. The list is on the heap, as a topic may have too many levels for the stack. */
interface Branch<T> {
  level: Level<T>;
  /** The index at which the rest of the topic begins. */
  start: number;
  next: Branch<T> | undefined;
}

/**
 * Values by filter. The time of a match depends on the levels of the topic and on how many filters agree with its beginning, not on the
 * number of filters.
 *
 * A value is stored once per filter. `$share/group/filter` is a filter of its own, and matches as `filter` does. A match returns a value
 * once for each of its filters that matches. Filters and topics must be valid.
 */
export class TopicTrie<T> {
  /** The filters without wildcards, by the only topic that they match. */
  private readonly exact = new Map<string, Leaf<T>>();
  private readonly root = new Level<T>();
  private pairs = 0;

  /** The number of pairs of filter and value. */
  get size(): number {
    return this.pairs;
  }

  /** Adds a value to a filter, unless the filter has it already. */
  add(filter: string, value: T): void {
    const { group, filter: pattern } = parseShare(filter);
    const leaf = hasWildcard(pattern)
      ? this.growLeaf(pattern, group)
      : upsert(this.exact, pattern, () => createLeaf<T>(group));
    if (insert(leaf, group, value)) this.pairs++;
  }

  /** Removes a value from one filter. Returns false when that filter does not have it. */
  delete(filter: string, value: T): boolean {
    const { group, filter: pattern } = parseShare(filter);
    const removed = hasWildcard(pattern)
      ? this.deleteWild(pattern, group, value)
      : this.deleteExact(pattern, group, value);
    if (removed) this.pairs--;
    return removed;
  }

  /** Appends the values of all filters that match the topic to `into`, in no particular order, and returns it. */
  match(topic: string, into: T[]): T[] {
    collect(this.exact.get(topic), into);
    if (isEmpty(this.root)) return into;
    let branches: Branch<T> | undefined;
    let level: Level<T> | undefined = this.root;
    let start = 0;
    // wildcards do not match a first level that begins with $ [MQTT-4.7.2-1]
    let mayMatchWildcards = topic.charCodeAt(0) !== DOLLAR;
    while (level !== undefined) {
      const slash = topic.indexOf('/', start);
      const literal: Level<T> | undefined = level.literals?.get(topic.slice(start, slash < 0 ? topic.length : slash));
      const plus: Level<T> | undefined = mayMatchWildcards ? level.plus : undefined;
      if (mayMatchWildcards) collect(level.hash?.leaf, into);
      mayMatchWildcards = true;
      if (slash >= 0) {
        start = slash + 1;
        if (literal !== undefined && plus !== undefined) branches = { level: plus, start, next: branches };
        level = literal ?? plus;
      } else {
        collectEnd(literal, into);
        collectEnd(plus, into);
        level = undefined;
      }
      if (level === undefined && branches !== undefined) ({ level, start, next: branches } = branches);
    }
    return into;
  }

  private growLeaf(filter: string, group: string | undefined): Leaf<T> {
    let level = this.root;
    for (const name of filter.split('/')) {
      if (name === '+') level = level.plus ??= new Level();
      else if (name === '#') level = level.hash ??= new Level();
      else level = upsert((level.literals ??= new Map<string, Level<T>>()), name, () => new Level());
    }
    return (level.leaf ??= createLeaf(group));
  }

  private deleteExact(filter: string, group: string | undefined, value: T): boolean {
    const leaf = this.exact.get(filter);
    if (leaf === undefined || !remove(leaf, group, value)) return false;
    if (leaf.length === 0) this.exact.delete(filter);
    return true;
  }

  private deleteWild(filter: string, group: string | undefined, value: T): boolean {
    const path: [above: Level<T>, name: string][] = [];
    let level: Level<T> = this.root;
    for (const name of filter.split('/')) {
      const below = name === '+' ? level.plus : name === '#' ? level.hash : level.literals?.get(name);
      if (below === undefined) return false;
      path.push([level, name]);
      level = below;
    }
    if (level.leaf === undefined || !remove(level.leaf, group, value)) return false;
    if (level.leaf.length === 0) level.leaf = undefined;
    for (let step = path.pop(); step !== undefined && isEmpty(level); step = path.pop()) {
      const [above, name] = step;
      removeLevel(above, name);
      level = above;
    }
    return true;
  }
}

/** Appends the values of filters that end at this level, or with '#' at the next one: 'sport/#' matches 'sport' too. */
function collectEnd<T>(level: Level<T> | undefined, into: T[]): void {
  collect(level?.leaf, into);
  collect(level?.hash?.leaf, into);
}

function isEmpty<T>(level: Level<T>): boolean {
  return (
    level.leaf === undefined && level.plus === undefined && level.hash === undefined && level.literals === undefined
  );
}

function removeLevel<T>(above: Level<T>, name: string): void {
  if (name === '+') above.plus = undefined;
  else if (name === '#') above.hash = undefined;
  else if (above.literals?.delete(name) && above.literals.size === 0) above.literals = undefined;
}

/** A Map, or one that is made with its first entry. */
interface Entries<K, V> {
  get(key: K): V | undefined;
  set(key: K, value: V): unknown;
}

function upsert<K, V>(map: Entries<K, V>, key: K, create: () => V): V {
  let value = map.get(key);
  if (value === undefined) map.set(key, (value = create()));
  return value;
}

/** The values of a filter and of its shared forms: one set without a group, and one per group. */
export type Leaf<T> = { group: string | undefined; values: Few<T> }[];

/** Returns a leaf that has room for one group. An empty array that grows has room for 17. */
const createLeaf = <T>(group: string | undefined): Leaf<T> => [{ group, values: undefined }];

/** Inserts a value into the set of a group. Returns false when the set has it already. */
function insert<T>(leaf: Leaf<T>, group: string | undefined, value: T): boolean {
  const end = leaf.find(each => each.group === group);
  if (end === undefined) leaf.push({ group, values: value });
  else if (hasMember(end.values, value)) return false;
  else end.values = withMember(end.values, value);
  return true;
}

/** Removes a value from the set of a group. Returns false when the set does not have it. */
function remove<T>(leaf: Leaf<T>, group: string | undefined, value: T): boolean {
  const index = leaf.findIndex(each => each.group === group);
  const end = leaf[index];
  if (end === undefined || !hasMember(end.values, value)) return false;
  end.values = withoutMember(end.values, value);
  if (end.values === undefined) leaf.splice(index, 1);
  return true;
}

/** Appends the values of all groups to `into`. */
function collect<T>(leaf: Leaf<T> | undefined, into: T[]): void {
  if (leaf === undefined) return;
  for (const { values } of leaf) {
    if (values instanceof Set) for (const value of values) into.push(value);
    else if (values !== undefined) into.push(values);
  }
}
