import {
  type HeldFilter,
  type SubscriptionState,
  createSubscriptionState,
  forgetRetained,
  markForgotten,
} from './subscription-state.js';

export type Resubscribe = 'ifSessionLost' | 'always' | 'never';

/** Returns what has to be known of the filters that the broker's session holds when the client comes back to this session. */
export function heldFiltersOf(states: ReadonlyMap<string, SubscriptionState>): ReadonlyMap<string, HeldFilter> {
  const filters = [...states].filter(([, { held }]) => typeof held === 'object' || held === 'unknown');
  return new Map(filters.map(([filter, { held, grant, kept }]) => [filter, { held, grant, kept }]));
}

/**
 * Replaces what is held by the filters of another session.
 *
 * A filter that no stream wants is unsubscribed later, unless a stream of this session or the last one keeps it at the broker.
 */
export function replaceHeldFilters(
  states: Map<string, SubscriptionState>,
  filters: ReadonlyMap<string, HeldFilter>,
  resubscribe: Resubscribe,
): void {
  const keptBefore = new Set([...states].filter(([, { kept }]) => kept).map(([filter]) => filter));
  for (const state of states.values()) forgetHeld(state, resubscribe);
  for (const [filter, { held, grant, kept }] of filters) {
    let state = states.get(filter);
    if (state === undefined) {
      states.set(filter, (state = createSubscriptionState(typeof held === 'object' ? held : { filter, qos: 0 })));
      state.consumers = 0;
    }
    Object.assign(state, { held, grant, kept: kept || keptBefore.has(filter) });
  }
}

/** Marks what needs another SUBSCRIBE on a connection that begins, although the session is present. */
export function beginHeld(state: SubscriptionState, sessionPresent: boolean, resubscribe: Resubscribe): void {
  state.isRefused = state.mayBeDropped = false;
  if (!sessionPresent) forgetHeld(state, resubscribe);
  else if (resubscribe === 'always' && state.consumers > 0) state.held &&= 'unknown';
  else state.mayBeDropped = resubscribe !== 'never' && (state.wanted.qos === 0 || state.grant?.reasonCode === 0);
}

/** Marks a filter that the broker holds as unknown, so that its next SUBSCRIBE brings retained messages. Returns false for others. */
export function requestRetained(state: SubscriptionState | undefined): boolean {
  if (typeof state?.held !== 'object' || state.pending !== undefined) return false;
  state.held = 'unknown';
  state.requested = undefined;
  return true;
}

/** Forgets what is held, because the broker has no session. With `'never'` the filter counts as lost instead. */
function forgetHeld(state: SubscriptionState, resubscribe: Resubscribe): void {
  const { held } = state;
  markForgotten(state);
  if (resubscribe === 'never' && (typeof held === 'object' || held === 'lost')) state.held = 'lost';
  forgetRetained(state);
}
