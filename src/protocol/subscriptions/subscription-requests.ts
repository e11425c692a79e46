import type { SubackPacket, UnsubackPacket } from '../../packets.js';
import type { FirstUnanswered, Isolation, Isolatable, SendMark } from '../isolation.js';
import type { PacketIds } from '../packet-ids.js';
import { isFailure } from '../reason-codes.js';
import type { UnsubscribeCalls } from './unsubscribe-calls.js';
import type { SubscriptionChanges } from './subscription-changes.js';
import {
  type Grant,
  type SubscriptionState,
  isUpToDate,
  markRequested,
  markSubscribed,
  markUnanswered,
  markUnsubscribed,
} from './subscription-state.js';
import { type Request, assertAnswers, filtersOf } from './subscription-request.js';

export interface SubscriptionOutcome {
  readonly filters: readonly string[];
  readonly reasonCodes: readonly number[];
  /** The filters for which a later request is answered already, so that this answer does not count. */
  readonly outdated?: readonly string[];
}

interface PendingRequest extends SendMark {
  readonly request: Request;
}

/** The SUBSCRIBEs and UNSUBSCRIBEs that were sent. Records their answers in the state of each filter. */
export class SubscriptionRequests {
  readonly #packetIds: PacketIds;
  readonly #states: ReadonlyMap<string, SubscriptionState>;
  readonly #changes: SubscriptionChanges;
  readonly #unsubscribeCalls: UnsubscribeCalls;
  readonly #isolation: Isolation;

  // lives with the session
  #subscribeCount = 0;
  #subackCount = 0;

  // lives with the connection
  /** The unanswered requests by packet identifier, in the order in which they were sent. Undefined while there are none. */
  #pending: Map<number, PendingRequest> | undefined = undefined;

  constructor(
    packetIds: PacketIds,
    states: ReadonlyMap<string, SubscriptionState>,
    changes: SubscriptionChanges,
    calls: UnsubscribeCalls,
    isolation: Isolation,
  ) {
    this.#packetIds = packetIds;
    this.#states = states;
    this.#changes = changes;
    this.#unsubscribeCalls = calls;
    this.#isolation = isolation;
  }

  /** The number of unanswered requests. */
  get size(): number {
    return this.#pending?.size ?? 0;
  }

  /** The packet identifier of the oldest unanswered request. */
  get oldest(): number | undefined {
    return this.#pending?.keys().next().value;
  }

  /** The oldest unanswered request that is not isolated. */
  get firstUnanswered(): (FirstUnanswered & SendMark) | undefined {
    for (const { request, ...mark } of this.#pending?.values() ?? []) {
      const items = this.#itemsOf(request);
      if (!items.some(({ isolated }) => isolated)) return { items, ...mark };
    }
    return undefined;
  }

  /** The number of SUBSCRIBEs that were sent in this session. */
  get subscribeCount(): number {
    return this.#subscribeCount;
  }

