import type { SimulationEvent } from './events.js';

/**
 * Returns a smaller list of events that still fails: first without large parts, then without single events, then with shorter times.
 *
 * @param fails - runs these events.
 * @param budget - the number of runs it may take.
 */
export function shrinkEvents(
  events: readonly SimulationEvent[],
  fails: (events: readonly SimulationEvent[]) => boolean,
  budget: number,
): readonly SimulationEvent[] {
  let left = budget;
  let smallest = events;
  const accept = (candidate: readonly SimulationEvent[]): boolean => {
    if (left-- <= 0 || !fails(candidate)) return false;
    smallest = candidate;
    return true;
  };
  for (let size = Math.ceil(smallest.length / 2); size >= 1 && left > 0;) {
    let isSmaller = false;
    for (let from = 0; from < smallest.length && left > 0;) {
      if (accept([...smallest.slice(0, from), ...smallest.slice(from + size)])) isSmaller = true;
      else from += size;
    }
    if (size > 1) size = Math.ceil(size / 2);
    else if (!isSmaller) break;
  }
  for (let i = 0; i < smallest.length && left > 0; i++) {
    for (const part of [0, 0.5]) {
      const shorter = shorten(smallest[i]!, part);
      if (shorter && accept(smallest.map((event, j) => (j === i ? shorter : event)))) break;
    }
  }
  return smallest;
}

function shorten(event: SimulationEvent, part: number): SimulationEvent | undefined {
  if ('steps' in event && event.steps > 0) return { ...event, steps: Math.floor(event.steps * part) };
  if ('ms' in event && event.ms > 1) return { ...event, ms: Math.max(1, Math.floor(event.ms * part)) };
  if ('times' in event && event.times > 1) return { ...event, times: Math.max(1, Math.floor(event.times * part)) };
  return undefined;
}
