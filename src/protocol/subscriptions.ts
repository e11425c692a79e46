import type { MqttError } from '../errors.js';
import type { QoS } from '../message.js';
import type { SubackPacket, UnsubackPacket } from '../packets.js';
import { Copies } from './copies.js';
import { type FirstUnanswered, type Isolation, type Item, type SendMark, noIsolation } from './isolation.js';
import { capQos } from './limits.js';
import { mergeRequests } from './merge-requests.js';
import { requestGivenUp } from './delivery-errors.js';
import { type Identifiable, Overlaps } from './overlaps.js';
import type { PacketIds } from './packet-ids.js';
import { Removal } from './removal.js';
import { type RemovalRoom, Removals } from './removals.js';
import { type Changes, type Fits, SubscriptionChanges } from './subscription-changes.js';
import {
  type Entry,
  type Grant,
  type HeldFilter,
  difference,
  forgotten,
  isWanted,
  newEntry,
  nothing,
} from './subscription-entry.js';
import type { FilterRequest, Request, UnsubscribeRequest } from './subscription-request.js';
import { type SubscriptionOutcome, SubscriptionRequests } from './subscription-requests.js';
import { TopicPrefixes } from './topics/prefixes.js';

export type Resubscribe = 'ifSessionLost' | 'always' | 'never';

const always: Fits = () => true;
const none: Identifiable = () => false;

/**
 * What is wanted, filter by filter, beside what the broker holds. The difference is what is to be sent; so calls that cancel each
 * other out send nothing, and after a lost session everything comes again by itself.
 */
export class Subscriptions {
  readonly #isolation: Isolation;

  // lives with the session
  readonly #entries = new Map<string, Entry>();
  readonly #overlaps: Overlaps;
  readonly #removals: Removals;
  readonly #requests: SubscriptionRequests;

  // lives with the connection
  readonly #changes = new SubscriptionChanges(this.#entries);
  #connected = false;
  /** What is wanted is lowered to this. */
  #maximumQoS: QoS | undefined;

  /** Which of several copies of a message is for which stream. */
  readonly copies: Copies;

