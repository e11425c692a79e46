import type { QoS } from '../message.js';
import type { SubackPacket } from '../packets.js';
import type { Item } from './isolation.js';
import { isSameRequest } from './merge-requests.js';
import { isFailure } from './reason-codes.js';
import type { FilterRequest, Request, SubscribeRequest } from './subscription-request.js';
import { isShared } from './topics/prefixes.js';

/** One filter: what is wanted, beside what the broker holds. */
export interface Entry extends Item {
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
  brought: Brought;

  // lives with the connection
  /** The last request that names it and waits for its answer, with what it asks for. */
  pending: Request | undefined;
  asked: FilterRequest | undefined;
  /** An older SUBSCRIBE without an answer, which still counts if the later ones are refused. */
  overtaken: SubscribeRequest | undefined;
  /** The broker will not have what is wanted now. */
  refused: boolean;
  /** The session is said to be present, but brokers may have dropped this filter from it. */
  doubtful: boolean;
}

/** A SUBSCRIBE: its number in the session, 0 for none, and its identifier. */
interface Brought {
  readonly by: number;
  readonly identifier: number | undefined;
}

/** A filter of a session that the client has left for another one. */
export type HeldFilter = Pick<Entry, 'held' | 'grant' | 'kept'>;

/** What the broker said to a filter. */
export interface Grant {
  /** The QoS granted. */
  readonly reasonCode: number;
  readonly answer: SubackPacket;
  /** Number of the SUBACK in the session. */
  readonly order: number;
}

export const nothing: Brought = { by: 0, identifier: undefined };

export const newEntry = (wanted: FilterRequest): Entry => ({
  wanted,
  requestedQoS: wanted.qos,
  consumers: 1,
  kept: false,
  held: undefined,
  grant: undefined,
  identifier: undefined,
  identified: false,
  brought: nothing,
  hangUps: 0,
  isolated: false,
  pending: undefined,
  asked: undefined,
  overtaken: undefined,
  refused: false,
  doubtful: false,
});

/** What is to be asked of the broker; undefined for nothing, or not now. */
export function difference(entry: Entry): Request['kind'] | undefined {
  const { consumers, held, wanted, pending, refused, kept, doubtful } = entry;
  if (refused) return undefined;
  if (pending !== undefined) return lacksIdentifier(entry) ? 'subscribe' : undefined;
  if (consumers === 0) return isAbsent(held) || kept ? undefined : 'unsubscribe';
  if (held === 'lost') return undefined;
  const isHeld = typeof held === 'object' && isSameRequest(wanted, held);
  return isHeld && !doubtful && !lacksIdentifier(entry) ? undefined : 'subscribe';
}

/** The broker holds the filter, or will when it comes to the SUBSCRIBE on its way, without the identifier that it needs now. */
export function lacksIdentifier({ consumers, held, identifier, identified, pending }: Entry): boolean {
  if (consumers === 0 || identifier === undefined) return false;
  if (pending !== undefined) return pending.kind === 'subscribe' && pending.identifier === undefined;
  return !identified && !isAbsent(held);
}

/** What goes into the SUBSCRIBE. Where the broker is to hold what it holds already, no retained message is to come again. */
export function requestOf({ wanted, held, asked }: Entry): FilterRequest {
  const known = asked ?? held;
  return typeof known === 'object' && isSameRequest(known, wanted) ? { ...wanted, retainHandling: 2 } : wanted;
}

/** A request that names the filter goes out. */
export function asking(entry: Entry, request: Request, count: number): void {
  if (entry.pending?.kind === 'subscribe') entry.overtaken = entry.pending;
  entry.pending = request;
  if (request.kind === 'unsubscribe') entry.brought = nothing;
  else {
    entry.doubtful = false;
    entry.asked = requestOf(entry);
    if (bringsRetained(entry.asked, entry)) entry.brought = { by: count, identifier: request.identifier };
  }
}

/**
 * SUBACK came. The broker handles requests in the order in which they were sent, so the answer to one of them says nothing any more
 * once a later one has succeeded, whatever the order of the answers. False for an answer that says nothing.
 */
export function subscribed(entry: Entry, asked: FilterRequest, request: SubscribeRequest, grant: Grant): boolean {
  const failed = isFailure(grant.reasonCode);
  if (entry.pending === request) {
    if (failed) {
      entry.held &&= 'perhaps';
      entry.refused = entry.consumers > 0;
    } else {
      entry.held = asked;
      entry.grant = grant;
      entry.identified = request.identifier !== undefined;
      entry.overtaken = undefined;
    }
    return true;
  }
  if (entry.overtaken !== request) return false;
  entry.overtaken = undefined;
  if (!failed && entry.held === undefined) {
    entry.held = asked;
    entry.grant = grant;
  }
  return true;
}

/** UNSUBACK came. */
export function unsubscribed(entry: Entry, request: Request, failed: boolean): void {
  if (entry.pending !== request) return;
  if (failed) entry.refused = entry.consumers === 0;
  else forgotten(entry);
}

/** The broker's session does not have the filter. */
export function forgotten(entry: Entry): void {
  entry.held = undefined;
  entry.identified = false;
  entry.kept = false;
  entry.overtaken = undefined;
}

/** The connection ended before the answer to a request that names the filter, and asked for this, or to end it. */
export function unanswered(entry: Entry, request: Request, asked: FilterRequest | undefined): void {
  if (entry.pending !== request && entry.overtaken !== request) return;
  if (asked === undefined) entry.held &&= 'perhaps';
  else if (typeof entry.held !== 'object' || !isSameRequest(entry.held, asked)) entry.held = 'perhaps';
}

/** Whether this SUBSCRIBE has the broker send retained messages, as far as we know (5.0 sections 3.8.3.1 and 4.8.2). */
const bringsRetained = ({ filter, retainHandling = 0 }: FilterRequest, { held }: Entry): boolean =>
  !isShared(filter) && (retainHandling === 0 || (retainHandling === 1 && held === undefined));

/** Streams want it, from the broker. */
export const isWanted = (entry: Entry | undefined): boolean =>
  entry !== undefined && entry.consumers > 0 && entry.held !== 'lost';

/** Nobody wants it and the broker does not have it. */
export const isOver = ({ consumers, held, pending, overtaken }: Entry): boolean =>
  consumers === 0 && isAbsent(held) && pending === undefined && overtaken === undefined;

const isAbsent = (held: Entry['held']): boolean => held === undefined || held === 'lost';
