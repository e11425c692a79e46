import type { SubscriptionRequest } from '../packets.js';
import { isSameRequest } from './merge-requests.js';
import type { Request, SubscribeRequest } from './subscription-request.js';
import { shareLength } from './topics/share.js';

/** One filter: what is wanted, beside what the broker holds. */
export interface Entry {
  // lives with the session
  /** What the streams of this filter ask for together. */
  wanted: SubscriptionRequest;
  /** How many ask. At 0 the filter is to be unsubscribed, then forgotten. */
  consumers: number;
  /**
   * What the broker's session holds; `'perhaps'` where a SUBSCRIBE was not answered, or refused beside an older one; `'lost'` where
   * it went with a session and is not to be asked for again.
   */
  held: SubscriptionRequest | 'perhaps' | 'lost' | undefined;
  /** Given once another filter overlaps this one, and then kept. */
  identifier: number | undefined;
  /** The broker has said that it holds the filter with this identifier. */
  identified: boolean;
  /** The last SUBSCRIBE that may have brought retained messages. */
  brought: Brought;

  // lives with the connection
  /** The last request that names it and waits for its answer, with what it asks for. */
  pending: Request | undefined;
  asked: SubscriptionRequest | undefined;
  /** The broker will not have what is wanted now. */
  refused: boolean;
}

/** A SUBSCRIBE: the how manieth, 0 for none, and its identifier. */
interface Brought {
  readonly by: number;
  readonly identifier: number | undefined;
}

export const nothing: Brought = { by: 0, identifier: undefined };

export const newEntry = (wanted: SubscriptionRequest): Entry => ({
  wanted,
  consumers: 1,
  held: undefined,
  identifier: undefined,
  identified: false,
  brought: nothing,
  pending: undefined,
  asked: undefined,
  refused: false,
});

/** What is to be asked of the broker; undefined for nothing, or not now. */
export function difference(entry: Entry): Request['kind'] | undefined {
  const { consumers, held, wanted, pending, refused } = entry;
  if (refused) return undefined;
  if (pending !== undefined) return lacksIdentifier(entry) ? 'subscribe' : undefined;
  if (consumers === 0) return isAbsent(held) ? undefined : 'unsubscribe';
  if (held === 'lost') return undefined;
  return typeof held === 'object' && isSameRequest(wanted, held) && !lacksIdentifier(entry) ? undefined : 'subscribe';
}

/** The broker holds the filter, or will when it comes to the SUBSCRIBE on its way, without the identifier that it needs now. */
export function lacksIdentifier({ consumers, held, identifier, identified, pending }: Entry): boolean {
  if (consumers === 0 || identifier === undefined) return false;
  if (pending !== undefined) return pending.kind === 'subscribe' && pending.identifier === undefined;
  return !identified && !isAbsent(held);
}

/** What goes into the SUBSCRIBE. Where it changes only the identifier, no retained message is to come again. */
export function requestOf({ wanted, held, asked }: Entry): SubscriptionRequest {
  const known = asked ?? held;
  return typeof known === 'object' && isSameRequest(known, wanted) ? { ...wanted, retainHandling: 2 } : wanted;
}

/** A request that names the filter goes out. */
export function asking(entry: Entry, request: Request, count: number): void {
  entry.pending = request;
  if (request.kind === 'unsubscribe') entry.brought = nothing;
  else {
    entry.asked = requestOf(entry);
    if (bringsRetained(entry.asked, entry)) entry.brought = { by: count, identifier: request.identifier };
  }
}

/** SUBACK came. */
export function subscribed(entry: Entry, asked: SubscriptionRequest, request: SubscribeRequest, failed: boolean): void {
  if (entry.pending !== request) {
    // a later request, for its identifier, is on its way or was answered first
    if (!failed) entry.held ??= asked;
  } else if (failed) {
    entry.held &&= 'perhaps';
    entry.refused = entry.consumers > 0;
  } else {
    entry.held = asked;
    entry.identified = request.identifier !== undefined;
  }
}

/** Whether this SUBSCRIBE has the broker send retained messages, as far as we know (5.0 sections 3.8.3.1 and 4.8.2). */
const bringsRetained = ({ filter, retainHandling = 0 }: SubscriptionRequest, { held }: Entry): boolean =>
  shareLength(filter) === 0 && (retainHandling === 0 || (retainHandling === 1 && held === undefined));

/** Streams want it, from the broker. */
export const isWanted = (entry: Entry | undefined): boolean =>
  entry !== undefined && entry.consumers > 0 && entry.held !== 'lost';

/** Nobody wants it and the broker does not have it. */
export const isOver = ({ consumers, held, pending }: Entry): boolean =>
  consumers === 0 && isAbsent(held) && pending === undefined;

const isAbsent = (held: Entry['held']): boolean => held === undefined || held === 'lost';
