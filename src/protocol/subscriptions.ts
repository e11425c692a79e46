import type { SubackPacket, SubscriptionRequest, UnsubackPacket } from '../packets.js';
import { Copies } from './copies.js';
import { isSameRequest, mergeRequests } from './merge-requests.js';
import { type Identifiable, Overlaps } from './overlaps.js';
import type { PacketIds } from './packet-ids.js';
import { isFailure } from './reason-codes.js';
import {
  type Entry,
  asking,
  difference,
  isOver,
  isWanted,
  lacksIdentifier,
  newEntry,
  nothing,
  requestOf,
  subscribed,
} from './subscription-entry.js';
import { type Request, assertAnswers, filtersOf } from './subscription-request.js';

type Resubscribe = 'ifSessionLost' | 'always' | 'never';

/** Whether one more filter may be taken, for a packet of this kind. */
export type Fits = (kind: Request['kind'], filter: string, identifier: number | undefined) => boolean;

/** Filters to subscribe, all in one SUBSCRIBE, and filters to unsubscribe. */
export interface Changes {
  readonly subscribe: SubscriptionRequest[];
  identifier: number | undefined;
  readonly unsubscribe: string[];
}

const always: Fits = () => true;
const none: Identifiable = () => false;

export interface SubscriptionOutcome {
  readonly filters: readonly string[];
  readonly reasonCodes: readonly number[];
}

/**
 * What is wanted, filter by filter, beside what the broker holds. The difference is what is to be sent; so calls that cancel each
 * other out send nothing, and after a lost session everything comes again by itself.
 */
export class Subscriptions {
  readonly #packetIds: PacketIds;

  // lives with the session
  readonly #entries = new Map<string, Entry>();
  readonly #overlaps: Overlaps;
  /** How many SUBSCRIBEs there were. */
  #count = 0;

  // lives with the connection
  readonly #requests = new Map<number, Request>();
  /** The filters to be looked at: only they can differ. */
  readonly #changed = new Set<string>();
  /** Those of them that the broker holds without the identifier that they need before others are subscribed. */
  readonly #unidentified = new Set<string>();
  /** One of them has not been looked at yet; the others wait for answers. */
  #fresh = false;

  /** Which of several copies of a message is for which stream. */
  readonly copies: Copies;

