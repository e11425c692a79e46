import type { TraceEvent } from '../trace-event.js';

/** A time since the start of a trace: `5 ms`, `12.345 s`, `3:25.000`, `1:02:03.456`. */
export function timeWords(ms: number): string {
  if (ms < 1000) return `${ms} ms`;
  const seconds = Math.floor(ms / 1000);
  const rest = String(ms % 1000).padStart(3, '0');
  if (seconds < 60) return `${seconds}.${rest} s`;
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor(seconds / 60) % 60;
  const clock = hours > 0 ? `${hours}:${twoDigits(minutes)}` : String(minutes);
  return `${clock}:${twoDigits(seconds % 60)}.${rest}`;
}

/** A duration in words: `250 ms`, `1.5 s`. */
export const durationWords = (ms: number): string => (ms < 1000 ? `${ms} ms` : `${ms / 1000} s`);

const twoDigits = (value: number): string => String(value).padStart(2, '0');

/** The moment of an event in the picture, in whole ms. */
export const frameOf = ({ at }: TraceEvent): number => Math.round(at);

/** How many ms are drawn 20 px wide: a power of 10 near the usual time between two events that are not of one moment. */
export function tickOf(events: readonly TraceEvent[]): number {
  const waits = events
    .slice(1)
    .map((event, i) => frameOf(event) - frameOf(events[i]!))
    .filter(wait => wait > 0)
    .sort((a, b) => a - b);
  const usual = waits[Math.floor(waits.length / 2)] ?? 1;
  return 10 ** Math.max(0, Math.round(Math.log10(usual)));
}
