import type { Item } from './axis.js';
import type { StreamRow, ValueMark } from './rows.js';
import type { Strip } from './strip.js';
import { arrow, element, group, line, rect, text } from './svg.js';
import { widthOf, widthOfCode } from './text-width.js';

type Marble = ValueMark & Item;

const size = 12;
/** px from a last value to the bar that completes. */
const tail = 9;

export function streamStrip({ name, colour, begin: subscribed, end: unsubscribed, values }: StreamRow): Strip {
  const marbles: Marble[] = [];
  for (const mark of values) {
    const before = marbles.at(-1);
    if (mark.sign === 'completion' && before?.frame === mark.frame) {
      // completes with its last value
      marbles[marbles.length - 1] = { ...before, right: before.right + tail };
      continue;
    }
    const half = mark.sign === 'completion' ? 3 : Math.max(11, widthOf(mark.words, size) / 2 + 9);
    marbles.push({ ...mark, left: half, right: half });
  }
  const begin = subscribed && { ...subscribed, left: 4, right: 4 };
  const end = unsubscribed && { ...unsubscribed, left: 3, right: 3 };
  const marks: Item[] = end === undefined ? marbles : [...marbles, end];
  // what comes with the subscription stands behind it
  const comesAtOnce = marbles[0]?.frame === begin?.frame;
  const tracks = begin === undefined ? [marks] : comesAtOnce ? [[begin, ...marks]] : [marks, [begin]];
  const last = marbles.at(-1);
  const completes = values.at(-1)?.sign === 'completion';
  const isOver = completes || last?.sign === 'error';

  return {
    height: 54,
    nameWidth: widthOfCode(name, 12),
    tracks,
    paint: (top, { axis, left, right }) => {
      const y = top + 35;
      const startX = begin === undefined ? left : axis.x(begin);
      const endX = isOver
        ? axis.x(last!) + (last!.sign === 'completion' ? 0 : last!.right)
        : end === undefined
          ? right
          : axis.x(end);
      return [
        text(left, top + 15, 'code', name),
        line(startX, y, endX, y, 'thin'),
        begin === undefined ? '' : element('circle', { cx: startX, cy: y, r: 4, class: 'ring' }),
        isOver ? '' : end === undefined ? arrow(right, y) : line(endX, y - 6, endX, y + 6, 'thin'),
        completes ? line(endX, y - 11, endX, y + 11, 'thick') : '',
        ...marbles.map(marble => capsule(marble, axis.x(marble), y, colour)),
      ];
    },
  };
}

/** Errors have corners, so that they are told from values without colours, too. */
function capsule({ sign, words, title, left }: Marble, x: number, y: number, colour: string): string {
  if (sign === 'completion') return '';
  return group(
    sign === 'error' ? 'red' : colour,
    title,
    rect(x - left, y - 11, 2 * left, 22, 'pill', sign === 'error' ? 0 : 11),
    text(x, y + 4, 'middle', words),
  );
}
