import type { MqttError } from '../../errors.js';
import type { QoS } from '../../message.js';
import type { SubackPacket, UnsubackPacket } from '../../packets.js';
import { OverlapDedup } from './overlap-dedup.js';
import { type FirstUnanswered, type Isolatable, type Isolation, type SendMark } from '../isolation.js';
import { type Resubscribe, beginHeld, heldFiltersOf, replaceHeldFilters, requestRetained } from './held-filters.js';
import { IsolatedRequests } from './isolated-requests.js';
import type { Identifiable } from './overlap-identifiers.js';
import { Overlaps } from './overlaps.js';
import type { PacketIds } from '../packet-ids.js';
import type { UnsubscribeCall } from './unsubscribe-call.js';
import { type FilterSelector, UnsubscribeCalls } from './unsubscribe-calls.js';
import { type Changes, type Fits, SubscriptionChanges, createChanges } from './subscription-changes.js';
import type { Grant, HeldFilter, SubscriptionState } from './subscription-state.js';
import { addConsumer, createSubscriptionState, isWanted, lacksIdentifier, lowerQoS } from './subscription-state.js';
import type { FilterRequest, Request, UnsubscribeRequest } from './subscription-request.js';
import { type SubscriptionOutcome, SubscriptionRequests } from './subscription-requests.js';
import type { TopicPrefixes } from '../topics/prefixes.js';

const always = (): boolean => true;

/**
 * What streams want, filter by filter, and what the broker holds. Requests are made from the difference, so calls that cancel each other
 * out send nothing, and after a lost session every wanted filter is subscribed again.
 */
export class Subscriptions {
  readonly #isolation: Isolation;

  // lives with the session
  readonly #states = new Map<string, SubscriptionState>();
  readonly #overlaps: Overlaps;
  readonly #unsubscribeCalls: UnsubscribeCalls;
  readonly #requests: SubscriptionRequests;

  // lives with the connection
  readonly #changes: SubscriptionChanges;
  #isConnected = false;
  /** Undefined until connections end at a filter, or a call of `unsubscribe()`. */
  #isolatedLate: IsolatedRequests | undefined = undefined;
  /** The QoS of all requests is lowered to this. */
  #maximumQoS: QoS | undefined;

  /** Selects the streams that get a copy of a message, where filters overlap. */
  readonly overlapDedup: OverlapDedup;

