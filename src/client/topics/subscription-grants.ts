import type { NextObserver } from 'rxjs';
import type { Grant } from '../../protocol/subscriptions/subscription-state.js';
import type { Subscriptions } from '../../protocol/subscriptions/subscriptions.js';
import type { Subscribed } from '../../results.js';
import { reportUnhandled } from '../trampoline.js';
import { LateMap, LateSet } from '../../protocol/collections/late-map.js';

interface GrantListener {
  readonly filters: readonly string[];
  readonly observer: NextObserver<Subscribed>;
  isRemoved: boolean;
}

/** Notifies listeners when the broker has granted all filters of a stream. Lives with the client. */
export class SubscriptionGrants {
  readonly #subscriptions: Pick<Subscriptions, 'grantOf'>;
  readonly #byFilter = new LateMap<string, Set<GrantListener>>();
  /** The listeners that have not been notified yet. */
  readonly #pending = new LateSet<GrantListener>();

  constructor(subscriptions: Pick<Subscriptions, 'grantOf'>) {
    this.#subscriptions = subscriptions;
  }

  /** Adds a listener, and notifies it synchronously if all filters are granted already. Returns the teardown. */
  listen(filters: readonly string[], observer: NextObserver<Subscribed>): () => void {
    const listener: GrantListener = { filters, observer, isRemoved: false };
    for (const filter of filters) {
      const listeners = this.#byFilter.get(filter);
      if (listeners === undefined) this.#byFilter.set(filter, new Set([listener]));
      else listeners.add(listener);
    }
    this.#pending.add(listener);
    this.#notifyIfGranted(listener);
    return () => {
      listener.isRemoved = true;
      this.#pending.delete(listener);
      for (const filter of filters) {
        const listeners = this.#byFilter.get(filter)!;
        listeners.delete(listener);
        if (listeners.size === 0) this.#byFilter.delete(filter);
      }
    };
  }

  /** Notifies the listeners of filters that a SUBACK answered. */
  notify(filters: readonly string[]): void {
    if (this.#byFilter.size === 0) return;
    const listeners = new Set<GrantListener>();
    for (const filter of filters) for (const listener of this.#byFilter.get(filter) ?? []) listeners.add(listener);
    for (const listener of listeners) this.#notifyIfGranted(listener);
  }

  /**
   * Notifies the pending listeners whose filters are granted. It is called when nothing is left to request: what the session granted
   * on an earlier connection is not requested again, so no SUBACK comes for it.
   */
  notifyPending(): void {
    for (const listener of this.#pending) this.#notifyIfGranted(listener);
  }

  #notifyIfGranted(listener: GrantListener): void {
    if (listener.isRemoved) return;
    const grants: Grant[] = [];
    for (const filter of listener.filters) {
      const grant = this.#subscriptions.grantOf(filter);
      if (grant === undefined) return;
      grants.push(grant);
    }
    this.#pending.delete(listener);
    this.#pending.giveBackIfEmpty();
    const { packetId, properties } = grants.reduce((last, each) => (each.order > last.order ? each : last));
    const reasonCodes = grants.map(({ reasonCode }) => reasonCode);
    try {
      listener.observer.next({ filters: listener.filters, packetId, reasonCodes, ...properties });
    } catch (error) {
      reportUnhandled(error); // it does not end the connection
    }
  }
}
