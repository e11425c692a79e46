import { type NextObserver, Subject } from 'rxjs';
import type { Grant } from '../../protocol/subscriptions/subscription-state.js';
import type { Subscriptions } from '../../protocol/subscriptions/subscriptions.js';
import type { Subscribed } from '../../results.js';

interface GrantListener {
  readonly filters: readonly string[];
  readonly granted$: Subject<Subscribed>;
}

/** Who is to be told when the broker has granted the filters of a stream. Lives with the client. */
export class SubscriptionGrants {
  readonly #subscriptions: Pick<Subscriptions, 'grantOf'>;
  readonly #byFilter = new Map<string, Set<GrantListener>>();
  /** Those who have been told nothing yet. */
  readonly #pending = new Set<GrantListener>();

  constructor(subscriptions: Pick<Subscriptions, 'grantOf'>) {
    this.#subscriptions = subscriptions;
  }

  /** Tells at once where all of the filters are granted. Gives what ends it. */
  watch(filters: readonly string[], observer: NextObserver<Subscribed>): () => void {
    const watch: GrantListener = { filters, granted$: new Subject() };
    // what an observer throws is reported, and harms nobody
    // eslint-disable-next-line rxjs-x/no-ignored-error -- it has no errors
    const subscription = watch.granted$.subscribe(granted => observer.next(granted));
    for (const filter of filters) {
      const watches = this.#byFilter.get(filter);
      if (watches === undefined) this.#byFilter.set(filter, new Set([watch]));
      else watches.add(watch);
    }
    this.#pending.add(watch);
    this.#notify(watch);
    return () => {
      subscription.unsubscribe();
      this.#pending.delete(watch);
      for (const filter of filters) {
        const watches = this.#byFilter.get(filter)!;
        watches.delete(watch);
        if (watches.size === 0) this.#byFilter.delete(filter);
      }
    };
  }

  /** SUBACK came for these filters. */
  answered(filters: readonly string[]): void {
    if (this.#byFilter.size === 0) return;
    const watches = new Set<GrantListener>();
    for (const filter of filters) for (const watch of this.#byFilter.get(filter) ?? []) watches.add(watch);
    for (const watch of watches) this.#notify(watch);
  }

  /** All has been asked of the broker. What a session had granted before is granted still, and no SUBACK will say so. */
  readonly asked = (): void => {
    for (const watch of this.#pending) this.#notify(watch);
  };

  #notify(watch: GrantListener): void {
    const grants: Grant[] = [];
    for (const filter of watch.filters) {
      const grant = this.#subscriptions.grantOf(filter);
      if (grant === undefined) return;
      grants.push(grant);
    }
    this.#pending.delete(watch);
    const { answer } = grants.reduce((last, each) => (each.order > last.order ? each : last));
    const { packetId, properties } = answer;
    const reasonCodes = grants.map(({ reasonCode }) => reasonCode);
    watch.granted$.next({ filters: watch.filters, packetId, reasonCodes, ...properties });
  }
}
