import type { MqttError } from '../../errors.js';
import type { QoS } from '../../message.js';
import type { SubackPacket, UnsubackPacket } from '../../packets.js';
import { OverlapDedup } from './overlap-dedup.js';
import { type FirstUnanswered, type Isolation, type Isolatable, type SendMark, noIsolation } from '../isolation.js';
import { capQos } from '../limits.js';
import { mergeRequests } from './merge-requests.js';
import { requestGivenUp } from '../outbound/delivery-errors.js';
import { type Identifiable, Overlaps } from './overlaps.js';
import type { PacketIds } from '../packet-ids.js';
import { UnsubscribeCall } from './unsubscribe-call.js';
import { type UnsubscribeRoom, UnsubscribeCalls } from './unsubscribe-calls.js';
import { type Changes, type Fits, SubscriptionChanges } from './subscription-changes.js';
import {
  type SubscriptionState,
  type Grant,
  type HeldFilter,
  nextRequest,
  markForgotten,
  isWanted,
  newSubscriptionState,
  noSource,
} from './subscription-state.js';
import type { FilterRequest, Request, UnsubscribeRequest } from './subscription-request.js';
import { type SubscriptionOutcome, SubscriptionRequests } from './subscription-requests.js';
import { TopicPrefixes } from '../topics/prefixes.js';

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
  readonly #states = new Map<string, SubscriptionState>();
  readonly #overlaps: Overlaps;
  readonly #unsubscribeCalls: UnsubscribeCalls;
  readonly #requests: SubscriptionRequests;

  // lives with the connection
  readonly #changes = new SubscriptionChanges(this.#states);
  #connected = false;
  /** What is wanted is lowered to this. */
  #maximumQoS: QoS | undefined;

  /** Which of several copies of a message is for which stream. */
  readonly overlapDedup: OverlapDedup;

  constructor(
    packetIds: PacketIds,
    random: () => number = () => 0,
    prefixes = new TopicPrefixes(),
    isolation = noIsolation(),
  ) {
    this.#isolation = isolation;
    this.#unsubscribeCalls = new UnsubscribeCalls(this.#states, isolation);
    this.#requests = new SubscriptionRequests(
      packetIds,
      this.#states,
      this.#changes,
      this.#unsubscribeCalls,
      isolation,
    );
    this.#overlaps = new Overlaps(this.#states, prefixes, random);
    this.overlapDedup = new OverlapDedup(this.#states, this.#overlaps, () => this.#requests.count);
  }

  /** One more stream wants the filter. Throws SUBSCRIPTION_CONFLICT when others want it otherwise. */
  want(request: FilterRequest): void {
    const { filter } = request;
    let state = this.#states.get(filter);
    const arrives = !isWanted(state);
    if (state === undefined) {
      this.#states.set(filter, (state = newSubscriptionState(request)));
    } else {
      const asked = { ...state.wanted, qos: state.requestedQoS };
      state.wanted = state.consumers > 0 ? mergeRequests(asked, request) : request;
      state.requestedQoS = state.wanted.qos;
      state.consumers++;
      state.refused = false;
      if (state.held === 'lost') state.held = undefined;
    }
    this.#lower(state);
    if (arrives) this.#overlaps.add(filter, state);
    this.#changes.markChanged(filter);
  }

  /**
   * One stream less wants the filter.
   *
   * @param keep - the broker is to go on with the filter when no stream wants it any more, until `remove()`.
   */
  release(filter: string, keep = false): void {
    const state = this.#states.get(filter);
    if (state === undefined || state.consumers === 0) return;
    state.consumers--;
    state.kept ||= keep;
    if (state.consumers > 0) return;
    state.refused = false;
    this.#overlaps.remove(filter);
    this.#changes.markChanged(filter);
  }

  /** Whether the broker has confirmed the filter, and streams still want it. Of a lost connection it tells what was. */
  holds(filter: string): boolean {
    const state = this.#states.get(filter);
    return state !== undefined && state.consumers > 0 && typeof state.held === 'object';
  }

  /** What the broker said when it granted the filter; undefined where it does not hold it now, or has been asked anew. */
  grantOf(filter: string): Grant | undefined {
    const state = this.#states.get(filter);
    if (!this.#connected || !this.holds(filter) || state!.doubtful) return undefined;
    return state!.pending === undefined ? state!.grant : undefined;
  }

  /** Filters are to be ended at the broker, whoever has subscribed them. Throws SUBSCRIPTION_CONFLICT while a stream holds one. */
  unsubscribe(call: UnsubscribeCall): void {
    this.#unsubscribeCalls.add(call);
    this.#changes.markDue();
  }

  /** Nobody waits for the removal any more. What has been sent of it goes on. */
  cancelUnsubscribe(call: UnsubscribeCall): void {
    this.#unsubscribeCalls.cancel(call);
    for (const filter of call.unsent) this.#changes.markChanged(filter);
  }

  /** The client is closed. */
  endUnsubscribes(error: MqttError): void {
    this.#unsubscribeCalls.end(error);
  }

  /** What is wanted of the broker from now on has this QoS at the most. */
  lowerTo(maximumQoS: QoS | undefined): void {
    this.#maximumQoS = maximumQoS;
    for (const state of this.#states.values()) this.#lower(state);
  }

  /** What the broker holds, and has to be known when the client comes back to this session. */
  get held(): ReadonlyMap<string, HeldFilter> {
    const filters = [...this.#states].filter(([, { held }]) => typeof held === 'object' || held === 'perhaps');
    return new Map(filters.map(([filter, { held, grant, kept }]) => [filter, { held, grant, kept }]));
  }

  /**
   * The client has another session now, of which the broker holds these filters, if it holds the session at all. Called before `begin()`.
   *
   * What no stream wants any more is to be unsubscribed, unless a stream was to leave it there, in this session or the last.
   */
  changeSession(filters: ReadonlyMap<string, HeldFilter>, resubscribe: Resubscribe): void {
    const kept = [...this.#states].filter(([, state]) => state.kept).map(([filter]) => filter);
    this.#overlaps.renew();
    this.#forgetSession(resubscribe);
    for (const [filter, { held, grant, kept: keep }] of filters) {
      let entry = this.#states.get(filter);
      if (entry === undefined) {
        this.#states.set(filter, (entry = newSubscriptionState(typeof held === 'object' ? held : { filter, qos: 0 })));
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
    for (const [filter, state] of this.#states) {
      const { wanted, consumers } = state;
      state.refused = state.doubtful = false;
      if (sessionPresent && resubscribe === 'always' && consumers > 0) state.held &&= 'perhaps';
      else if (sessionPresent)
        state.doubtful = resubscribe !== 'never' && (wanted.qos === 0 || state.grant?.reasonCode === 0);
      if (this.#isolation.isNearIsolation(state) && nextRequest(state) !== undefined)
        this.#isolation.holdMessagesUntilAnswered(state);
      this.#changes.markChanged(filter);
    }
    this.#unsubscribeCalls.begin();
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
  giveUp(item: Isolatable, why: MqttError, told: (error: MqttError) => void = () => undefined): void {
    if (item instanceof UnsubscribeCall)
      return this.#unsubscribeCalls.fail(item, requestGivenUp('unsubscribe', item.filters, item, why));
    if (!isEntry(item)) return;
    const { wanted, consumers } = item;
    const error = requestGivenUp(consumers > 0 ? 'subscribe' : 'unsubscribe', [wanted.filter], item, why);
    this.#isolation.resetHangUps(item);
    markForgotten(item);
    this.#changes.markChanged(wanted.filter);
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
  get hasChanges(): boolean {
    return this.#changes.isDue;
  }

  /** What differs now, as much of it as goes into one packet of each kind. Each filter is given once until it is answered. */
  takeChanges(fits: Fits = always): Changes {
    this.#overlaps.identify(filter => this.#changes.markChanged(filter));
    const isolated = this.#nextIsolated();
    if (isolated !== undefined || this.#isolation.holdsOthers) return this.#changes.takeAlone(isolated);
    return this.#changes.take(fits, {
      isEnding: filter => this.#unsubscribeCalls.names(filter),
      over: (filter, state) => {
        this.#states.delete(filter);
        this.#overlaps.forget(filter, state);
        this.#isolation.release(state);
      },
      isNearIsolation: entry => this.#isolation.isNearIsolation(entry),
      unsuspicious: entry => this.#isolation.release(entry),
      isQuiet: this.requests === 0,
    });
  }

  /** The isolated filter that goes out now. One of which nothing is to be asked is isolated no more. */
  #nextIsolated(): string | undefined {
    for (let { next } = this.#isolation; next !== undefined && isEntry(next); { next } = this.#isolation) {
      const { filter } = next.wanted;
      const kind = nextRequest(next);
      if (kind === 'subscribe' || (kind === 'unsubscribe' && !this.#unsubscribeCalls.names(filter))) return filter;
      this.#isolation.release(next);
      this.#changes.markChanged(filter);
    }
    return undefined;
  }

  /** The next UNSUBSCRIBE that `remove()` asked for. Its caller is told where there is an obstacle. */
  takeUnsubscribe(room: UnsubscribeRoom): UnsubscribeRequest | undefined {
    const isolation = this.#isolation;
    return this.#unsubscribeCalls.take(room, call => {
      if (call.isolated) return isolation.next === call;
      return !isolation.holdsOthers && (this.requests === 0 || !isolation.isNearIsolation(call));
    });
  }

  /** A request goes out, with the packet identifier that it gives; with 0 none is free, and it is to be taken again. */
  start(request: Request): number {
    return this.#requests.start(request);
  }

  /** The broker's limits rule the filter out: it is refused unasked. */
  refuse(filter: string): void {
    const state = this.#states.get(filter);
    if (state === undefined) return;
    state.refused = true;
    this.#isolation.release(state);
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
    for (const [filter, state] of this.#states) {
      const { held } = state;
      markForgotten(state);
      if (resubscribe === 'never' && (typeof held === 'object' || held === 'lost')) state.held = 'lost';
      state.retainedBy = noSource;
      this.#overlaps.forget(filter, state);
    }
  }

  #lower(state: SubscriptionState): void {
    const qos = capQos(state.requestedQoS, this.#maximumQoS);
    if (qos !== state.wanted.qos) state.wanted = { ...state.wanted, qos };
  }
}

const isEntry = (item: Isolatable): item is SubscriptionState => 'wanted' in item;
