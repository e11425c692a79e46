import type { QoS } from '../../message.js';
import type { SubackPacket } from '../../packets.js';
import type { Isolatable } from '../isolation.js';
import { capQos } from '../limits.js';
import { isSameRequest, mergeRequests } from './merge-requests.js';
import { isFailure } from '../reason-codes.js';
import type { FilterRequest, Request, SubscribeRequest } from './subscription-request.js';
import { isShared } from '../topics/prefixes.js';

/** What a session knows of one filter: what streams want, what was requested, and what the broker holds. */
export interface SubscriptionState extends Isolatable {
  // lives with the session
  /** The merged request of all streams of this filter, with its QoS lowered to the maximum of the connection. */
  wanted: FilterRequest;
  /** The QoS that the streams ask for. */
  requestedQoS: QoS;
  /** The number of streams that want the filter. At 0 the filter is unsubscribed, then forgotten, unless it is `kept`. */
  consumers: number;
  /** Whether the broker's session keeps the filter without a stream, because a stream ended that does not unsubscribe. */
  kept: boolean;
  /**
   * What the broker's session holds; `'unknown'` where a SUBSCRIBE or UNSUBSCRIBE was not answered, or where one was refused while an older
   * one was held; `'lost'` where it was lost with a session and must not be subscribed again.
   */
  held: FilterRequest | 'unknown' | 'lost' | undefined;
  /** The answer of the broker for what is held. */
  grant: Grant | undefined;
  /** The subscription identifier. It is assigned when another filter first overlaps this one, and then kept. */
  identifier: number | undefined;
  /** Whether the filter is among those that others are compared with, see `OverlapIdentifiers`. */
  isCompared: boolean;
  /** Whether the broker has confirmed that it holds the filter with this identifier. */
  isIdentified: boolean;
  /** The sequence number in the session of the last SUBSCRIBE that may have brought retained messages; 0 for none. */
  retainedOrder: number;
  /** The subscription identifier of that SUBSCRIBE. */
  retainedIdentifier: number | undefined;

  // lives with the connection
  /** The last unanswered request that names the filter. */
  pending: Request | undefined;
  /** What `pending` asks for, where it is a SUBSCRIBE. */
  requested: FilterRequest | undefined;
  /** An older unanswered SUBSCRIBE, whose answer counts only if the later ones are refused. */
  superseded: SubscribeRequest | undefined;
  /** Whether the broker, or its limits, refused what is wanted now. */
  isRefused: boolean;
  /** Whether brokers may have dropped this filter, although they say that the session is present. */
  mayBeDropped: boolean;
}

/** What is kept of a filter when the client leaves its session for another one. */
export type HeldFilter = Pick<SubscriptionState, 'held' | 'grant' | 'kept'>;

/** The broker's answer to a filter. */
export interface Grant {
  /** The granted QoS, or the reason of a refusal. */
  readonly reasonCode: number;
  /** The packet identifier of the SUBACK. */
  readonly packetId: number;
  /** The properties of the SUBACK. */
  readonly properties: SubackPacket['properties'];
  /** The sequence number of the SUBACK in the session. */
  readonly order: number;
}

export const createSubscriptionState = (wanted: FilterRequest): SubscriptionState => ({
  wanted,
  requestedQoS: wanted.qos,
  consumers: 1,
  kept: false,
  held: undefined,
  grant: undefined,
  identifier: undefined,
  isCompared: false,
  isIdentified: false,
  retainedOrder: 0,
  retainedIdentifier: undefined,
  hangUps: 0,
  isolated: false,
  pending: undefined,
  requested: undefined,
  superseded: undefined,
  isRefused: false,
  mayBeDropped: false,
});

/** Adds a stream that wants the filter. Throws SUBSCRIPTION_CONFLICT when others want it with other options. */
export function addConsumer(state: SubscriptionState, request: FilterRequest): void {
  const wantedBefore = { ...state.wanted, qos: state.requestedQoS };
  state.wanted = state.consumers > 0 ? mergeRequests(wantedBefore, request) : request;
  state.requestedQoS = state.wanted.qos;
  state.consumers++;
  state.isRefused = false;
  if (state.held === 'lost') state.held = undefined;
}

/** Lowers the QoS of the requests, which is the one that the streams ask for where it is not above the maximum. */
export function lowerQoS(state: SubscriptionState, maximumQoS: QoS | undefined): void {
  const qos = capQos(state.requestedQoS, maximumQoS);
  if (qos !== state.wanted.qos) state.wanted = { ...state.wanted, qos };
}

/** Returns the kind of the next request for a filter; undefined where none is needed, or none may be sent now. */
export function nextRequest(state: SubscriptionState): Request['kind'] | undefined {
  const { consumers, held, wanted, pending, isRefused, kept, mayBeDropped } = state;
  if (isRefused) return undefined;
  if (pending !== undefined) return lacksIdentifier(state) ? 'subscribe' : undefined;
  if (consumers === 0) return isAbsent(held) || kept ? undefined : 'unsubscribe';
  if (held === 'lost') return undefined;
  const isHeld = typeof held === 'object' && isSameRequest(wanted, held);
  return isHeld && !mayBeDropped && !lacksIdentifier(state) ? undefined : 'subscribe';
}

