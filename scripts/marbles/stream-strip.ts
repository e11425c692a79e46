import type { Diagram, SourceRow, StreamRow } from '../../marbles/diagram.js';
import { widthOf } from './fonts.js';
import type { Item } from './layout.js';
import type { Strip } from './strip.js';
import { element, line, path, rect, text } from './svg.js';
import { visibleMarbles, visibleSpan } from './visible.js';
import { receivedAt } from './wire-events.js';

interface Value extends Item {
  readonly sign: string;
  readonly words: string;
}

const size = 12;
/** px from a last value to the bar that completes. */
const tail = 9;

/** A stream as RxJS draws it: marbles on a line, a bar where it completes, a cross where it errors. */
export function streamStrip(diagram: Diagram, row: StreamRow | SourceRow): Strip {
  const { from, to, goesOn } = visibleSpan(diagram, (row.kind === 'stream' ? row.subscribed : undefined) ?? '^');
  const besideSent = row.kind === 'stream' && row.besideSent === true;
  const error = row.kind === 'stream' ? (row.error ?? 'error') : 'error';
  const marbles = visibleMarbles(diagram, row.marbles);
  const values: Value[] = [];
  for (const { frame, sign } of marbles) {
    const before = values.at(-1);
    if (sign === '|' && before?.frame === frame) {
      // completes with its last value
      values[values.length - 1] = { ...before, right: before.right + tail };
      continue;
    }
    const words = sign === '#' ? error : sign === '|' ? '' : (row.values?.[sign] ?? sign);
    const half = sign === '|' ? 3 : Math.max(11, widthOf(words, size) / 2 + 9);
    values.push({ frame, sign, words, left: half, right: half, after: besideSent ? receivedAt(diagram, frame) : 0 });
  }
  const begin: Item = { frame: from, left: 4, right: 4 };
  const end: Item | undefined = to === Infinity ? undefined : { frame: to, left: 3, right: 3 };
  const marks = end === undefined ? values : [...values, end];
  // what comes with the subscription stands behind it
  const atOnce = values[0]?.frame === from;
  const tracks = goesOn ? [marks] : atOnce ? [[begin, ...marks]] : [marks, [begin]];
  const colour = row.kind === 'stream' ? 'value' : 'source';

  return {
    height: 54,
    tracks,
    paint: (top, { axis, left, right }) => {
      const y = top + 35;
      const last = values.at(-1);
      const isOver = '|#'.includes(marbles.at(-1)?.sign ?? '-');
      const completes = marbles.at(-1)?.sign === '|';
      const startX = goesOn ? left : axis.x(begin);
      const endX = isOver
        ? axis.x(last!) + (last!.sign === '|' ? 0 : last!.right)
        : end === undefined
          ? right
          : axis.x(end);
      return [
        text(left, top + 15, 'code', row.name),
        line(startX, y, endX, y, 'thin'),
        goesOn ? '' : element('circle', { cx: startX, cy: y, r: 4, class: 'ring' }),
        isOver ? '' : end === undefined ? arrow(right, y) : line(endX, y - 6, endX, y + 6, 'thin'),
        completes ? line(endX, y - 11, endX, y + 11, 'thick') : '',
        ...values.map(value => marble(value, axis.x(value), y, colour)),
      ];
    },
  };
}

/** Where a line goes on. */
export const arrow = (x: number, y: number): string =>
  path(`M${x - 1} ${y - 4}L${x + 6} ${y}L${x - 1} ${y + 4}Z`, 'dot');

function marble({ sign, words, left }: Value, x: number, y: number, colour: string): string {
  if (sign === '|') return '';
  return element(
    'g',
    { class: sign === '#' ? 'red' : colour },
    rect(x - left, y - 11, 2 * left, 22, 'pill', 11),
    text(x, y + 4, 'middle', words),
  );
}
