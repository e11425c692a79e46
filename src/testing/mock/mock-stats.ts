import type { ClientStats } from '../../results.js';
import type { MockPublication } from './mock-publication.js';

/** The figures of a mock: nothing is sent, so all that is not settled is queued. */
export function statsOf(pending: readonly MockPublication[], unacknowledged: number): ClientStats {
  const bytes = pending.reduce((sum, { topic, payload }) => sum + topic.length + payload.length, 0);
  return {
    inFlight: 0,
    queued: { messages: pending.length, bytes },
    unsentBytes: 0,
    roundTrip: undefined,
    reconnects: 0,
    nextPacketId: 1,
    unacknowledged,
    oldestUnacknowledged: 0,
    paused: false,
  };
}
