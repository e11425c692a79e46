import type { MqttError } from '../errors.js';

/** The end of a connection by the other side, for a reason that does not concern the connection itself. */
export interface HangUp {
  readonly error: MqttError;
  /** Some of what was written had not left when the connection ended. */
  readonly unsent: boolean;
}

/** What can cause a hang-up, and so can be isolated: a message, a filter, or a call of `unsubscribe()`. */
export interface Isolatable {
  /** How many connections ended while it was the first without an answer. One that ended with an outage counts half. */
  hangUps: number;
  /** It is sent alone, because connections ended at it. */
  isolated: boolean;
}

/** What was sent first of all that has no answer on a connection. These are several filters where one SUBSCRIBE names them. */
export interface FirstUnanswered {
  readonly items: readonly Isolatable[];
  /** ms on the clock when it was sent; undefined where that has not been recorded. */
  readonly sentAt: number | undefined;
}

/** When a SUBSCRIBE or UNSUBSCRIBE was sent. */
export interface SendMark {
  /** ms on the clock */
  readonly sentAt: number;
  /** How many messages had been sent on the connection. */
  readonly messagesBefore: number;
}

export interface IsolationConfig {
  readonly options: {
    /** The number of connections that may end at a message or a filter before it is isolated; Infinity for no limit. */
    readonly maxDeliveries: number;
  };
  /** ms */
  now(): number;
}

/** What an isolation knows of the session that has it, and what it tells that session. */
export interface IsolationOwner {
  /** Whether everything that was sent has its answer. */
  readonly isIdle: boolean;
  /** How many messages were sent on this connection. */
  readonly messagesSent: number;
  /** Called for an item that was isolated and no longer is. */
  onReleased(item: Isolatable): void;
}

/** The end of a connection that one of these items may have caused. */
interface SuspectedEnd {
  readonly items: readonly Isolatable[];
  /** ms for which the connection held after the items were sent; 0 where that is not known. */
  readonly duration: number;
}

/** ms: a connection that holds for longer is not ended by what was sent at its beginning. */
const LONGEST_EFFECT = 10_000;
/** ms: the shortest time for which a connection has to hold before an isolated item is sent on it. */
const SHORTEST_UPTIME = 1_000;
/** A connection has to hold this many times as long as the longest one that an isolated item seemed to end. */
const UPTIME_FACTOR = 4;
/** The weight of an end after which the server could not be reached: the server was stopped, or the item has stopped it. */
const OUTAGE_WEIGHT = 0.5;

/**
 * Isolates items at which connections seem to end. Each end of a connection by the other side counts as a hang-up of the item that was sent
 * first and has no answer. An isolated item is sent alone, on a connection that has proved to hold without it. If that connection ends too,
 * the item is given up. A connection that ends while nothing is unanswered shows that the items are not the cause, and releases them all.
 */
export class Isolation {
  readonly #config: IsolationConfig;
  readonly #owner: IsolationOwner;

  // lives with the session
  /** Made for the first isolated item. */
  #isolated: Set<Isolatable> | undefined;
  /** ms, the longest time for which a connection held that one of the isolated items seemed to end. */
  #longestDuration = 0;
  /** Set from the end of a connection to the beginning of the next one, when its weight is known. */
  #suspectedEnd: SuspectedEnd | undefined;
  #hadOutage = false;

  // lives with the connection
  /** ms on the clock */
  #beganAt = 0;
  /** The filters and calls of `unsubscribe()` for whose answers messages wait. Made for the first one. */
  #awaitedFirst: Set<Isolatable> | undefined;
  #sentAlone: Isolatable | undefined;
  #sentAloneAt = 0;

  constructor(config: IsolationConfig, owner: IsolationOwner) {
    this.#config = config;
    this.#owner = owner;
  }

  /** Whether any item is isolated. */
  get isActive(): boolean {
    return this.#isolated !== undefined && this.#isolated.size > 0;
  }

