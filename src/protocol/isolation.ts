import type { MqttError } from '../errors.js';

/** A connection that the other side ended, and not by a word that is about the connection itself. */
export interface HangUp {
  readonly error: MqttError;
  /** Some of what was written had not left when it came. */
  readonly unsent: boolean;
}

/** What a connection may end at: a message, a filter, a call of `unsubscribe()`. */
export interface Item {
  /** How many connections ended while it was the first without an answer. One that ended with an outage counts half. */
  hangUps: number;
  /** It goes out alone, because connections ended at it. */
  isolated: boolean;
}

/** The first of what went out on a connection and has no answer; several filters where one SUBSCRIBE names them. */
export interface FirstUnanswered {
  readonly items: readonly Item[];
  /** ms on the clock when it went out; undefined where that has not been noted. */
  readonly sentAt: number | undefined;
}

/** When a SUBSCRIBE or UNSUBSCRIBE went out. */
export interface SendMark {
  /** ms on the clock */
  readonly sentAt: number;
  /** How many messages had gone out on the connection. */
  readonly messagesBefore: number;
}

export interface IsolationConfig {
  readonly maxDeliveries: number;
  /** ms */
  readonly now: () => number;
  /** Whether nothing that has gone out waits for its answer. */
  readonly isQuiet: () => boolean;
  /** How many messages have gone out on this connection. */
  readonly messagesSent: () => number;
  /** Called for an item that was isolated and no longer is. */
  readonly onReleased: (item: Item) => void;
}

/** A connection that seemed to end at these items. */
interface Accusation {
  readonly items: readonly Item[];
  /** ms, of the connection from when they went out; 0 where that is not known. */
  readonly life: number;
}

/** ms: a connection that outlives this is not ended by what it was given at its beginning. */
const SOON = 10_000;
/** ms: the shortest time for which a connection has to hold before an isolated item goes out on it. */
const SHORTEST_PROOF = 1_000;
/** A connection has to hold so many times as long as the last one that the item seemed to end. */
const PROOF_FACTOR = 4;
/** Of an end after which the server could not be reached: the server was stopped, or the item has stopped it. */
const OUTAGE_WEIGHT = 0.5;

/**
 * Items at which connections seem to end. Of each connection that the other side ended, the item that went out first and has no answer is
 * accused. An isolated item goes out alone, on a connection that has proved to hold without it; if that one ends too, the item is to be
 * given up. A connection that ends without it clears it.
 */
export class Isolation {
  readonly #config: IsolationConfig;

  // lives with the session
  readonly #isolated = new Set<Item>();
  /** ms, of the last connection that each of them seemed to end. */
  #longestLife = 0;
  /** From the end of a connection to the beginning of the next one, which tells what it weighs. */
  #accusation: Accusation | undefined;
  #outage = false;

  // lives with the connection
  /** ms, on the clock. */
  #began = 0;
  /** Those of SUBSCRIBE and UNSUBSCRIBE for whose answers messages wait. */
  readonly #suspects = new Set<Item>();
  #alone: Item | undefined;
  #aloneSince = 0;

  constructor(config: IsolationConfig) {
    this.#config = config;
  }

  get active(): boolean {
    return this.#isolated.size > 0;
  }

