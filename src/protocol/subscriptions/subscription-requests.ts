import type { SubackPacket, UnsubackPacket } from '../../packets.js';
import type { FirstUnanswered, Isolation, Isolatable, SendMark } from '../isolation.js';
import type { PacketIds } from '../packet-ids.js';
import { isFailure } from '../reason-codes.js';
import type { UnsubscribeCalls } from './unsubscribe-calls.js';
import type { SubscriptionChanges } from './subscription-changes.js';
import {
  type SubscriptionState,
  markRequested,
  markSubscribed,
  markUnanswered,
  markUnsubscribed,
} from './subscription-state.js';
import { type Request, assertAnswers, filtersOf } from './subscription-request.js';

export interface SubscriptionOutcome {
  readonly filters: readonly string[];
  readonly reasonCodes: readonly number[];
  /** Filters for which a later request has been answered already: this answer says nothing of them. */
  readonly outdated?: readonly string[];
}

interface Pending extends SendMark {
  readonly request: Request;
}

/** The SUBSCRIBEs and UNSUBSCRIBEs that have gone out, and what their answers say of each filter. */
export class SubscriptionRequests {
  readonly #packetIds: PacketIds;
  readonly #states: ReadonlyMap<string, SubscriptionState>;
  readonly #changes: SubscriptionChanges;
  readonly #unsubscribeCalls: UnsubscribeCalls;
  readonly #isolation: Isolation;

  // lives with the session
  /** How many SUBSCRIBEs there were, and SUBACKs. */
  #count = 0;
  #answers = 0;

  // lives with the connection
  /** Those without an answer, by packet identifier. */
  readonly #pending = new Map<number, Pending>();

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

  /** How many wait for their answer. */
  get size(): number {
    return this.#pending.size;
  }

  /** Packet identifier of the one that has waited for longest. */
  get oldest(): number | undefined {
    return this.#pending.keys().next().value;
  }

  /** The one that has waited for longest, without what is isolated. */
  get firstUnanswered(): (FirstUnanswered & SendMark) | undefined {
    for (const { request, ...mark } of this.#pending.values()) {
      const items = this.#itemsOf(request);
      if (!items.some(({ isolated }) => isolated)) return { items, ...mark };
    }
    return undefined;
  }

  /** How many SUBSCRIBEs there were in this session. */
  get count(): number {
    return this.#count;
  }

  /** Takes a packet identifier for a request; 0 when none is free: the request is to be taken again then. */
  start(request: Request): number {
    const id = this.#packetIds.take();
    if (id === 0) {
      this.#takeBack(request);
      for (const filter of filtersOf(request)) this.#changes.markChanged(filter);
      return 0;
    }
    this.#pending.set(id, { request, ...this.#isolation.createSendMark() });
    for (const item of this.#itemsOf(request)) if (item.isolated) this.#isolation.markSent(item);
    if (request.kind === 'subscribe') this.#count++;
    for (const filter of filtersOf(request)) {
      const state = this.#states.get(filter);
      if (state !== undefined) markRequested(state, request, this.#count);
    }
    return id;
  }

  /** 5.0 section 3.9. Undefined for a SUBACK that nothing waits for. */
  suback(answer: SubackPacket): SubscriptionOutcome | undefined {
    const { packetId, reasonCodes } = answer;
    const request = this.#pending.get(packetId)?.request;
    if (request?.kind !== 'subscribe') return undefined;
    assertAnswers(answer, request);
    this.#acquit(request);
    const order = ++this.#answers;
    const outdated: string[] = [];
    request.requests.forEach((asked, i) => {
      const state = this.#states.get(asked.filter);
      const grant = { reasonCode: reasonCodes[i]!, answer, order };
      if (state === undefined || !markSubscribed(state, asked, request, grant)) outdated.push(asked.filter);
    });
    this.#finish(packetId, request);
    const outcome = { filters: filtersOf(request), reasonCodes };
    return outdated.length === 0 ? outcome : { ...outcome, outdated };
  }

  /** 5.0 section 3.11. Undefined for an UNSUBACK that nothing waits for. */
  unsuback(answer: UnsubackPacket): SubscriptionOutcome | undefined {
    const { packetId, reasonCodes } = answer;
    const request = this.#pending.get(packetId)?.request;
    if (request?.kind !== 'unsubscribe') return undefined;
    assertAnswers(answer, request);
    this.#acquit(request);
    request.filters.forEach((filter, i) => {
      const state = this.#states.get(filter);
      if (state !== undefined) markUnsubscribed(state, request, isFailure(reasonCodes[i]));
    });
    this.#finish(packetId, request);
    this.#unsubscribeCalls.answered(request, answer);
    return { filters: request.filters, reasonCodes };
  }

  /** The connection is over: none of them will be answered. */
  end(): void {
    const pending = [...this.#pending].map(([id, { request }]) => [id, request] as const);
    for (const [, request] of pending) {
      if (request.kind === 'subscribe')
        for (const asked of request.requests) this.#unanswered(asked.filter, request, asked);
      else for (const filter of request.filters) this.#unanswered(filter, request);
    }
    for (const [id, request] of pending) this.#finish(id, request);
    for (const [, request] of pending.reverse()) this.#takeBack(request);
  }

  /** What is accused where the connection ends at the request; nothing where nobody waits for it any more. */
  #itemsOf(request: Request): readonly Isolatable[] {
    if (request.kind === 'unsubscribe' && request.call !== undefined)
      return this.#unsubscribeCalls.has(request.call) ? [request.call] : [];
    return filtersOf(request)
      .map(filter => this.#states.get(filter))
      .filter(state => state !== undefined);
  }

  #acquit(request: Request): void {
    for (const item of this.#itemsOf(request)) if (item.hangUps > 0) this.#isolation.resetHangUps(item);
  }

  #takeBack(request: Request): void {
    if (request.kind === 'unsubscribe') request.call?.sendAgain(request.filters);
  }

  #finish(id: number, request: Request): void {
    this.#pending.delete(id);
    this.#packetIds.release(id);
    for (const filter of filtersOf(request)) {
      const state = this.#states.get(filter);
      if (state?.pending === request) state.pending = state.requested = undefined;
      if (state?.overtaken === request) state.overtaken = undefined;
      this.#changes.markChanged(filter);
    }
  }

  #unanswered(filter: string, request: Request, asked?: Parameters<typeof markUnanswered>[2]): void {
    const state = this.#states.get(filter);
    if (state !== undefined) markUnanswered(state, request, asked);
  }
}