  /** Takes a packet identifier for a request. Returns 0 when none is free: the request must be taken again later. */
  start(request: Request): number {
    const id = this.#packetIds.take();
    if (id === 0) {
      this.#putBack(request);
      for (const filter of filtersOf(request)) this.#changes.markChanged(filter);
      return 0;
    }
    this.#pending ??= new Map();
    this.#pending.set(id, { request, ...this.#isolation.createSendMark() });
    if (this.#isolation.isActive)
      for (const item of this.#itemsOf(request)) if (item.isolated) this.#isolation.markSent(item);
    if (request.kind === 'subscribe') this.#subscribeCount++;
    for (const filter of filtersOf(request)) {
      const state = this.#states.get(filter);
      if (state !== undefined) markRequested(state, request, this.#subscribeCount);
    }
    return id;
  }

  /** Handles a SUBACK (5.0 section 3.9). Returns undefined for one without a pending SUBSCRIBE. Throws PROTOCOL_ERROR. */
  suback(answer: SubackPacket): SubscriptionOutcome | undefined {
    const { packetId, reasonCodes, properties } = answer;
    const request = this.#pending?.get(packetId)?.request;
    if (request?.kind !== 'subscribe') return undefined;
    assertAnswers(answer, request);
    const order = ++this.#subackCount;
    const filters: string[] = [];
    const outdated: string[] = [];
    // filters with the same reason code share it, as there may be thousands
    let grant: Grant | undefined;
    this.#remove(packetId);
    request.requests.forEach((filterRequest, i) => {
      const { filter } = filterRequest;
      const state = this.#states.get(filter);
      const reasonCode = reasonCodes[i]!;
      if (grant?.reasonCode !== reasonCode) grant = { reasonCode, packetId, properties, order };
      if (state !== undefined && state.hangUps > 0) this.#isolation.resetHangUps(state);
      if (state === undefined || !markSubscribed(state, filterRequest, request, grant)) outdated.push(filter);
      if (state !== undefined) this.#finish(filter, state, request);
      filters.push(filter);
    });
    const outcome = { filters, reasonCodes };
    return outdated.length === 0 ? outcome : { ...outcome, outdated };
  }

  /** Handles an UNSUBACK (5.0 section 3.11). Returns undefined for one without a pending UNSUBSCRIBE. Throws PROTOCOL_ERROR. */
  unsuback(answer: UnsubackPacket): SubscriptionOutcome | undefined {
    const { packetId, reasonCodes } = answer;
    const request = this.#pending?.get(packetId)?.request;
    if (request?.kind !== 'unsubscribe') return undefined;
    assertAnswers(answer, request);
    this.#remove(packetId);
    const { call } = request;
    if (call !== undefined && call.hangUps > 0 && this.#unsubscribeCalls.has(call)) this.#isolation.resetHangUps(call);
    request.filters.forEach((filter, i) => {
      const state = this.#states.get(filter);
      if (state === undefined) return;
      if (call === undefined && state.hangUps > 0) this.#isolation.resetHangUps(state);
      markUnsubscribed(state, request, isFailure(reasonCodes[i]));
      this.#finish(filter, state, request);
    });
    this.#unsubscribeCalls.addAnswer(request, answer);
    return { filters: request.filters, reasonCodes };
  }

  /** Ends a connection: its requests will not be answered. */
  end(): void {
    const pending = [...(this.#pending ?? [])].map(([id, { request }]) => [id, request] as const);
    for (const [, request] of pending) {
      filtersOf(request).forEach((filter, i) => {
        const state = this.#states.get(filter);
        if (state !== undefined)
          markUnanswered(state, request, request.kind === 'subscribe' ? request.requests[i] : undefined);
      });
    }
    for (const [id, request] of pending) {
      this.#remove(id);
      for (const filter of filtersOf(request)) {
        const state = this.#states.get(filter);
        if (state !== undefined) this.#finish(filter, state, request);
      }
    }
    for (const [, request] of pending.reverse()) this.#putBack(request);
  }

  /** Returns what a hang-up at the request counts for: its filters or its call; nothing for a call that was cancelled. */
  #itemsOf(request: Request): readonly Isolatable[] {
    if (request.kind === 'unsubscribe' && request.call !== undefined)
      return this.#unsubscribeCalls.has(request.call) ? [request.call] : [];
    return filtersOf(request)
      .map(filter => this.#states.get(filter))
      .filter(state => state !== undefined);
  }

  #putBack(request: Request): void {
    if (request.kind === 'unsubscribe') request.call?.putBack(request.filters);
  }

  #remove(id: number): void {
    this.#pending?.delete(id);
    if (this.#pending?.size === 0) this.#pending = undefined;
    this.#packetIds.release(id);
    // what waits for the answer may be sent now
    if (this.#isolation.isTimed) this.#changes.markDue();
  }

  /** Forgets that the request waits for an answer that concerns the filter. */
  #finish(filter: string, state: SubscriptionState, request: Request): void {
    if (state.pending === request) state.pending = state.requested = undefined;
    if (state.superseded === request) state.superseded = undefined;
    if (!isUpToDate(state)) this.#changes.markChanged(filter);
  }
}
