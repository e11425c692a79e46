import { drawPicture } from '../../../trace/draw/picture/picture.js';
import type { Row, ValueMark } from '../../../trace/draw/picture/rows.js';
import { shortened } from '../../../trace/draw/picture/text-width.js';
import type { TimelineEvent } from '../columns.js';

/** The number of moments that are drawn, and how many of them are before the first difference. */
const mostMoments = 40;
const momentsBefore = 4;
const longestWords = 40;

/** Two time lines that differ, and what a failure says about them. */
export interface Difference {
  readonly title: string;
  readonly expected: readonly TimelineEvent[];
  readonly actual: readonly TimelineEvent[];
}

/** Draws what was expected above what happened, as an SVG, from just before the first difference. */
export function drawFailure({ title, expected, actual }: Difference): string {
  const frames = [...new Set([...expected, ...actual].map(({ frame }) => frame))].sort((a, b) => a - b);
  const isDifferent = (frame: number) => wordsAt(frame, expected) !== wordsAt(frame, actual);
  const first = Math.max(0, frames.findIndex(isDifferent) - momentsBefore);
  const shown = frames.slice(first, first + mostMoments);
  const row = (name: string, colour: 'value' | 'source', events: readonly TimelineEvent[]): Row => {
    const visible = events.filter(({ frame }) => shown.includes(frame));
    return { kind: 'stream', name, colour, values: visible.map(markOf) };
  };
  const differences = shown.filter(isDifferent).map(frame => ({ frame, words: '▲' }));
  return drawPicture({
    name: title,
    sentence: `They differ at ${differences.map(({ frame }) => `${frame} ms`).join(', ')}.`,
    heading: [title, ...(shown.length < frames.length ? ['only the moments around the first difference'] : [])],
    bands: [
      [
        row('expected', 'source', expected),
        row('actual', 'value', actual),
        { kind: 'notes', name: 'differences', notes: differences },
      ],
    ],
    time: { tick: 1, words: ms => `${ms} ms` },
  });
}

function markOf({ frame, sign, words }: TimelineEvent): ValueMark {
  if (sign === '|') return { frame, sign: 'completion', words: '' };
  const shown = shortened(sign === '#' ? words.replace(/^# /, '') : (subscriptionWords[sign] ?? words), longestWords);
  return { frame, title: [words], words: shown, sign: sign === '#' ? 'error' : 'value' };
}

const subscriptionWords: Readonly<Record<string, string>> = { '^': 'subscribed', '!': 'unsubscribed' };

const wordsAt = (frame: number, events: readonly TimelineEvent[]): string =>
  events
    .filter(event => event.frame === frame)
    .map(({ sign, words }) => (words === '' ? sign : words))
    .join('\n');
