import type { MqttError } from '../errors.js';
import type { UnsubackPacket } from '../packets.js';
import type { Isolation } from './isolation.js';
import type { Entry } from './subscription-entry.js';
import { type Removal, stillHeld } from './removal.js';
import type { UnsubscribeRequest } from './subscription-request.js';

/** What the limits of a connection say of a removal: why it cannot go out, or which of its filters the next UNSUBSCRIBE holds. */
export type RemovalRoom = (removal: Removal) => MqttError | string[];

/** The calls of `unsubscribe()`: each is in UNSUBSCRIBEs of its own, in order, and again where the connection ended before UNSUBACK. */
export class Removals {
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #isolation: Isolation;

  // lives with the session
  readonly #all = new Set<Removal>();

  constructor(entries: ReadonlyMap<string, Entry>, isolation: Isolation) {
    this.#entries = entries;
    this.#isolation = isolation;
  }

  /** Throws SUBSCRIPTION_CONFLICT while a stream holds one of the filters. */
  add(removal: Removal): void {
    const held = this.#held(removal.filters);
    if (held !== undefined) throw held;
    this.#all.add(removal);
  }

  /** Nobody waits for it any more: what has not been sent stays where it is. */
  cancel(removal: Removal): void {
    this.#all.delete(removal);
    this.#isolation.release(removal);
  }

  has(removal: Removal): boolean {
    return this.#all.has(removal);
  }

  /** A connection begins: which of them messages wait for. */
  begin(): void {
    for (const removal of this.#all) if (this.#isolation.isSuspect(removal)) this.#isolation.holdMessagesFor(removal);
  }

  /** Whether one is going to end this filter. */
  names(filter: string): boolean {
    for (const { unsent } of this.#all) if (unsent.has(filter)) return true;
    return false;
  }

  /**
   * The next UNSUBSCRIBE. Filters that wait for another answer go after that.
   *
   * @param isFree - whether a removal may go out now.
   */
  take(room: RemovalRoom, isFree: (removal: Removal) => boolean): UnsubscribeRequest | undefined {
    for (const removal of this.#all) {
      if (removal.unsent.size === 0 || !isFree(removal)) continue;
      const found = room(removal);
      const filters = Array.isArray(found) ? found : [];
      const obstacle = Array.isArray(found) ? this.#held(filters) : found;
      if (obstacle !== undefined) {
        this.fail(removal, obstacle);
      } else if (!filters.some(filter => this.#entries.get(filter)?.pending !== undefined)) {
        removal.send(filters);
        return { kind: 'unsubscribe', filters, removal };
      }
    }
    return undefined;
  }

  answered({ filters, removal }: UnsubscribeRequest, answer: UnsubackPacket): void {
    if (removal !== undefined && this.#all.has(removal) && removal.answered(filters, answer)) this.#all.delete(removal);
  }

  fail(removal: Removal, error: MqttError): void {
    this.cancel(removal);
    removal.fail(error);
  }

  /** The client is closed: nobody can be told any more. */
  end(error: MqttError): void {
    for (const removal of [...this.#all]) this.fail(removal, error);
  }

  #held(filters: readonly string[]): MqttError | undefined {
    const held = filters.find(filter => (this.#entries.get(filter)?.consumers ?? 0) > 0);
    return held === undefined ? undefined : stillHeld(held);
  }
}
