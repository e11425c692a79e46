import type { MqttError } from '../errors.js';
import type { InFlight } from './in-flight.js';
import type { OutgoingMessage } from './outgoing-message.js';

/** A connection that the other side ended, and not by a word that is about the connection itself. */
export interface HangUp {
  readonly error: MqttError;
  /** Some of what was written had not left when it came. */
  readonly unsent: boolean;
}

/** ms: a connection that outlives this is not ended by what it was given at its beginning. */
const SOON = 10_000;
/** ms: the shortest time for which a connection has to hold before an isolated message goes out on it. */
const SHORTEST_PROOF = 1_000;
/** A connection has to hold so many times as long as the last one that the message seemed to end. */
const PROOF_FACTOR = 4;

/**
 * Messages at which connections seem to end. An isolated message goes out alone, on a connection that has proved to hold without it;
 * if that one ends too, the message is to be given up. A connection that ends without it clears it.
 */
export class Isolation {
  readonly #inFlight: InFlight;
  readonly #maxDeliveries: number;
  readonly #now: () => number;

  // lives with the session
  /** All of them are in flight, behind the others. */
  readonly #isolated = new Set<OutgoingMessage>();
  /** Those of them that the present session of the broker has never seen. */
  readonly #unseen = new Set<OutgoingMessage>();
  /** ms, of the last connection that each of them seemed to end. */
  #longestLife = 0;

  // lives with the connection
  /** ms, on the clock. */
  #began = 0;
  #alone: OutgoingMessage | undefined;
  #aloneSince = 0;

  constructor(inFlight: InFlight, maxDeliveries: number, now: () => number) {
    this.#inFlight = inFlight;
    this.#maxDeliveries = maxDeliveries;
    this.#now = now;
  }

  get active(): boolean {
    return this.#isolated.size > 0;
  }

  /** ms for which a connection has to hold before an isolated message goes out. */
  get proof(): number {
    return Math.max(SHORTEST_PROOF, PROOF_FACTOR * this.#longestLife);
  }

  /** @param queued - the oldest message in the queue: without a session, what was in flight is there. */
  begin(queued: OutgoingMessage | undefined): void {
    this.#began = this.#now();
    // a message that is about to be isolated goes out one by one with its neighbours: that tells which of them it is
    const last = Math.max(1, this.#maxDeliveries - 1);
    const isSuspect = ({ hangUps }: OutgoingMessage) => hangUps >= last;
    this.#inFlight.oneByOne = (queued !== undefined && isSuspect(queued)) || this.#unanswered().some(isSuspect);
  }

  /** The broker has no session; what is isolated stays in flight here, and goes out as new. */
  forgetSession(): void {
    for (const message of this.#isolated) {
      message.sentBefore = true;
      this.#unseen.add(message);
    }
  }

  release(message: OutgoingMessage): void {
    if (!this.#isolated.delete(message)) return;
    message.isolated = false;
    this.#inFlight.isolatedNoMore(message);
    this.#unseen.delete(message);
    if (this.#alone === message) this.#alone = undefined;
    if (this.#isolated.size === 0) this.#longestLife = 0;
  }

  /** Whether nothing else may go out now: an isolated message is alone on the connection, or is to be as soon as others are answered. */
  holdsOthers(): boolean {
    const now = this.#now();
    if (this.#alone !== undefined) return now - this.#aloneSince < this.proof;
    return this.#next() !== undefined && now - this.#began >= this.proof;
  }

  /** The isolated message that goes out now. */
  take(): OutgoingMessage | undefined {
    if (this.#alone !== undefined || !this.holdsOthers() || this.#inFlight.unacknowledged > 0) return undefined;
    const message = this.#next()!;
    this.#alone = message;
    this.#aloneSince = this.#now();
    message.dup = !this.#unseen.delete(message);
    this.#inFlight.sendAgain(message);
    return message;
  }

  /** The connection is over. Gives the message that is to be given up. */
  end(hangUp: HangUp | undefined, requests: number): OutgoingMessage | undefined {
    const alone = this.#alone;
    this.#alone = undefined;
    if (hangUp === undefined) return undefined;
    const now = this.#now();
    if (alone?.stage === 'sent') {
      const life = now - this.#aloneSince;
      if (life < this.proof && requests === 0 && !isSlowUpload(hangUp, life)) return alone;
    }
    const oldest = this.#unanswered().find(({ onThisConnection }) => onThisConnection);
    if (oldest !== undefined) this.#blame(oldest, now - this.#began, hangUp);
    else if (alone === undefined && requests === 0 && this.#inFlight.unacknowledged === 0) this.#clear();
    return undefined;
  }

  /** The first time counts whenever it was, so that no message needs a time stamp; after that it went out when the connection began. */
  #blame(message: OutgoingMessage, life: number, hangUp: HangUp): void {
    const isFirst = message.hangUps === 0;
    if (!isFirst && (life > SOON || isSlowUpload(hangUp, life))) return;
    message.hangUps++;
    if (message.hangUps < this.#maxDeliveries) return;
    if (!isFirst) this.#longestLife = Math.max(this.#longestLife, life);
    this.#isolated.add(message);
    message.isolated = true;
    this.#inFlight.isolate(message);
  }

  /** A connection ended with nothing outstanding: it was the network, or the broker, all the time. */
  #clear(): void {
    for (const message of [...this.#isolated]) {
      message.hangUps = 0;
      this.release(message);
    }
  }

  #next(): OutgoingMessage | undefined {
    for (const message of this.#isolated) if (!message.onThisConnection) return message;
    return undefined;
  }

  /** What is in flight before PUBREC, oldest first, without what is isolated. */
  #unanswered(): OutgoingMessage[] {
    return this.#inFlight.all.filter(message => message.stage === 'sent' && !message.isolated);
  }
}

/** The bytes were still leaving, and nobody had objected to the first of them. */
const isSlowUpload = ({ unsent }: HangUp, life: number): boolean => unsent && life > SHORTEST_PROOF;
