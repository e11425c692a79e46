/** The number of used topics to remember. Beyond it, all are forgotten. */
const MEMORY = 1024;
/** The number of characters from which an alias saves bytes: as a property it takes 3. */
const SHORTEST = 4;

interface Alias {
  readonly number: number;
  readonly topic: string;
  /** The count of uses at its last use. */
  lastUse: number;
  newer: Alias | undefined;
  older: Alias | undefined;
}

/**
 * The topic aliases that we give (5.0 section 3.3.2.3.4), for one connection: the broker forgets them with it.
 *
 * To announce an alias takes 3 bytes, which pay only when the topic comes again. So a topic gets one with its second use. When all are
 * given it takes that of the topic which has been silent longest, and only from one that has been silent for longer than itself:
 * more topics than aliases, each in its turn, would otherwise announce with every message and never save a byte. O(1).
 */
export class TopicAliases {
  readonly #maximum: number;

  // lives with the connection
  readonly #aliases = new Map<string, Alias>();
  /** The count of uses at the last use of each topic without an alias. */
  readonly #met = new Map<string, number>();
  #oldest: Alias | undefined;
  #newest: Alias | undefined;
  /** Counts uses. */
  #clock = 0;

  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  /** Returns the alias that the broker knows for the topic of the next message; 0 for none. */
  known(topic: string): number {
    this.#clock++;
    const alias = this.#aliases.get(topic);
    if (alias === undefined) return 0;
    alias.lastUse = this.#clock;
    if (alias !== this.#newest) {
      this.#unlink(alias);
      this.#link(alias);
    }
    return alias.number;
  }

  /** Returns an alias that the next message may announce for its topic; 0 for none. It is assigned by `announced()`. */
  candidate(topic: string): number {
    if (topic.length < SHORTEST) return 0;
    const before = this.#met.get(topic);
    if (this.#met.size >= MEMORY && before === undefined) this.#met.clear();
    this.#met.set(topic, this.#clock);
    if (before === undefined) return 0;
    if (this.#aliases.size < this.#maximum) return this.#aliases.size + 1;
    return this.#oldest!.lastUse < before ? this.#oldest!.number : 0;
  }

  /** Assigns the candidate, which was sent together with its topic. */
  announced(topic: string, number: number): void {
    if (number <= this.#aliases.size) {
      const { topic: silent, lastUse } = this.#oldest!;
      this.#aliases.delete(silent);
      this.#met.set(silent, lastUse);
      this.#unlink(this.#oldest!);
    }
    const alias: Alias = { number, topic, lastUse: this.#clock, newer: undefined, older: undefined };
    this.#met.delete(topic);
    this.#aliases.set(topic, alias);
    this.#link(alias);
  }

  #link(alias: Alias): void {
    alias.newer = undefined;
    alias.older = this.#newest;
    if (this.#newest === undefined) this.#oldest = alias;
    else this.#newest.newer = alias;
    this.#newest = alias;
  }

  #unlink({ older, newer }: Alias): void {
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
  }
}
