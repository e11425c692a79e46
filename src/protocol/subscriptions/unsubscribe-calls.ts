import type { MqttError } from '../../errors.js';
import type { UnsubackPacket } from '../../packets.js';
import type { Isolation } from '../isolation.js';
import type { SubscriptionState } from './subscription-state.js';
import { type UnsubscribeCall, stillHeld } from './unsubscribe-call.js';
import type { UnsubscribeRequest } from './subscription-request.js';

/** What the limits of a connection say of a removal: why it cannot go out, or which of its filters the next UNSUBSCRIBE holds. */
export type UnsubscribeRoom = (removal: UnsubscribeCall) => MqttError | string[];

/** The calls of `unsubscribe()`: each is in UNSUBSCRIBEs of its own, in order, and again where the connection ended before UNSUBACK. */
export class UnsubscribeCalls {
  readonly #states: ReadonlyMap<string, SubscriptionState>;
  readonly #isolation: Isolation;

  // lives with the session
  readonly #all = new Set<UnsubscribeCall>();

  constructor(states: ReadonlyMap<string, SubscriptionState>, isolation: Isolation) {
    this.#states = states;
    this.#isolation = isolation;
  }

  /** Throws SUBSCRIPTION_CONFLICT while a stream holds one of the filters. */
  add(call: UnsubscribeCall): void {
    const held = this.#held(call.filters);
    if (held !== undefined) throw held;
    this.#all.add(call);
  }

  /** Nobody waits for it any more: what has not been sent stays where it is. */
  cancel(call: UnsubscribeCall): void {
    this.#all.delete(call);
    this.#isolation.release(call);
  }

  has(call: UnsubscribeCall): boolean {
    return this.#all.has(call);
  }

  /** A connection begins: which of them messages wait for. */
  begin(): void {
    for (const call of this.#all)
      if (this.#isolation.isNearIsolation(call)) this.#isolation.holdMessagesUntilAnswered(call);
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
  take(room: UnsubscribeRoom, isFree: (call: UnsubscribeCall) => boolean): UnsubscribeRequest | undefined {
    for (const removal of this.#all) {
      if (removal.unsent.size === 0 || !isFree(removal)) continue;
      const found = room(removal);
      const filters = Array.isArray(found) ? found : [];
      const obstacle = Array.isArray(found) ? this.#held(filters) : found;
      if (obstacle !== undefined) {
        this.fail(removal, obstacle);
      } else if (!filters.some(filter => this.#states.get(filter)?.pending !== undefined)) {
        removal.send(filters);
        return { kind: 'unsubscribe', filters, call: removal };
      }
    }
    return undefined;
  }

  answered({ filters, call }: UnsubscribeRequest, answer: UnsubackPacket): void {
    if (call !== undefined && this.#all.has(call) && call.answered(filters, answer)) this.#all.delete(call);
  }

  fail(call: UnsubscribeCall, error: MqttError): void {
    this.cancel(call);
    call.fail(error);
  }

  /** The client is closed: nobody can be told any more. */
  end(error: MqttError): void {
    for (const call of [...this.#all]) this.fail(call, error);
  }

  #held(filters: readonly string[]): MqttError | undefined {
    const held = filters.find(filter => (this.#states.get(filter)?.consumers ?? 0) > 0);
    return held === undefined ? undefined : stillHeld(held);
  }
}
