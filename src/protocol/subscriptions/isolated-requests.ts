import { MqttError } from '../../errors.js';
import type { Isolatable, Isolation } from '../isolation.js';
import { ended } from '../outbound/delivery-errors.js';
import { quoted } from '../../quoted.js';
import type { SubscriptionChanges } from './subscription-changes.js';
import { type SubscriptionState, markForgotten, nextRequest } from './subscription-state.js';
import { UnsubscribeCall } from './unsubscribe-call.js';
import type { UnsubscribeCalls } from './unsubscribe-calls.js';

/** The filters and calls of `unsubscribe()` at which connections seem to end: which of them are sent now, and what giving them up means. */
export class IsolatedRequests {
  readonly #isolation: Isolation;
  readonly #changes: SubscriptionChanges;
  readonly #unsubscribeCalls: UnsubscribeCalls;

  constructor(isolation: Isolation, changes: SubscriptionChanges, unsubscribeCalls: UnsubscribeCalls) {
    this.#isolation = isolation;
    this.#changes = changes;
    this.#unsubscribeCalls = unsubscribeCalls;
  }

  /** Returns the isolated filter to send now. Releases isolated filters that need no request. */
  nextFilter(): string | undefined {
    for (let { next } = this.#isolation; next !== undefined && isFilter(next); { next } = this.#isolation) {
      const { filter } = next.wanted;
      const kind = nextRequest(next);
      if (kind === 'subscribe' || (kind === 'unsubscribe' && !this.#unsubscribeCalls.includes(filter))) return filter;
      this.#isolation.release(next);
      this.#changes.markChanged(filter);
    }
    return undefined;
  }

  /** Whether an UNSUBSCRIBE of the call may be sent now; `isIdle` says whether all requests are answered. */
  maySend(call: UnsubscribeCall, isIdle: boolean): boolean {
    if (call.isolated) return this.#isolation.next === call;
    return !this.#isolation.holdsOthers && (isIdle || !this.#isolation.isNearIsolation(call));
  }

  /** Begins a connection for a filter. Messages wait for the answers to requests that are near isolation. */
  beginFilter(state: SubscriptionState): void {
    if (this.#isolation.isNearIsolation(state) && nextRequest(state) !== undefined)
      this.#isolation.holdMessagesUntilAnswered(state);
  }

  /**
   * Gives up a filter or a call of `unsubscribe()`. The filter counts as not held, as an UNSUBSCRIBE would end the next connection.
   *
   * @param onFilterGivenUp - called with the error of a filter; a call errors by itself.
   */
  giveUp(item: Isolatable, why: MqttError, onFilterGivenUp: (error: MqttError) => void): void {
    if (item instanceof UnsubscribeCall)
      return this.#unsubscribeCalls.fail(item, requestGivenUp('unsubscribe', item.filters, item, why));
    if (!isFilter(item)) return;
    const { wanted, consumers } = item;
    const error = requestGivenUp(consumers > 0 ? 'subscribe' : 'unsubscribe', [wanted.filter], item, why);
    this.#isolation.resetHangUps(item);
    markForgotten(item);
    this.#changes.markChanged(wanted.filter);
    onFilterGivenUp(error);
  }
}

const isFilter = (item: Isolatable): item is SubscriptionState => 'wanted' in item;

/** The error of a SUBSCRIBE or UNSUBSCRIBE at which connections ended. */
function requestGivenUp(
  kind: 'subscribe' | 'unsubscribe',
  filters: readonly string[],
  { hangUps }: Isolatable,
  why: MqttError,
): MqttError {
  const { reasonCode, reasonString } = why;
  const names = filters.map(quoted).join(', ');
  return new MqttError(
    kind === 'subscribe' ? 'SUBSCRIBE_REFUSED' : 'UNSUBSCRIBE_REFUSED',
    `${ended(hangUps)} at the ${kind.toUpperCase()} of ${names}, the last while it was alone on it: ${why.message}; ` +
      'the log of the broker may show a limit on topic filters',
    { reasonCode, reasonString, subject: filters[0], cause: why },
  );
}