  constructor(
    packetIds: PacketIds,
    random: () => number = () => 0,
    prefixes = new TopicPrefixes(),
    isolation = noIsolation(),
  ) {
    this.#isolation = isolation;
    this.#removals = new Removals(this.#entries, isolation);
    this.#requests = new SubscriptionRequests(packetIds, this.#entries, this.#changes, this.#removals, isolation);
    this.#overlaps = new Overlaps(this.#entries, prefixes, random);
    this.copies = new Copies(this.#entries, this.#overlaps, () => this.#requests.count);
  }

  /** One more stream wants the filter. Throws SUBSCRIPTION_CONFLICT when others want it otherwise. */
  want(request: FilterRequest): void {
    const { filter } = request;
    let entry = this.#entries.get(filter);
    const arrives = !isWanted(entry);
    if (entry === undefined) {
      this.#entries.set(filter, (entry = newEntry(request)));
    } else {
      const asked = { ...entry.wanted, qos: entry.requestedQoS };
      entry.wanted = entry.consumers > 0 ? mergeRequests(asked, request) : request;
      entry.requestedQoS = entry.wanted.qos;
      entry.consumers++;
      entry.refused = false;
      if (entry.held === 'lost') entry.held = undefined;
    }
    this.#lower(entry);
    if (arrives) this.#overlaps.arrive(filter, entry);
    this.#changes.look(filter);
  }

  /**
   * One stream less wants the filter.
   *
   * @param keep - the broker is to go on with the filter when no stream wants it any more, until `remove()`.
   */
  release(filter: string, keep = false): void {
    const entry = this.#entries.get(filter);
    if (entry === undefined || entry.consumers === 0) return;
    entry.consumers--;
    entry.kept ||= keep;
    if (entry.consumers > 0) return;
    entry.refused = false;
    this.#overlaps.depart(filter);
    this.#changes.look(filter);
  }

  /** Whether the broker has confirmed the filter, and streams still want it. Of a lost connection it tells what was. */
  holds(filter: string): boolean {
    const entry = this.#entries.get(filter);
    return entry !== undefined && entry.consumers > 0 && typeof entry.held === 'object';
  }

  /** What the broker said when it granted the filter; undefined where it does not hold it now, or has been asked anew. */
  grantOf(filter: string): Grant | undefined {
    const entry = this.#entries.get(filter);
    if (!this.#connected || !this.holds(filter) || entry!.doubtful) return undefined;
    return entry!.pending === undefined ? entry!.grant : undefined;
  }

  /** Filters are to be ended at the broker, whoever has subscribed them. Throws SUBSCRIPTION_CONFLICT while a stream holds one. */
  remove(removal: Removal): void {
    this.#removals.add(removal);
    this.#changes.ask();
  }

  /** Nobody waits for the removal any more. What has been sent of it goes on. */
  cancelRemoval(removal: Removal): void {
    this.#removals.cancel(removal);
    for (const filter of removal.unsent) this.#changes.look(filter);
  }

  /** The client is closed. */
  endRemovals(error: MqttError): void {
    this.#removals.end(error);
  }

  /** What is wanted of the broker from now on has this QoS at the most. */
  lowerTo(maximumQoS: QoS | undefined): void {
    this.#maximumQoS = maximumQoS;
    for (const entry of this.#entries.values()) this.#lower(entry);
  }

  /** What the broker holds, and has to be known when the client comes back to this session. */
  get held(): ReadonlyMap<string, HeldFilter> {
    const filters = [...this.#entries].filter(([, { held }]) => typeof held === 'object' || held === 'perhaps');
    return new Map(filters.map(([filter, { held, grant, kept }]) => [filter, { held, grant, kept }]));
  }

  /**
   * The client has another session now, of which the broker holds these filters, if it holds the session at all. Called before `begin()`.
   *
   * What no stream wants any more is to be unsubscribed, unless a stream was to leave it there, in this session or the last.
   */
  changeSession(filters: ReadonlyMap<string, HeldFilter>, resubscribe: Resubscribe): void {
    const kept = [...this.#entries].filter(([, entry]) => entry.kept).map(([filter]) => filter);
    this.#overlaps.renew();
    this.#forgetSession(resubscribe);
    for (const [filter, { held, grant, kept: keep }] of filters) {
      let entry = this.#entries.get(filter);
      if (entry === undefined) {
        this.#entries.set(filter, (entry = newEntry(typeof held === 'object' ? held : { filter, qos: 0 })));
        entry.consumers = 0;
      }
      Object.assign(entry, { held, grant, kept: keep || kept.includes(filter) });
    }
  }

  /** A connection begins: what the broker still holds, and what is to be asked for again. */
  begin(sessionPresent: boolean, resubscribe: Resubscribe, identifiable = none): void {
    this.end();
    this.#connected = true;
    if (!sessionPresent) this.#forgetSession(resubscribe);
    for (const [filter, entry] of this.#entries) {
      const { wanted, consumers } = entry;
      entry.refused = entry.doubtful = false;
      if (sessionPresent && resubscribe === 'always' && consumers > 0) entry.held &&= 'perhaps';
      else if (sessionPresent)
        entry.doubtful = resubscribe !== 'never' && (wanted.qos === 0 || entry.grant?.reasonCode === 0);
      if (this.#isolation.isSuspect(entry) && difference(entry) !== undefined) this.#isolation.holdMessagesFor(entry);
      this.#changes.look(filter);
    }
    this.#removals.begin();
    this.#overlaps.begin(identifiable);
  }

  /** The connection is over: its requests will not be answered. */
  end(): void {
    this.#connected = false;
    this.#requests.end();
  }

  /** The SUBSCRIBE or UNSUBSCRIBE that has waited for its answer for longest. */
  get firstUnanswered(): (FirstUnanswered & SendMark) | undefined {
    return this.#requests.firstUnanswered;
  }

  /**
   * A filter, or a call of `unsubscribe()`, is not asked for any more, because connections end at it. The filter is forgotten: an
   * UNSUBSCRIBE would end the next connection.
   */
  giveUp(item: Item, why: MqttError, told: (error: MqttError) => void = () => undefined): void {
    if (item instanceof Removal)
      return this.#removals.fail(item, requestGivenUp('unsubscribe', item.filters, item, why));
    if (!isEntry(item)) return;
    const { wanted, consumers } = item;
    const error = requestGivenUp(consumers > 0 ? 'subscribe' : 'unsubscribe', [wanted.filter], item, why);
    this.#isolation.acquit(item);
    forgotten(item);
    this.#changes.look(wanted.filter);
    told(error);
  }

  /** How many SUBSCRIBEs and UNSUBSCRIBEs wait for their answer. */
  get requests(): number {
    return this.#requests.size;
  }

  /** Packet identifier of the oldest of them. */
  get oldestRequest(): number | undefined {
    return this.#requests.oldest;
  }

  /** Whether there may be something new to ask the broker for, that has not been held back before. */
  get changed(): boolean {
    return this.#changes.fresh;
  }

  /** What differs now, as much of it as goes into one packet of each kind. Each filter is given once until it is answered. */
  takeChanges(fits: Fits = always): Changes {
    this.#overlaps.identify(filter => this.#changes.look(filter));
    const isolated = this.#nextIsolated();
    if (isolated !== undefined || this.#isolation.holdsOthers) return this.#changes.takeAlone(isolated);
    return this.#changes.take(fits, {
      isEnding: filter => this.#removals.names(filter),
      over: (filter, entry) => {
        this.#entries.delete(filter);
        this.#overlaps.forget(filter, entry);
        this.#isolation.release(entry);
      },
      isSuspect: entry => this.#isolation.isSuspect(entry),
      unsuspicious: entry => this.#isolation.release(entry),
      isQuiet: this.requests === 0,
    });
  }

  /** The isolated filter that goes out now. One of which nothing is to be asked is isolated no more. */
  #nextIsolated(): string | undefined {
    for (let { next } = this.#isolation; next !== undefined && isEntry(next); { next } = this.#isolation) {
      const { filter } = next.wanted;
      const kind = difference(next);
      if (kind === 'subscribe' || (kind === 'unsubscribe' && !this.#removals.names(filter))) return filter;
      this.#isolation.release(next);
      this.#changes.look(filter);
    }
    return undefined;
  }

  /** The next UNSUBSCRIBE that `remove()` asked for. Its caller is told where there is an obstacle. */
  takeRemoval(room: RemovalRoom): UnsubscribeRequest | undefined {
    const isolation = this.#isolation;
    return this.#removals.take(room, removal => {
      if (removal.isolated) return isolation.next === removal;
      return !isolation.holdsOthers && (this.requests === 0 || !isolation.isSuspect(removal));
    });
  }

  /** A request goes out, with the packet identifier that it gives; with 0 none is free, and it is to be taken again. */
  start(request: Request): number {
    return this.#requests.start(request);
  }

  /** The broker's limits rule the filter out: it is refused unasked. */
  refuse(filter: string): void {
    const entry = this.#entries.get(filter);
    if (entry === undefined) return;
    entry.refused = true;
    this.#isolation.release(entry);
  }

  /** 5.0 section 3.9. Undefined for a SUBACK that nothing waits for. Throws PROTOCOL_ERROR. */
  suback(answer: SubackPacket): SubscriptionOutcome | undefined {
    return this.#requests.suback(answer);
  }

  /** 5.0 section 3.11. Undefined for an UNSUBACK that nothing waits for. Throws PROTOCOL_ERROR. */
  unsuback(answer: UnsubackPacket): SubscriptionOutcome | undefined {
    return this.#requests.unsuback(answer);
  }

  #forgetSession(resubscribe: Resubscribe): void {
    for (const [filter, entry] of this.#entries) {
      const { held } = entry;
      forgotten(entry);
      if (resubscribe === 'never' && (typeof held === 'object' || held === 'lost')) entry.held = 'lost';
      entry.brought = nothing;
      this.#overlaps.forget(filter, entry);
    }
  }

  #lower(entry: Entry): void {
    const qos = capQos(entry.requestedQoS, this.#maximumQoS);
    if (qos !== entry.wanted.qos) entry.wanted = { ...entry.wanted, qos };
  }
}

const isEntry = (item: Item): item is Entry => 'wanted' in item;
