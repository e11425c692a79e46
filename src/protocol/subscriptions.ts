import { MqttError } from '../errors.js';
import type { SubackPacket, SubscriptionRequest, UnsubackPacket } from '../packets.js';
import { isSameRequest, mergeRequests } from './merge-requests.js';
import type { PacketIds } from './packet-ids.js';
import { isFailure } from './reason-codes.js';

type Resubscribe = 'ifSessionLost' | 'always' | 'never';

interface Entry {
  // lives with the session
  /** What the streams of this filter ask for together. */
  wanted: SubscriptionRequest;
  /** How many ask. At 0 the filter is to be unsubscribed, then forgotten. */
  consumers: number;
  /** What the broker's session holds; `'perhaps'` where a SUBSCRIBE was not answered, or refused beside an older one. */
  held: SubscriptionRequest | 'perhaps' | undefined;

  // lives with the connection
  pending: boolean;
  /** The broker will not have what is wanted now. */
  refused: boolean;
}

/** A SUBSCRIBE or UNSUBSCRIBE that waits for its answer. */
export type Request =
  | { readonly kind: 'subscribe'; readonly requests: SubscriptionRequest[] }
  | { readonly kind: 'unsubscribe'; readonly filters: string[] };

/** Whether one more filter may be taken, for a packet of this kind. */
export type Fits = (kind: Request['kind'], filter: string) => boolean;

const always: Fits = () => true;

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

  // lives with the connection
  readonly #requests = new Map<number, Request>();
  /** The filters to be looked at: only they can differ. */
  readonly #changed = new Set<string>();
  /** One of them has not been looked at yet; the others wait for answers. */
  #fresh = false;

  constructor(packetIds: PacketIds) {
    this.#packetIds = packetIds;
  }

  /** One more stream wants the filter. Throws SUBSCRIPTION_CONFLICT when others want it otherwise. */
  want(request: SubscriptionRequest): void {
    const { filter } = request;
    const entry = this.#entries.get(filter);
    if (entry === undefined) {
      this.#entries.set(filter, { wanted: request, consumers: 1, held: undefined, pending: false, refused: false });
    } else {
      entry.wanted = entry.consumers > 0 ? mergeRequests(entry.wanted, request) : request;
      entry.consumers++;
      entry.refused = false;
    }
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
  begin(sessionPresent: boolean, resubscribe: Resubscribe): void {
    this.end();
    for (const [filter, entry] of this.#entries) {
      if (!sessionPresent && resubscribe !== 'never') entry.held = undefined;
      if (resubscribe === 'always' && entry.consumers > 0) entry.held = undefined;
      entry.refused = false;
      this.#look(filter);
    }
  }

  /** The connection is over: its requests will not be answered. */
  end(): void {
    for (const [id, request] of this.#requests) {
      this.#finish(id, request);
      if (request.kind === 'unsubscribe') continue;
      for (const { filter } of request.requests) this.#entries.get(filter)!.held = 'perhaps';
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

  /** What differs now: filters to subscribe and filters to unsubscribe. Each is given once until it is answered. The rest waits. */
  takeChanges(fits: Fits = always): { subscribe: SubscriptionRequest[]; unsubscribe: string[] } {
    const subscribe: SubscriptionRequest[] = [];
    const unsubscribe: string[] = [];
    this.#fresh = false;
    for (const filter of this.#changed) {
      const entry = this.#entries.get(filter);
      const kind = entry && difference(entry);
      if (entry?.consumers === 0 && entry.held === undefined && !entry.pending) this.#entries.delete(filter);
      if (kind !== undefined && !fits(kind, filter)) break;
      this.#changed.delete(filter);
      if (kind === 'subscribe') subscribe.push(entry!.wanted);
      else if (kind === 'unsubscribe') unsubscribe.push(filter);
    }
    return { subscribe, unsubscribe };
  }

  /** Takes an identifier for a request; 0 when none is free: put it back then. */
  start(request: Request): number {
    const id = this.#packetIds.take();
    const filters = filtersOf(request);
    if (id === 0) {
      for (const filter of filters) this.#look(filter);
      return 0;
    }
    this.#requests.set(id, request);
    for (const filter of filters) this.#entries.get(filter)!.pending = true;
    return id;
  }

  /** The broker's limits rule the filter out: it is refused unasked. */
  refuse(filter: string): void {
    const entry = this.#entries.get(filter);
    if (entry) entry.refused = true;
  }

  /** 5.0 section 3.9. Undefined for a SUBACK that nothing waits for. */
  suback({ packetId, reasonCodes }: SubackPacket): SubscriptionOutcome | undefined {
    const request = this.#requests.get(packetId);
    if (request?.kind !== 'subscribe') return undefined;
    const { requests } = request;
    assertCount('SUBACK', reasonCodes.length, requests.length);
    this.#finish(packetId, request);
    requests.forEach((asked, i) => {
      const entry = this.#entries.get(asked.filter)!;
      if (!isFailure(reasonCodes[i])) entry.held = asked;
      else {
        entry.held &&= 'perhaps';
        entry.refused = entry.consumers > 0;
      }
    });
    return { filters: filtersOf(request), reasonCodes };
  }

  /** 5.0 section 3.11. Undefined for an UNSUBACK that nothing waits for. */
  unsuback({ packetId, reasonCodes }: UnsubackPacket): SubscriptionOutcome | undefined {
    const request = this.#requests.get(packetId);
    if (request?.kind !== 'unsubscribe') return undefined;
    if (reasonCodes.length > 0) assertCount('UNSUBACK', reasonCodes.length, request.filters.length);
    this.#finish(packetId, request);
    request.filters.forEach((filter, i) => {
      const entry = this.#entries.get(filter)!;
      if (!isFailure(reasonCodes[i])) entry.held = undefined;
      else entry.refused = entry.consumers === 0;
    });
    return { filters: request.filters, reasonCodes };
  }

  #look(filter: string): void {
    this.#changed.add(filter);
    this.#fresh = true;
  }

  #finish(id: number, request: Request): void {
    this.#requests.delete(id);
    this.#packetIds.release(id);
    for (const filter of filtersOf(request)) {
      const entry = this.#entries.get(filter);
      if (entry) entry.pending = false;
      this.#look(filter);
    }
  }
}

function filtersOf(request: Request): readonly string[] {
  return request.kind === 'subscribe' ? request.requests.map(({ filter }) => filter) : request.filters;
}

/** What is to be asked of the broker; undefined for nothing, or not now. */
function difference({ consumers, held, wanted, pending, refused }: Entry): Request['kind'] | undefined {
  if (pending || refused) return undefined;
  if (consumers === 0) return held === undefined ? undefined : 'unsubscribe';
  return typeof held === 'object' && isSameRequest(wanted, held) ? undefined : 'subscribe';
}

function assertCount(name: string, got: number, expected: number): void {
  if (got === expected) return;
  throw new MqttError('PROTOCOL_ERROR', `${name} with ${got} reason codes for ${expected} filters`, {
    reasonCode: 0x82,
    phase: 'mqtt',
    retryable: true,
  });
}
