import type { Overlaps } from './overlaps.js';
import {
  type HeldFilter,
  type SubscriptionState,
  markForgotten,
  createSubscriptionState,
  noRetainedSource,
} from './subscription-state.js';

export type Resubscribe = 'ifSessionLost' | 'always' | 'never';

/** What the broker's session holds of the filters, as far as the client knows, and what a change of the session means for it. */
export class HeldFilters {
  readonly #states: Map<string, SubscriptionState>;
  readonly #overlaps: Overlaps;

  constructor(states: Map<string, SubscriptionState>, overlaps: Overlaps) {
    this.#states = states;
    this.#overlaps = overlaps;
  }

  /** Returns what has to be known when the client comes back to this session. */
  get all(): ReadonlyMap<string, HeldFilter> {
    const filters = [...this.#states].filter(([, { held }]) => typeof held === 'object' || held === 'unknown');
    return new Map(filters.map(([filter, { held, grant, kept }]) => [filter, { held, grant, kept }]));
  }

  /**
   * Replaces what is held by the filters of another session.
   *
   * A filter that no stream wants is unsubscribed later, unless a stream of this session or the last one keeps it at the broker.
   */
  replace(filters: ReadonlyMap<string, HeldFilter>, resubscribe: Resubscribe): void {
    const keptBefore = new Set([...this.#states].filter(([, { kept }]) => kept).map(([filter]) => filter));
    this.#overlaps.renewIdentifiers();
    this.#forget(resubscribe);
    for (const [filter, { held, grant, kept }] of filters) {
      let state = this.#states.get(filter);
      if (state === undefined) {
        this.#states.set(
          filter,
          (state = createSubscriptionState(typeof held === 'object' ? held : { filter, qos: 0 })),
        );
        state.consumers = 0;
      }
      Object.assign(state, { held, grant, kept: kept || keptBefore.has(filter) });
    }
  }

  /** Forgets what is held, because the broker has no session. With `'never'` the filters count as lost instead. */
  #forget(resubscribe: Resubscribe): void {
    for (const [filter, state] of this.#states) this.#forgetFilter(filter, state, resubscribe);
  }

  /** Begins a connection for a filter. Marks what needs another SUBSCRIBE although the session is present. */
  beginFilter(filter: string, state: SubscriptionState, sessionPresent: boolean, resubscribe: Resubscribe): void {
    const { wanted, consumers, grant } = state;
    state.isRefused = state.mayBeDropped = false;
    if (!sessionPresent) this.#forgetFilter(filter, state, resubscribe);
    else if (resubscribe === 'always' && consumers > 0) state.held &&= 'unknown';
    else state.mayBeDropped = resubscribe !== 'never' && (wanted.qos === 0 || grant?.reasonCode === 0);
  }

  #forgetFilter(filter: string, state: SubscriptionState, resubscribe: Resubscribe): void {
    const { held } = state;
    markForgotten(state);
    if (resubscribe === 'never' && (typeof held === 'object' || held === 'lost')) state.held = 'lost';
    state.retainedBy = noRetainedSource;
    this.#overlaps.releaseIdentifier(filter, state);
  }
}