  /** ms for which a connection has to hold before an isolated item is sent, and then with it before others are. */
  get requiredUptime(): number {
    return Math.max(SHORTEST_UPTIME, UPTIME_FACTOR * this.#longestDuration);
  }

  /** Whether what may be sent changes with time. */
  get isTimed(): boolean {
    return this.isActive || this.#awaitsAnswers;
  }

  /** Whether one more hang-up isolates the item. Such items are sent one at a time, which tells at which of them the connection ends. */
  isNearIsolation({ hangUps, isolated }: Isolatable): boolean {
    return !isolated && hangUps > 0 && hangUps >= this.#maxDeliveries - 1;
  }

  /** Records that an attempt to connect found no broker. */
  markUnreachable(): void {
    this.#hadOutage = true;
  }

  /** Begins a connection. Returns what is isolated from now on. */
  begin(): readonly Isolatable[] {
    this.#beganAt = this.#config.now();
    this.#awaitedFirst?.clear();
    const suspectedEnd = this.#suspectedEnd;
    const weight = this.#hadOutage ? OUTAGE_WEIGHT : 1;
    this.#suspectedEnd = undefined;
    this.#hadOutage = false;
    if (suspectedEnd === undefined) return [];
    const { items, duration } = suspectedEnd;
    // items of one SUBSCRIBE stay just below the limit until each has been sent by itself, as only one of them may be the cause
    const most = items.length > 1 ? this.#maxDeliveries - OUTAGE_WEIGHT : Infinity;
    for (const item of items) item.hangUps = Math.min(item.hangUps + weight, most);
    const isolated = items.filter(({ hangUps }) => hangUps >= this.#maxDeliveries);
    if (isolated.length > 0) this.#longestDuration = Math.max(this.#longestDuration, duration);
    for (const item of isolated) {
      item.isolated = true;
      this.#isolated ??= new Set();
      this.#isolated.add(item);
    }
    return isolated;
  }

  /** Holds messages back on this connection until the item has its answer, so that an end before that is an end at such an item. */
  holdMessagesUntilAnswered(item: Isolatable): void {
    this.#awaitedFirst ??= new Set();
    this.#awaitedFirst.add(item);
  }

  /** Whether messages are held back for answers to SUBSCRIBE or UNSUBSCRIBE. This lasts for 10 s at most. */
  get holdsMessages(): boolean {
    return this.#awaitsAnswers && this.#config.now() - this.#beganAt < LONGEST_EFFECT;
  }

  /** Ends the isolation of an item, because it has its answer or is no longer to be sent. Its hang-ups stay counted. */
  release(item: Isolatable): void {
    this.#awaitedFirst?.delete(item);
    if (this.#suspectedEnd !== undefined)
      this.#suspectedEnd = { ...this.#suspectedEnd, items: this.#suspectedEnd.items.filter(each => each !== item) };
    if (!this.#isolated?.delete(item)) return;
    item.isolated = false;
    this.#owner.onReleased(item);
    if (this.#sentAlone === item) this.#sentAlone = undefined;
    if (this.#isolated.size === 0) this.#longestDuration = 0;
  }

  /** Resets the hang-ups of an item and releases it, because the broker has answered and so does not hang up at it. */
  resetHangUps(item: Isolatable): void {
    item.hangUps = 0;
    this.release(item);
  }

  /** Whether nothing but an isolated item may be sent now: one has been sent alone, or is next as soon as all else is answered. */
  get holdsOthers(): boolean {
    const now = this.#config.now();
    if (this.#sentAlone !== undefined) return now - this.#sentAloneAt < this.requiredUptime;
    return this.isActive && now - this.#beganAt >= this.requiredUptime;
  }

  /** The isolated item to send now. */
  get next(): Isolatable | undefined {
    if (this.#sentAlone !== undefined || !this.holdsOthers || !this.#owner.isIdle) return undefined;
    return this.#isolated?.values().next().value;
  }

  /** Returns a mark that later tells whether a request was sent before a message. */
  createSendMark(): SendMark {
    return { sentAt: this.#config.now(), messagesBefore: this.#owner.messagesSent };
  }

  /** Records that the isolated item is sent. */
  markSent(item: Isolatable): void {
    this.#sentAlone = item;
    this.#sentAloneAt = this.#config.now();
  }

  /** Ends a connection; with `hangUp` the other side ended it. Returns the item to give up. */
  end(hangUp: HangUp | undefined, first: FirstUnanswered | undefined): Isolatable | undefined {
    const sentAlone = this.#sentAlone;
    this.#sentAlone = undefined;
    if (hangUp === undefined) return undefined;
    const now = this.#config.now();
    if (sentAlone !== undefined) {
      const duration = now - this.#sentAloneAt;
      if (duration < this.requiredUptime && !isSlowUpload(hangUp, duration)) return sentAlone;
    }
    if (first !== undefined) this.#recordSuspectedEnd(first, now, hangUp);
    else if (sentAlone === undefined && this.#owner.isIdle) this.#resetAll();
    return undefined;
  }

  /**
   * Records which items may have caused the end. Messages have no time stamp: the first hang-up counts whenever the message was sent, and
   * later ones take the beginning of the connection for that time.
   */
  #recordSuspectedEnd({ items, sentAt }: FirstUnanswered, now: number, hangUp: HangUp): void {
    const isKnown = sentAt !== undefined || items.some(({ hangUps }) => hangUps > 0);
    const duration = isKnown ? now - (sentAt ?? this.#beganAt) : 0;
    if (duration > LONGEST_EFFECT || isSlowUpload(hangUp, duration)) return;
    this.#suspectedEnd = { items, duration };
  }

  get #maxDeliveries(): number {
    return this.#config.options.maxDeliveries;
  }

  get #awaitsAnswers(): boolean {
    return this.#awaitedFirst !== undefined && this.#awaitedFirst.size > 0;
  }

  /** Releases all isolated items, because a connection ended while nothing was unanswered: the network or the broker is the cause. */
  #resetAll(): void {
    for (const item of this.#isolated ?? []) this.resetHangUps(item);
  }
}

/** Whether bytes were still leaving although the connection had held for a while, so that their amount may be the cause. */
const isSlowUpload = ({ unsent }: HangUp, duration: number): boolean => unsent && duration > SHORTEST_UPTIME;