/** Whether the broker holds the filter without the identifier that it needs now, or will do so after the pending SUBSCRIBE. */
export function lacksIdentifier({ consumers, held, identifier, isIdentified, pending }: SubscriptionState): boolean {
  if (consumers === 0 || identifier === undefined) return false;
  if (pending !== undefined) return pending.kind === 'subscribe' && pending.identifier === undefined;
  return !isIdentified && !isAbsent(held);
}

/** Whether the filter needs nothing now: no request, no end of its hang-ups, and it is not obsolete. */
export const isUpToDate = (state: SubscriptionState): boolean =>
  nextRequest(state) === undefined && state.hangUps === 0 && !isObsolete(state);

/** Returns the filter as SUBSCRIBE names it. Where the broker holds the same already, it must not send retained messages again. */
export function requestOf({ wanted, held, requested }: SubscriptionState): FilterRequest {
  const present = requested ?? held;
  return typeof present === 'object' && isSameRequest(present, wanted) ? { ...wanted, retainHandling: 2 } : wanted;
}

/** Records that a request that names the filter is sent. `order` is the sequence number of the last SUBSCRIBE in the session. */
export function markRequested(state: SubscriptionState, request: Request, order: number): void {
  if (state.pending?.kind === 'subscribe') state.superseded = state.pending;
  state.pending = request;
  if (request.kind === 'unsubscribe') forgetRetained(state);
  else {
    state.mayBeDropped = false;
    state.requested = requestOf(state);
    if (!bringsRetained(state.requested, state)) return;
    state.retainedOrder = order;
    state.retainedIdentifier = request.identifier;
  }
}

/** Records that no SUBSCRIBE has brought retained messages of what the broker holds. */
export function forgetRetained(state: SubscriptionState): void {
  state.retainedOrder = 0;
  state.retainedIdentifier = undefined;
}

/**
 * Records the answer of a SUBACK. The broker handles requests in the order in which they were sent. An answer is therefore outdated once a
 * later request has succeeded, whatever the order of the answers. Returns false for an outdated answer.
 */
export function markSubscribed(
  state: SubscriptionState,
  filterRequest: FilterRequest,
  request: SubscribeRequest,
  grant: Grant,
): boolean {
  const hasFailed = isFailure(grant.reasonCode);
  if (state.pending === request) {
    if (hasFailed) {
      state.held &&= 'unknown';
      state.isRefused = state.consumers > 0;
    } else {
      state.held = filterRequest;
      state.grant = grant;
      state.isIdentified = request.identifier !== undefined;
      state.superseded = undefined;
    }
    return true;
  }
  if (state.superseded !== request) return false;
  state.superseded = undefined;
  if (!hasFailed && state.held === undefined) {
    state.held = filterRequest;
    state.grant = grant;
  }
  return true;
}

/** Records the answer of an UNSUBACK. */
export function markUnsubscribed(state: SubscriptionState, request: Request, hasFailed: boolean): void {
  if (state.pending !== request) return;
  if (hasFailed) state.isRefused = state.consumers === 0;
  else markForgotten(state);
}

/** Records that the broker's session does not have the filter. */
export function markForgotten(state: SubscriptionState): void {
  state.held = undefined;
  state.isIdentified = false;
  state.kept = false;
  state.superseded = undefined;
}

/** Records that a connection ended before the answer to a request. `filterRequest` is what it asked for; undefined for UNSUBSCRIBE. */
export function markUnanswered(
  state: SubscriptionState,
  request: Request,
  filterRequest: FilterRequest | undefined,
): void {
  if (state.pending !== request && state.superseded !== request) return;
  if (filterRequest === undefined) state.held &&= 'unknown';
  else if (typeof state.held !== 'object' || !isSameRequest(state.held, filterRequest)) state.held = 'unknown';
}

/** Whether the broker sends retained messages for this SUBSCRIBE, as far as is known (5.0 sections 3.8.3.1 and 4.8.2). */
const bringsRetained = ({ filter, retainHandling = 0 }: FilterRequest, { held }: SubscriptionState): boolean =>
  !isShared(filter) && (retainHandling === 0 || (retainHandling === 1 && held === undefined));

/** Whether streams want the filter, and the broker is asked for it. */
export const isWanted = (state: SubscriptionState | undefined): boolean =>
  state !== undefined && state.consumers > 0 && state.held !== 'lost';

/** Whether no stream wants the filter and the broker does not have it, so that its state can be deleted. */
export const isObsolete = ({ consumers, held, pending, superseded }: SubscriptionState): boolean =>
  consumers === 0 && isAbsent(held) && pending === undefined && superseded === undefined;

const isAbsent = (held: SubscriptionState['held']): boolean => held === undefined || held === 'lost';
