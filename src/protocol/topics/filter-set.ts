import { shareLength } from './share.js';
import { DOLLAR } from './syntax.js';

/** One level of the filters. */
interface Level {
  readonly below: Map<string, Level>;
  /** The filters that end here: one, and its shared forms. */
  ends: Set<string> | undefined;
}

/** A level that is still to be looked at, and the index of what the levels below it are to agree with. */
type Step = readonly [level: Level, depth: number];

/**
 * Topic filters that can be asked which of them overlap another: which of them can match a topic that it can match too
 * (5.0 section 4.7). The time depends on how many overlap, not on how many there are. Filters are taken to be valid.
 */
export class FilterSet {
  readonly #root = newLevel();

  add(filter: string): void {
    let level = this.#root;
    for (const name of levelsOf(filter)) {
      let next = level.below.get(name);
      if (next === undefined) level.below.set(name, (next = newLevel()));
      level = next;
    }
    (level.ends ??= new Set()).add(filter);
  }

  delete(filter: string): void {
    const path: (readonly [above: Level, name: string])[] = [];
    let level = this.#root;
    for (const name of levelsOf(filter)) {
      const next = level.below.get(name);
      if (next === undefined) return;
      path.push([level, name]);
      level = next;
    }
    level.ends?.delete(filter);
    if (level.ends?.size === 0) level.ends = undefined;
    for (let step = path.pop(); step !== undefined && isBare(level); step = path.pop()) {
      const [above, name] = step;
      above.below.delete(name);
      level = above;
    }
  }

  /** The others that overlap this filter, in no particular order. `$share/group/filter` overlaps as `filter` does. */
  overlapping(filter: string): string[] {
    const names = levelsOf(filter);
    const found: string[] = [];
    const take = (level: Level | undefined) => {
      for (const end of level?.ends ?? []) if (end !== filter) found.push(end);
    };
    // a list, not recursion: a filter may have more levels than the stack has room for
    const steps: Step[] = [[this.#root, 0]];
    for (let step = steps.pop(); step !== undefined; step = steps.pop()) {
      const [level, depth] = step;
      const name = names[depth];
      const { below } = level;
      const first = level === this.#root;
      if (name === undefined || name === '#') take(level);
      if (name === undefined) {
        take(below.get('#')); // "sport/#" holds for "sport" too
      } else if (name === '#') {
        for (const [stored, next] of below) if (meetsWildcard(stored, first)) steps.push([next, depth]);
      } else if (name === '+') {
        for (const [stored, next] of below) {
          if (stored === '#') take(next);
          else if (meetsWildcard(stored, first)) steps.push([next, depth + 1]);
        }
      } else {
        const literal = below.get(name);
        if (literal !== undefined) steps.push([literal, depth + 1]);
        if (!meetsWildcard(name, first)) continue;
        const plus = below.get('+');
        if (plus !== undefined) steps.push([plus, depth + 1]);
        take(below.get('#'));
      }
    }
    return found;
  }
}

/** A first level with $ is out of reach for wildcards [MQTT-4.7.2-1]. */
const meetsWildcard = (name: string, first: boolean): boolean => !first || name.charCodeAt(0) !== DOLLAR;

const newLevel = (): Level => ({ below: new Map(), ends: undefined });

const levelsOf = (filter: string): string[] => filter.slice(shareLength(filter)).split('/');

const isBare = ({ below, ends }: Level): boolean => ends === undefined && below.size === 0;
