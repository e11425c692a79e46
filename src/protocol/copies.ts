import type { MqttMessage, PublishProperties } from '../message.js';
import type { Overlaps } from './overlaps.js';
import { type Entry, difference } from './subscription-entry.js';

/** A stream that a message could be for, by its topic. */
export interface Target {
  /** Those of its filters that match the topic, in the order in which the stream has them; at least one. */
  readonly matching: readonly string[];
  /** How many SUBSCRIBEs there were before it. */
  readonly since: number;
}

/**
 * Where filters overlap, a broker may send one copy of a message for each of them (5.0 section 3.3.4). Their identifiers say which
 * copy came because of which filter, and each stream is given one of them.
 */
export class Copies {
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #overlaps: Overlaps;
  readonly #count: () => number;

  constructor(entries: ReadonlyMap<string, Entry>, overlaps: Overlaps, count: () => number) {
    this.#entries = entries;
    this.#overlaps = overlaps;
    this.#count = count;
  }

  /** How many SUBSCRIBEs there were. */
  get since(): number {
    return this.#count();
  }

  /** Whether messages may still come because of this filter, though no stream wants it and the broker is to forget it. */
  isEnding(filter: string): boolean {
    const entry = this.#entries.get(filter);
    if (entry === undefined || entry.consumers > 0) return false;
    return entry.pending !== undefined || difference(entry) === 'unsubscribe';
  }

  /** Whether the topic alone may not tell for which streams the message is. */
  concern({ properties, retain }: MqttMessage): boolean {
    return properties.subscriptionIdentifier !== undefined || (retain && this.#overlaps.any);
  }

  /** The filters whose topics may be anything, and because of which the message came. */
  aliases({ properties }: MqttMessage): string[] {
    return identifiersOf(properties)
      .map(identifier => this.#overlaps.aliasOf(identifier))
      .filter(filter => filter !== undefined);
  }

  /** The targets that this copy is for, of all that match its topic. */
  choose<T extends Target>({ properties, retain }: MqttMessage, targets: readonly T[]): readonly T[] {
    if (properties.subscriptionIdentifier === undefined) return this.#withoutIdentifier(targets);
    const identifiers = identifiersOf(properties);
    // of an earlier process, in a session that it left behind
    if (!identifiers.some(identifier => this.#overlaps.gave(identifier))) return targets;
    return targets.filter(target => {
      const entry = retain ? this.#bringing(target) : this.#first(target);
      return entry?.identifier !== undefined && identifiers.includes(entry.identifier);
    });
  }

  /** The filter whose copies the target gets: the first that the broker is known to hold. */
  #first({ matching }: Target): Entry | undefined {
    const entries = matching.map(filter => this.#entries.get(filter));
    return entries.find(entry => entry?.identified) ?? entries[0];
  }

  /** The filter whose retained messages the target gets: of those subscribed since it came, and not for others before, the first. */
  #bringing({ matching, since }: Target): Entry | undefined {
    let first = this.#entries.get(matching[0]!);
    let earliest = Infinity;
    for (const filter of matching) {
      const entry = this.#entries.get(filter);
      const turn = entry === undefined ? Infinity : turnOf(entry, since);
      if (turn >= earliest) continue;
      first = entry;
      earliest = turn;
    }
    return first;
  }

  /**
   * A retained message, perhaps for a filter that was subscribed before another came that overlaps it. It is not for that one then,
   * whose own SUBSCRIBE is going to bring it once more.
   */
  #withoutIdentifier<T extends Target>(targets: readonly T[]): readonly T[] {
    if (!targets.some(({ matching }) => matching.some(filter => isComing(this.#entries.get(filter))))) return targets;
    const asked = targets.filter(target => {
      const brought = this.#bringing(target)?.brought;
      return brought !== undefined && brought.by > 0 && brought.identifier === undefined;
    });
    return asked.length > 0 ? asked : targets;
  }
}

const identifiersOf = ({ subscriptionIdentifier = [] }: PublishProperties): readonly number[] =>
  typeof subscriptionIdentifier === 'number' ? [subscriptionIdentifier] : subscriptionIdentifier;

/** Which SUBSCRIBE after that many brings the retained messages of the filter; Infinity for none. */
function turnOf({ brought, held, pending }: Entry, since: number): number {
  if (brought.by > since) return brought.by;
  const isToCome = held === undefined && pending?.kind !== 'subscribe';
  return isToCome ? Number.MAX_SAFE_INTEGER : Infinity;
}

/** Its SUBSCRIBE has gone out with an identifier, and is not answered yet. */
const isComing = (entry: Entry | undefined): boolean =>
  entry?.pending?.kind === 'subscribe' && entry.pending.identifier !== undefined;
