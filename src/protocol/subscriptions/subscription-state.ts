import type { QoS } from '../../message.js';
import type { SubackPacket } from '../../packets.js';
import type { Isolatable } from '../isolation.js';
import { isSameRequest } from './merge-requests.js';
import { isFailure } from '../reason-codes.js';
import type { FilterRequest, Request, SubscribeRequest } from './subscription-request.js';
import { isShared } from '../topics/prefixes.js';

/** One filter: what is wanted, beside what the broker holds. */
export interface SubscriptionState extends Isolatable {
  // lives with the session
  /** What the streams of this filter ask for together, its QoS lowered to what the connection is to have. */
  wanted: FilterRequest;
  /** The QoS that they ask for. */
  requestedQoS: QoS;
  /** How many ask. At 0 the filter is to be unsubscribed, then forgotten; unless it is `kept`. */
  consumers: number;
  /** A stream left that does not unsubscribe: the broker's session is to go on with the filter. */
  kept: boolean;
  /**
   * What the broker's session holds; `'perhaps'` where a SUBSCRIBE or UNSUBSCRIBE was not answered, or refused beside an older one;
   * `'lost'` where it went with a session and is not to be asked for again.
   */
  held: FilterRequest | 'perhaps' | 'lost' | undefined;
  /** The SUBACK for what is held. */
  grant: Grant | undefined;
  /** Given once another filter overlaps this one, and then kept. */
  identifier: number | undefined;
  /** The broker has said that it holds the filter with this identifier. */
  identified: boolean;
  /** The last SUBSCRIBE that may have brought retained messages. */
  retainedBy: RetainedSource;

  // lives with the connection
  /** The last request that names it and waits for its answer, with what it asks for. */
  pending: Request | undefined;
  requested: FilterRequest | undefined;
  /** An older SUBSCRIBE without an answer, which still counts if the later ones are refused. */
  overtaken: SubscribeRequest | undefined;
  /** The broker will not have what is wanted now. */
  refused: boolean;
  /** The session is said to be present, but brokers may have dropped this filter from it. */
  doubtful: boolean;
}

/** A SUBSCRIBE: its number in the session, 0 for none, and its identifier. */
interface RetainedSource {
  readonly by: number;
  readonly identifier: number | undefined;
}

/** A filter of a session that the client has left for another one. */
export type HeldFilter = Pick<SubscriptionState, 'held' | 'grant' | 'kept'>;

/** What the broker said to a filter. */
export interface Grant {
  /** The QoS granted. */
  readonly reasonCode: number;
  readonly answer: SubackPacket;
  /** Number of the SUBACK in the session. */
  readonly order: number;
}

export const noSource: RetainedSource = { by: 0, identifier: undefined };

export const newSubscriptionState = (wanted: FilterRequest): SubscriptionState => ({
  wanted,
  requestedQoS: wanted.qos,
  consumers: 1,
  kept: false,
  held: undefined,
  grant: undefined,
  identifier: undefined,
  identified: false,
  retainedBy: noSource,
  hangUps: 0,
  isolated: false,
  pending: undefined,
  requested: undefined,
  overtaken: undefined,
  refused: false,
  doubtful: false,
});

/** What is to be asked of the broker; undefined for nothing, or not now. */
export function nextRequest(state: SubscriptionState): Request['kind'] | undefined {
  const { consumers, held, wanted, pending, refused, kept, doubtful } = state;
  if (refused) return undefined;
  if (pending !== undefined) return lacksIdentifier(state) ? 'subscribe' : undefined;
  if (consumers === 0) return isAbsent(held) || kept ? undefined : 'unsubscribe';
  if (held === 'lost') return undefined;
  const isHeld = typeof held === 'object' && isSameRequest(wanted, held);
  return isHeld && !doubtful && !lacksIdentifier(state) ? undefined : 'subscribe';
}

