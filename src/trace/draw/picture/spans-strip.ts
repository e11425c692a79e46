import type { Item } from './axis.js';
import type { Mark, Span, SpansRow } from './rows.js';
import type { Strip } from './strip.js';
import { element, group, line, path, rect, text } from './svg.js';
import { widthOfCode } from './text-width.js';

interface Bar extends Span {
  readonly first: Item | undefined;
  readonly last: Item | undefined;
}

export function spansStrip({ name, spans }: SpansRow): Strip {
  const bars = spans.map(({ begin, end }): Bar => {
    const first = begin && itemOf(begin);
    // what takes no time is one point
    const isPoint = begin !== undefined && end?.frame === begin.frame && end.title === undefined;
    return { ...(begin && { begin }), ...(end && { end }), first, last: isPoint ? first : end && itemOf(end) };
  });
  const lanes: Bar[][] = [];
  for (const bar of bars) {
    const free = lanes.find(lane => (lane.at(-1)!.end?.frame ?? Infinity) <= (bar.begin?.frame ?? -Infinity));
    if (free === undefined) lanes.push([bar]);
    else free.push(bar);
  }
  return {
    height: 24 + 18 * lanes.length,
    nameWidth: widthOfCode(name, 12),
    tracks: bars.map(({ first, last }) => [...new Set([first, last])].filter(isPlaced)),
    paint: (top, { axis, left, right }) => [
      text(left, top + 15, 'code', name),
      ...lanes.flatMap((lane, i) =>
        lane.map(bar => {
          const from = bar.first === undefined ? left : axis.x(bar.first);
          const to = bar.last === undefined ? right : axis.x(bar.last);
          return painted(bar, from, to, top + 23 + 18 * i);
        }),
      ),
    ],
  };
}

const itemOf = (mark: Mark): Item => ({ ...mark, left: 3, right: 3 });

const isPlaced = (item: Item | undefined): item is Item => item !== undefined;

function painted({ begin, end }: Bar, from: number, to: number, y: number): string {
  const [start, width] = from === to ? [from - 6, 12] : [from, Math.max(12, to - from)];
  const stop = start + width;
  const goesOn = end === undefined ? line(to - 1, y, to - 1, y + 12, 'thin') : '';
  return [
    group('trying', undefined, rect(start, y, width, 12, 'pill', 6), goesOn),
    end === undefined ? '' : endOf(end.sign, stop, y),
    begin?.title === undefined ? '' : target(begin.title, start, y),
    end?.title === undefined ? '' : target(end.title, stop, y),
  ].join('');
}

/** A bar where it completes, a cross where it errors, and the round end where it is unsubscribed. */
function endOf(sign: 'unsubscribed' | 'error' | 'completion', x: number, y: number): string {
  switch (sign) {
    case 'completion':
      return line(x, y - 3, x, y + 15, 'thick');
    case 'error':
      return element('g', { class: 'red' }, path(`M${x - 5} ${y + 1}l10 10M${x - 5} ${y + 11}l10 -10`, 'cut'));
    case 'unsubscribed':
      return '';
  }
}

/** A place to point at. */
const target = (title: readonly string[], x: number, y: number): string =>
  group('target', title, rect(x - 6, y - 3, 12, 18, 'area'));
