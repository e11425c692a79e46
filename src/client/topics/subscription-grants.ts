import type { Grant } from '../../protocol/subscriptions/subscription-state.js';
import type { Subscriptions } from '../../protocol/subscriptions/subscriptions.js';
import { membersOf, withMember, withoutMember } from '../../protocol/collections/few.js';
import { reportUnhandled } from '../trampoline.js';
import type { GrantListener } from './route.js';
import type { RouteTable } from './route-table.js';
import type { TopicRoute } from './topic-route.js';

/** Notifies listeners when the broker has granted all filters of their route. Lives with the client. */
export class SubscriptionGrants {
  readonly #subscriptions: Pick<Subscriptions, 'grantOf'>;
  readonly #routes: RouteTable<TopicRoute>;
  /** The listeners that have not been notified yet. Undefined while there are none. */
  #pending: Set<GrantListener> | undefined = undefined;

  constructor(subscriptions: Pick<Subscriptions, 'grantOf'>, routes: RouteTable<TopicRoute>) {
    this.#subscriptions = subscriptions;
    this.#routes = routes;
  }

  /** Adds a listener, and notifies it synchronously if all filters are granted already. */
  add(route: TopicRoute, listener: GrantListener): void {
    route.grantListeners = withMember(route.grantListeners, listener);
    (this.#pending ??= new Set()).add(listener);
    this.#notifyIfGranted(listener);
  }

  delete(route: TopicRoute, listener: GrantListener): void {
    route.grantListeners = withoutMember(route.grantListeners, listener);
    this.#deletePending(listener);
  }

  /** Notifies the listeners of filters that a SUBACK answered. */
  notify(filters: readonly string[]): void {
    const listeners = new Set<GrantListener>();
    for (const filter of filters)
      for (const { grantListeners } of this.#routes.withFilter(filter))
        for (const listener of membersOf(grantListeners)) listeners.add(listener);
    listeners.forEach(listener => this.#notifyIfGranted(listener));
  }

  /**
   * Notifies the pending listeners whose filters are granted. It is called when nothing is left to request: what the session granted
   * on an earlier connection is not requested again, so no SUBACK comes for it.
   */
  notifyPending(): void {
    for (const listener of this.#pending ?? []) this.#notifyIfGranted(listener);
  }

  #deletePending(listener: GrantListener): void {
    this.#pending?.delete(listener);
    if (this.#pending?.size === 0) this.#pending = undefined;
  }

  #notifyIfGranted(listener: GrantListener): void {
    if (listener.closed) return;
    const { filters } = listener;
    const reasonCodes: number[] = [];
    let last: Grant | undefined;
    for (const filter of filters) {
      const grant = this.#subscriptions.grantOf(filter);
      if (grant === undefined) return;
      reasonCodes.push(grant.reasonCode);
      if (last === undefined || grant.order > last.order) last = grant;
    }
    this.#deletePending(listener);
    const { packetId, properties } = last!;
    try {
      listener.onGranted({ filters, packetId, reasonCodes, ...properties });
    } catch (error) {
      reportUnhandled(error); // it does not end the connection
    }
  }
}