/** The broker holds the filter, or will when it comes to the SUBSCRIBE on its way, without the identifier that it needs now. */
export function lacksIdentifier({ consumers, held, identifier, identified, pending }: SubscriptionState): boolean {
  if (consumers === 0 || identifier === undefined) return false;
  if (pending !== undefined) return pending.kind === 'subscribe' && pending.identifier === undefined;
  return !identified && !isAbsent(held);
}

/** What goes into the SUBSCRIBE. Where the broker is to hold what it holds already, no retained message is to come again. */
export function requestOf({ wanted, held, requested: asked }: SubscriptionState): FilterRequest {
  const known = asked ?? held;
  return typeof known === 'object' && isSameRequest(known, wanted) ? { ...wanted, retainHandling: 2 } : wanted;
}

/** A request that names the filter goes out. */
export function markRequested(state: SubscriptionState, request: Request, count: number): void {
  if (state.pending?.kind === 'subscribe') state.overtaken = state.pending;
  state.pending = request;
  if (request.kind === 'unsubscribe') state.retainedBy = noSource;
  else {
    state.doubtful = false;
    state.requested = requestOf(state);
    if (bringsRetained(state.requested, state)) state.retainedBy = { by: count, identifier: request.identifier };
  }
}

/**
 * SUBACK came. The broker handles requests in the order in which they were sent, so the answer to one of them says nothing any more
 * once a later one has succeeded, whatever the order of the answers. False for an answer that says nothing.
 */
export function markSubscribed(
  state: SubscriptionState,
  asked: FilterRequest,
  request: SubscribeRequest,
  grant: Grant,
): boolean {
  const failed = isFailure(grant.reasonCode);
  if (state.pending === request) {
    if (failed) {
      state.held &&= 'perhaps';
      state.refused = state.consumers > 0;
    } else {
      state.held = asked;
      state.grant = grant;
      state.identified = request.identifier !== undefined;
      state.overtaken = undefined;
    }
    return true;
  }
  if (state.overtaken !== request) return false;
  state.overtaken = undefined;
  if (!failed && state.held === undefined) {
    state.held = asked;
    state.grant = grant;
  }
  return true;
}

/** UNSUBACK came. */
export function markUnsubscribed(state: SubscriptionState, request: Request, failed: boolean): void {
  if (state.pending !== request) return;
  if (failed) state.refused = state.consumers === 0;
  else markForgotten(state);
}

/** The broker's session does not have the filter. */
export function markForgotten(state: SubscriptionState): void {
  state.held = undefined;
  state.identified = false;
  state.kept = false;
  state.overtaken = undefined;
}

/** The connection ended before the answer to a request that names the filter, and asked for this, or to end it. */
export function markUnanswered(state: SubscriptionState, request: Request, asked: FilterRequest | undefined): void {
  if (state.pending !== request && state.overtaken !== request) return;
  if (asked === undefined) state.held &&= 'perhaps';
  else if (typeof state.held !== 'object' || !isSameRequest(state.held, asked)) state.held = 'perhaps';
}

/** Whether this SUBSCRIBE has the broker send retained messages, as far as we know (5.0 sections 3.8.3.1 and 4.8.2). */
const bringsRetained = ({ filter, retainHandling = 0 }: FilterRequest, { held }: SubscriptionState): boolean =>
  !isShared(filter) && (retainHandling === 0 || (retainHandling === 1 && held === undefined));

/** Streams want it, from the broker. */
export const isWanted = (state: SubscriptionState | undefined): boolean =>
  state !== undefined && state.consumers > 0 && state.held !== 'lost';

/** Nobody wants it and the broker does not have it. */
export const isObsolete = ({ consumers, held, pending, overtaken }: SubscriptionState): boolean =>
  consumers === 0 && isAbsent(held) && pending === undefined && overtaken === undefined;

const isAbsent = (held: SubscriptionState['held']): boolean => held === undefined || held === 'lost';
