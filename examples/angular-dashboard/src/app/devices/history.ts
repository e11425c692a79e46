import type { Telemetry } from '../../../shared/device';

/** ms that are kept. */
const span = 120_000;

export type Histories = ReadonlyMap<string, readonly Telemetry[]>;

/** Returns a new map with one more reading. A reading that arrives again after a reconnect, because it is retained, is not added twice. */
export function record(histories: Histories, id: string, reading: Telemetry): Histories {
  const history = histories.get(id) ?? [];
  const last = history.at(-1);
  if (last !== undefined && reading.at <= last.at) return histories;
  const kept = history.filter(({ at }) => at > reading.at - span);
  return new Map(histories).set(id, [...kept, reading]);
}
