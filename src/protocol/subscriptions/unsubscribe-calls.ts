import type { MqttError } from '../../errors.js';
import type { UnsubackPacket } from '../../packets.js';
import type { Isolation } from '../isolation.js';
import type { SubscriptionState } from './subscription-state.js';
import { type UnsubscribeCall, stillHeld } from './unsubscribe-call.js';
import type { UnsubscribeRequest } from './subscription-request.js';

/** Returns the filters of a call that the next UNSUBSCRIBE names, or why the limits of the connection do not allow the call. */
export type FilterSelector = (call: UnsubscribeCall) => MqttError | string[];

/** The calls of `unsubscribe()`. Each has UNSUBSCRIBEs of its own, in order, which are sent again if a connection ends before UNSUBACK. */
export class UnsubscribeCalls {
  readonly #states: ReadonlyMap<string, SubscriptionState>;
  readonly #isolation: Isolation;

  // lives with the session
  /** Undefined until the first call. */
  #calls: Set<UnsubscribeCall> | undefined = undefined;

  constructor(states: ReadonlyMap<string, SubscriptionState>, isolation: Isolation) {
    this.#states = states;
    this.#isolation = isolation;
  }

  /** Throws SUBSCRIPTION_CONFLICT while a stream holds one of the filters. */
  add(call: UnsubscribeCall): void {
    const conflict = this.#conflictOf(call.filters);
    if (conflict !== undefined) throw conflict;
    (this.#calls ??= new Set()).add(call);
  }

  /** Removes a call whose caller no longer waits. Its filters that are not in an UNSUBSCRIBE yet stay as they are. */
  cancel(call: UnsubscribeCall): void {
    this.#calls?.delete(call);
    this.#isolation.release(call);
  }

  get isEmpty(): boolean {
    return !this.#calls?.size;
  }

  has(call: UnsubscribeCall): boolean {
    return this.#calls?.has(call) === true;
  }

  /** Begins a connection. Messages wait for the calls that are near isolation. */
  begin(): void {
    for (const call of this.#calls ?? [])
      if (this.#isolation.isNearIsolation(call)) this.#isolation.holdMessagesUntilAnswered(call);
  }

  /** Whether a call is going to unsubscribe this filter. */
  includes(filter: string): boolean {
    for (const { unsent } of this.#calls ?? []) if (unsent.has(filter)) return true;
    return false;
  }

  /**
   * Takes the next UNSUBSCRIBE. A call waits while one of its next filters is in another request without an answer.
   *
   * @param maySend - whether an UNSUBSCRIBE of the call may be sent now.
   */
  take(selectFilters: FilterSelector, maySend: (call: UnsubscribeCall) => boolean): UnsubscribeRequest | undefined {
    for (const call of this.#calls ?? []) {
      if (call.unsent.size === 0 || !maySend(call)) continue;
      const selected = selectFilters(call);
      const filters = Array.isArray(selected) ? selected : [];
      const obstacle = Array.isArray(selected) ? this.#conflictOf(filters) : selected;
      if (obstacle !== undefined) {
        this.fail(call, obstacle);
      } else if (!filters.some(filter => this.#states.get(filter)?.pending !== undefined)) {
        call.markSent(filters);
        return { kind: 'unsubscribe', filters, call };
      }
    }
    return undefined;
  }

  /** Passes an UNSUBACK to the call that the request belongs to. */
  addAnswer({ filters, call }: UnsubscribeRequest, answer: UnsubackPacket): void {
    if (call !== undefined && this.has(call) && call.addAnswer(filters, answer)) this.#calls?.delete(call);
  }

  fail(call: UnsubscribeCall, error: MqttError): void {
    this.cancel(call);
    call.fail(error);
  }

  /** Fails all calls, because the client is closed. */
  failAll(makeError: () => MqttError): void {
    if (this.#calls === undefined) return;
    const error = makeError();
    for (const call of [...this.#calls]) this.fail(call, error);
  }

  #conflictOf(filters: readonly string[]): MqttError | undefined {
    const held = filters.find(filter => (this.#states.get(filter)?.consumers ?? 0) > 0);
    return held === undefined ? undefined : stillHeld(held);
  }
}