  constructor(packetIds: PacketIds, random: () => number = () => 0) {
    this.#packetIds = packetIds;
    this.#overlaps = new Overlaps(this.#entries, random);
    this.copies = new Copies(this.#entries, this.#overlaps, () => this.#count);
  }

  /** One more stream wants the filter. Throws SUBSCRIPTION_CONFLICT when others want it otherwise. */
  want(request: SubscriptionRequest): void {
    const { filter } = request;
    const entry = this.#entries.get(filter);
    const arrives = !isWanted(entry);
    if (entry === undefined) {
      this.#entries.set(filter, newEntry(request));
    } else {
      entry.wanted = entry.consumers > 0 ? mergeRequests(entry.wanted, request) : request;
      entry.consumers++;
      entry.refused = false;
      if (entry.held === 'lost') entry.held = undefined;
    }
    if (arrives) this.#overlaps.arrive(filter);
    this.#look(filter);
  }

  /** One stream less wants the filter. */
  release(filter: string): void {
    const entry = this.#entries.get(filter);
    if (entry === undefined || entry.consumers === 0) return;
    entry.consumers--;
    if (entry.consumers > 0) return;
    entry.refused = false;
    this.#look(filter);
  }

  /** Whether the broker has confirmed the filter, and streams still want it. Of a lost connection it tells what was. */
  holds(filter: string): boolean {
    const entry = this.#entries.get(filter);
    return entry !== undefined && entry.consumers > 0 && typeof entry.held === 'object';
  }

  /** A connection begins: what the broker still holds, and what is to be asked for again. */
  begin(sessionPresent: boolean, resubscribe: Resubscribe, identifiable = none): void {
    this.end();
    for (const [filter, entry] of this.#entries) {
      if (!sessionPresent) {
        entry.held = resubscribe === 'never' && typeof entry.held === 'object' ? 'lost' : undefined;
        entry.brought = nothing;
        this.#overlaps.forget(entry);
      } else if (resubscribe === 'always' && entry.consumers > 0) entry.held = undefined;
      entry.refused = false;
      this.#look(filter);
    }
    this.#overlaps.begin(identifiable);
  }

  /** The connection is over: its requests will not be answered. */
  end(): void {
    for (const [id, request] of this.#requests) {
      this.#finish(id, request);
      if (request.kind === 'unsubscribe') continue;
      for (const asked of request.requests) {
        const entry = this.#entries.get(asked.filter)!;
        if (typeof entry.held !== 'object' || !isSameRequest(entry.held, asked)) entry.held = 'perhaps';
      }
    }
  }

  /** How many SUBSCRIBEs and UNSUBSCRIBEs wait for their answer. */
  get requests(): number {
    return this.#requests.size;
  }

  /** Packet identifier of the oldest of them. */
  get oldestRequest(): number | undefined {
    return this.#requests.keys().next().value;
  }

  /** Whether there may be something new to ask the broker for, that has not been held back before. */
  get changed(): boolean {
    return this.#fresh;
  }

  /** What differs now, as much of it as goes into one packet of each kind. Each filter is given once until it is answered. */
  takeChanges(fits: Fits = always): Changes {
    this.#overlaps.identify(filter => this.#look(filter));
    this.#fresh = false;
    const changes: Changes = { subscribe: [], identifier: undefined, unsubscribe: [] };
    // a filter that overlaps another is subscribed when that one has its identifier: otherwise some messages would come twice
    if (this.#take(this.#unidentified, changes, fits)) this.#take(this.#changed, changes, fits);
    return changes;
  }

  /** Takes an identifier for a request; 0 when none is free: put it back then. */
  start(request: Request): number {
    const id = this.#packetIds.take();
    if (id === 0) {
      for (const filter of filtersOf(request)) this.#look(filter);
      return 0;
    }
    this.#requests.set(id, request);
    if (request.kind === 'subscribe') this.#count++;
    for (const filter of filtersOf(request)) asking(this.#entries.get(filter)!, request, this.#count);
    return id;
  }

  /** The broker's limits rule the filter out: it is refused unasked. */
  refuse(filter: string): void {
    const entry = this.#entries.get(filter);
    if (entry) entry.refused = true;
  }

  /** 5.0 section 3.9. Undefined for a SUBACK that nothing waits for. */
  suback(answer: SubackPacket): SubscriptionOutcome | undefined {
    const { packetId, reasonCodes } = answer;
    const request = this.#requests.get(packetId);
    if (request?.kind !== 'subscribe') return undefined;
    assertAnswers(answer, request);
    request.requests.forEach((asked, i) => {
      const entry = this.#entries.get(asked.filter);
      if (entry) subscribed(entry, asked, request, isFailure(reasonCodes[i]));
    });
    this.#finish(packetId, request);
    return { filters: filtersOf(request), reasonCodes };
  }

  /** 5.0 section 3.11. Undefined for an UNSUBACK that nothing waits for. */
  unsuback(answer: UnsubackPacket): SubscriptionOutcome | undefined {
    const { packetId, reasonCodes } = answer;
    const request = this.#requests.get(packetId);
    if (request?.kind !== 'unsubscribe') return undefined;
    assertAnswers(answer, request);
    this.#finish(packetId, request);
    request.filters.forEach((filter, i) => {
      const entry = this.#entries.get(filter)!;
      if (isFailure(reasonCodes[i])) entry.refused = entry.consumers === 0;
      else {
        entry.held = undefined;
        entry.identified = false;
      }
    });
    return { filters: request.filters, reasonCodes };
  }

  /** False when some are left. */
  #take(from: Set<string>, changes: Changes, fits: Fits): boolean {
    const { subscribe, unsubscribe } = changes;
    for (const filter of from) {
      const entry = this.#entries.get(filter);
      const kind = entry && difference(entry);
      if (entry && isOver(entry)) {
        this.#entries.delete(filter);
        this.#overlaps.leave(filter, entry);
      }
      if (kind === 'subscribe') {
        const { identifier } = entry!;
        if (subscribe.length > 0 && identifier !== changes.identifier) continue; // goes into a packet of its own
        if (!fits(kind, filter, identifier)) break;
        subscribe.push(requestOf(entry!));
        changes.identifier = identifier;
      } else if (kind === 'unsubscribe') {
        if (!fits(kind, filter, undefined)) break;
        unsubscribe.push(filter);
      }
      this.#unidentified.delete(filter);
      this.#changed.delete(filter);
    }
    return from.size === 0;
  }

  #look(filter: string): void {
    const entry = this.#entries.get(filter);
    (entry && lacksIdentifier(entry) ? this.#unidentified : this.#changed).add(filter);
    this.#fresh = true;
  }

  #finish(id: number, request: Request): void {
    this.#requests.delete(id);
    this.#packetIds.release(id);
    for (const filter of filtersOf(request)) {
      const entry = this.#entries.get(filter);
      if (entry?.pending === request) entry.pending = entry.asked = undefined;
      this.#look(filter);
    }
  }
}