  /** @param random - see {@link SubscriptionIds}. */
  constructor(ids: PacketIds, random: () => number, prefixes: TopicPrefixes, isolation: Isolation) {
    this.#isolation = isolation;
    this.#changes = new SubscriptionChanges(this.#states, isolation);
    this.#unsubscribeCalls = new UnsubscribeCalls(this.#states, isolation);
    this.#requests = new SubscriptionRequests(ids, this.#states, this.#changes, this.#unsubscribeCalls, isolation);
    this.#overlaps = new Overlaps(this.#states, prefixes, random);
    this.overlapDedup = new OverlapDedup(this.#states, this.#overlaps, this.#requests);
  }

  /** Adds a stream that wants the filter. Throws SUBSCRIPTION_CONFLICT when others want it with other options. */
  want(request: FilterRequest): void {
    const { filter } = request;
    let state = this.#states.get(filter);
    const isNewlyWanted = !isWanted(state);
    if (state === undefined) this.#states.set(filter, (state = createSubscriptionState(request)));
    else addConsumer(state, request);
    lowerQoS(state, this.#maximumQoS);
    if (isNewlyWanted) this.#overlaps.add(filter, state);
    this.#changes.markChanged(filter);
  }

  /** Removes a stream that wanted the filter. @param keep - whether the broker keeps it without a stream, until `unsubscribe()`. */
  release(filter: string, keep = false): void {
    const state = this.#states.get(filter);
    if (state === undefined || state.consumers === 0) return;
    state.consumers--;
    state.kept ||= keep;
    if (state.consumers > 0) return;
    state.isRefused = false;
    this.#overlaps.remove(filter, state);
    this.#changes.markChanged(filter);
  }

  /** Has the next SUBSCRIBE of a filter that the broker holds bring its retained messages again. */
  requestRetained(filter: string): void {
    if (requestRetained(this.#states.get(filter))) this.#changes.markChanged(filter);
  }

  /** Whether the broker has confirmed the filter, and streams still want it. After a connection ended, it tells what was so then. */
  holds(filter: string): boolean {
    const state = this.#states.get(filter);
    return state !== undefined && state.consumers > 0 && typeof state.held === 'object';
  }

  /** Returns the broker's grant of the filter; undefined where the broker does not hold it now, or has been asked again. */
  grantOf(filter: string): Grant | undefined {
    const state = this.#states.get(filter);
    if (!this.#isConnected || !this.holds(filter) || state!.mayBeDropped) return undefined;
    return state!.pending === undefined ? state!.grant : undefined;
  }

  /** Unsubscribes filters at the broker, whoever subscribed them. Throws SUBSCRIPTION_CONFLICT while a stream holds one. */
  unsubscribe(call: UnsubscribeCall): void {
    this.#unsubscribeCalls.add(call);
    this.#changes.markDue();
  }

  /** Cancels a call that nobody waits for any more. An UNSUBSCRIBE that was sent still counts. */
  cancelUnsubscribe(call: UnsubscribeCall): void {
    this.#unsubscribeCalls.cancel(call);
    for (const filter of call.unsent) this.#changes.markChanged(filter);
  }

  /** Fails all calls of `unsubscribe()`, because the client is closed. */
  endUnsubscribes(makeError: () => MqttError): void {
    this.#unsubscribeCalls.failAll(makeError);
  }

  /** Lowers the QoS of all requests from now on. */
  lowerQoSTo(maximumQoS: QoS | undefined): void {
    if (maximumQoS === this.#maximumQoS) return;
    this.#maximumQoS = maximumQoS;
    for (const state of this.#states.values()) lowerQoS(state, maximumQoS);
  }

  /** What the broker holds, for the time when the client comes back to this session. */
  get held(): ReadonlyMap<string, HeldFilter> {
    return heldFiltersOf(this.#states);
  }

  /** Changes to another session, of which the broker holds these filters if it has the session at all. Must be called before `begin()`. */
  changeSession(filters: ReadonlyMap<string, HeldFilter>, resubscribe: Resubscribe): void {
    this.#overlaps.renewIdentifiers();
    replaceHeldFilters(this.#states, filters, resubscribe);
  }

  /** Begins a connection: finds out what the broker still holds, and what has to be subscribed again. */
  begin(sessionPresent: boolean, resubscribe: Resubscribe, identifiable?: Identifiable): void {
    this.end();
    this.#isConnected = true;
    this.#unsubscribeCalls.begin();
    this.#overlaps.begin(identifiable);
    this.#changes.begin();
    // the only work for all filters that is not divided, so it is little
    this.#states.forEach((state, filter) => {
      beginHeld(state, sessionPresent, resubscribe);
      if (state.hangUps > 0) this.#isolatedRequests.beginFilter(state);
      if (state.identifier === undefined) return;
      this.#overlaps.beginFilter(filter, state, sessionPresent);
      if (lacksIdentifier(state)) this.#changes.markChanged(filter);
    });
  }

  /** Ends a connection: its requests will not be answered. */
  end(): void {
    this.#isConnected = false;
    this.#requests.end();
  }

  /** The oldest unanswered SUBSCRIBE or UNSUBSCRIBE that is not isolated. */
  get firstUnanswered(): (FirstUnanswered & SendMark) | undefined {
    return this.#requests.firstUnanswered;
  }

  /** Gives up a filter or a call of `unsubscribe()`, because connections end at it. */
  giveUp(item: Isolatable, why: MqttError, onFilterGivenUp: (error: MqttError) => void = () => undefined): void {
    this.#isolatedRequests.giveUp(item, why, onFilterGivenUp);
  }

  /** The number of filters that streams want, or that the broker may hold. */
  get size(): number {
    return this.#states.size;
  }

  /** The number of unanswered SUBSCRIBEs and UNSUBSCRIBEs. */
  get requests(): number {
    return this.#requests.size;
  }

  /** The packet identifier of the oldest unanswered request. */
  get oldestRequest(): number | undefined {
    return this.#requests.oldest;
  }

  /** Whether there are changes that `takeChanges()` has not seen yet. */
  get hasChanges(): boolean {
    return this.#changes.isDue;
  }

  /** Whether nothing is left to request, and no answer lets anything else go on. */
  get isComplete(): boolean {
    return this.#changes.isEmpty && this.#unsubscribeCalls.isEmpty && !this.#isolation.isTimed;
  }

  /** Notes that changes are taken later, although they could be taken now. */
  postponeChanges(): void {
    this.#changes.markDue();
  }

  /**
   * Takes as many changes as fit into one packet of each kind. A filter is not taken again until it is answered. Takes fewer, or none, if
   * `mayContinue`, which is called for each filter that is looked at, has returned false: there are changes for another call then.
   */
  takeChanges(fits: Fits = always, mayContinue = always): Changes {
    if (!this.#overlaps.assignIdentifiers(this.#changes, mayContinue)) return createChanges();
    const isolated = this.#isolation.isActive ? this.#isolatedRequests.nextFilter() : undefined;
    if (isolated !== undefined || this.#isolation.holdsOthers) return this.#changes.takeAlone(isolated);
    return this.#changes.take(fits, {
      isInUnsubscribeCall: filter => this.#unsubscribeCalls.includes(filter),
      isIdle: this.requests === 0,
      onObsolete: (filter, state) => {
        this.#states.delete(filter);
        this.#overlaps.releaseIdentifier(filter, state);
        this.#isolation.release(state);
      },
      mayContinue,
    });
  }

  /** Takes the next UNSUBSCRIBE of a call of `unsubscribe()`. Calls that cannot be sent on this connection fail. */
  takeUnsubscribe(selectFilters: FilterSelector): UnsubscribeRequest | undefined {
    const isIdle = this.requests === 0;
    return this.#unsubscribeCalls.take(selectFilters, call => this.#isolatedRequests.maySend(call, isIdle));
  }

  /** Takes a packet identifier for a request that is sent. Returns 0 when none is free: the request must be taken again later. */
  start(request: Request): number {
    return this.#requests.start(request);
  }

  /** Refuses a filter that the broker's limits rule out, without a SUBSCRIBE. */
  refuse(filter: string): void {
    const state = this.#states.get(filter);
    if (state === undefined) return;
    state.isRefused = true;
    this.#isolation.release(state);
  }

  /** Handles a SUBACK (5.0 section 3.9). Returns undefined for one without a pending SUBSCRIBE. Throws PROTOCOL_ERROR. */
  suback(answer: SubackPacket): SubscriptionOutcome | undefined {
    return this.#requests.suback(answer);
  }

  /** Handles an UNSUBACK (5.0 section 3.11). Returns undefined for one without a pending UNSUBSCRIBE. Throws PROTOCOL_ERROR. */
  unsuback(answer: UnsubackPacket): SubscriptionOutcome | undefined {
    return this.#requests.unsuback(answer);
  }

  get #isolatedRequests(): IsolatedRequests {
    return (this.#isolatedLate ??= new IsolatedRequests(this.#isolation, this.#changes, this.#unsubscribeCalls));
  }
}
