import type { TraceEvent } from '../trace-event.js';
import type { DrawSettings } from './draw-trace-options.js';
import { timeWords } from './trace-time.js';
import type { TraceWindow } from './trace-window.js';

/** What the picture shows in words, for readers who do not see it. */
export function sentenceOf({ events, errors }: TraceWindow): string {
  const first = events[0];
  if (first === undefined) return 'There are no events.';
  const count = (matches: (event: TraceEvent) => boolean) => events.filter(matches).length;
  const packets = (direction: string) => count(event => event.type === 'packet' && event.direction === direction);
  return (
    `From ${timeWords(Math.round(first.at))} to ${timeWords(Math.round(events.at(-1)!.at))}: ` +
    `${packets('sent')} packets sent, ${packets('received')} received, ${count(({ type }) => type === 'ack')} settlements, ` +
    `${errors} errors and warnings.`
  );
}

/** The lines above a picture that does not show the whole trace. */
export function headingOf({ events, total, errors, errorTimes }: TraceWindow, settings: DrawSettings): string[] {
  const first = events[0];
  if (first === undefined) return [emptyWords(settings)];
  if (events.length === total) return [];
  const [from, to] = [first, events.at(-1)!].map(({ at }) => timeWords(Math.round(at)));
  const counts = `${withSeparators(events.length)} of ${withSeparators(total)} events, from ${from} to ${to}`;
  const times = errorTimes.map(at => timeWords(Math.round(at))).join(', ');
  const more = errors > errorTimes.length ? ` and ${withSeparators(errors - errorTimes.length)} more` : '';
  return [
    `${counts}: ${reasonWords(settings, errors)}`,
    ...(errors > 0 ? [`errors and warnings: ${times}${more}`] : []),
    "choose others with options 'from' and 'to' (ms), or more with option 'maxEvents'",
  ];
}

function reasonWords({ isChosen }: DrawSettings, errors: number): string {
  if (isChosen) return 'the first ones';
  return errors > 0 ? 'around the first error' : 'the last ones';
}

function emptyWords({ from, to }: DrawSettings): string {
  const until = to === Infinity ? 'its end' : timeWords(to);
  return `no event of the trace is between ${timeWords(from)} and ${until}`;
}

/** 1234567 as 1,234,567, on every machine. */
function withSeparators(value: number): string {
  const thousands = Math.floor(value / 1000);
  return thousands === 0 ? String(value) : `${withSeparators(thousands)},${String(value % 1000).padStart(3, '0')}`;
}