  /** ms for which a connection has to hold before an isolated item goes out. */
  get proof(): number {
    return Math.max(SHORTEST_PROOF, PROOF_FACTOR * this.#longestLife);
  }

  /** Whether what may go out changes with time. */
  get isTimed(): boolean {
    return this.active || this.#suspects.size > 0;
  }

  /** One that is about to be isolated. Suspects go out one at a time: that tells at which of them the connection ends. */
  isSuspect({ hangUps, isolated }: Item): boolean {
    return !isolated && hangUps > 0 && hangUps >= this.#config.maxDeliveries - 1;
  }

  /** No connection was to be had. */
  unreachable(): void {
    this.#outage = true;
  }

  /** A connection begins. Gives what is isolated from now on. */
  begin(): readonly Item[] {
    this.#began = this.#config.now();
    this.#suspects.clear();
    const accusation = this.#accusation;
    const weight = this.#outage ? OUTAGE_WEIGHT : 1;
    this.#accusation = undefined;
    this.#outage = false;
    if (accusation === undefined) return [];
    const { items, life } = accusation;
    // those that were accused together are suspects, until each has gone out for itself
    const most = items.length > 1 ? this.#config.maxDeliveries - OUTAGE_WEIGHT : Infinity;
    for (const item of items) item.hangUps = Math.min(item.hangUps + weight, most);
    const isolated = items.filter(({ hangUps }) => hangUps >= this.#config.maxDeliveries);
    if (isolated.length > 0) this.#longestLife = Math.max(this.#longestLife, life);
    for (const item of isolated) {
      item.isolated = true;
      this.#isolated.add(item);
    }
    return isolated;
  }

  /** Messages wait on this connection until the suspect has its answer: a connection that ends before ends at a suspect. */
  holdMessagesFor(suspect: Item): void {
    this.#suspects.add(suspect);
  }

  /** Whether suspects of this connection still wait for their answers; for 10 s at most. */
  get holdsMessages(): boolean {
    return this.#suspects.size > 0 && this.#config.now() - this.#began < SOON;
  }

  /** It has its answer, or nobody asks for it any more. */
  release(item: Item): void {
    this.#suspects.delete(item);
    if (this.#accusation !== undefined)
      this.#accusation = { ...this.#accusation, items: this.#accusation.items.filter(each => each !== item) };
    if (!this.#isolated.delete(item)) return;
    item.isolated = false;
    this.#config.onReleased(item);
    if (this.#alone === item) this.#alone = undefined;
    if (this.#isolated.size === 0) this.#longestLife = 0;
  }

  /** The broker has answered: it does not hang up at this. */
  acquit(item: Item): void {
    item.hangUps = 0;
    this.release(item);
  }

  /** Whether nothing else may go out now: an isolated item is alone on the connection, or is to be as soon as others are answered. */
  get holdsOthers(): boolean {
    const now = this.#config.now();
    if (this.#alone !== undefined) return now - this.#aloneSince < this.proof;
    return this.active && now - this.#began >= this.proof;
  }

  /** The isolated item that is to go out now. */
  get next(): Item | undefined {
    if (this.#alone !== undefined || !this.holdsOthers || !this.#config.isQuiet()) return undefined;
    return this.#isolated.values().next().value;
  }

  /** To know later whether a request went out before a message. */
  mark(): SendMark {
    return { sentAt: this.#config.now(), messagesBefore: this.#config.messagesSent() };
  }

  /** It goes out. */
  send(item: Item): void {
    this.#alone = item;
    this.#aloneSince = this.#config.now();
  }

  /** The connection is over; with `hangUp` the other side ended it. Gives the item that is to be given up. */
  end(hangUp: HangUp | undefined, first: FirstUnanswered | undefined): Item | undefined {
    const alone = this.#alone;
    this.#alone = undefined;
    if (hangUp === undefined) return undefined;
    const now = this.#config.now();
    if (alone !== undefined) {
      const life = now - this.#aloneSince;
      if (life < this.proof && !isSlowUpload(hangUp, life)) return alone;
    }
    if (first !== undefined) this.#accuse(first, now, hangUp);
    else if (alone === undefined && this.#config.isQuiet()) this.#clear();
    return undefined;
  }

  /** No message has a time stamp: the first time counts whenever it was; after that it went out when the connection began. */
  #accuse({ items, sentAt }: FirstUnanswered, now: number, hangUp: HangUp): void {
    const isKnown = sentAt !== undefined || items.some(({ hangUps }) => hangUps > 0);
    const life = isKnown ? now - (sentAt ?? this.#began) : 0;
    if (life > SOON || isSlowUpload(hangUp, life)) return;
    this.#accusation = { items, life };
  }

  /** A connection ended with nothing outstanding: it was the network, or the broker, all the time. */
  #clear(): void {
    for (const item of [...this.#isolated]) this.acquit(item);
  }
}

/** Where nothing is ever accused. */
export const noIsolation = (): Isolation =>
  new Isolation({
    maxDeliveries: Infinity,
    now: () => 0,
    isQuiet: () => false,
    messagesSent: () => 0,
    onReleased: () => undefined,
  });

/** The bytes were still leaving, and nobody had objected to the first of them. */
const isSlowUpload = ({ unsent }: HangUp, life: number): boolean => unsent && life > SHORTEST_PROOF;
