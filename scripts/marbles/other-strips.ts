import type { BoxRow, CallsRow, Diagram, NotesRow, SpansRow } from '../../marbles/diagram.js';
import { widthOf, widthOfCode } from './fonts.js';
import type { Item } from './layout.js';
import type { Strip } from './strip.js';
import { element, line, rect, text } from './svg.js';
import { visibleMarbles, visibleSpan } from './visible.js';

/** What the application does, as code. */
export function callsStrip(diagram: Diagram, { marbles, does }: CallsRow): Strip {
  const calls = visibleMarbles(diagram, marbles).map(({ frame, sign }) => {
    const shown = does[sign]![0];
    return { frame, shown, left: 4, right: widthOfCode(shown, 11.5) + 12 };
  });
  return {
    height: 34,
    tracks: [calls satisfies Item[]],
    paint: (top, { axis }) =>
      calls.map(call => {
        const x = axis.x(call);
        return element(
          'g',
          { class: 'source' },
          rect(x - call.left, top + 8, call.right + call.left, 21, 'pill', 4),
          text(x + 2, top + 22.5, 'chip', call.shown),
        );
      }),
  };
}

export const boxStrip = ({ text: words }: BoxRow): Strip => ({
  height: 44,
  tracks: [],
  paint: (top, { left, right }) => [
    rect(left, top + 8, right - left + 6, 30, 'box', 6),
    text((left + right) / 2, top + 27, 'code middle', words),
  ],
});

/** Words at a moment. */
export function notesStrip(diagram: Diagram, { marbles, values }: NotesRow): Strip {
  const notes = visibleMarbles(diagram, marbles).map(({ frame, sign }) => {
    const words = values[sign] ?? sign;
    return { frame, words, left: 2, right: widthOf(words, 11.5) + 6 };
  });
  return {
    height: 22,
    tracks: [notes satisfies Item[]],
    paint: (top, { axis }) => notes.map(note => text(axis.x(note) + 4, top + 14, 'note', note.words)),
  };
}

/** Bars from subscription to unsubscription, under each other where they overlap. */
export function spansStrip(diagram: Diagram, { name, spans }: SpansRow): Strip {
  const bars = spans.map(marbles => {
    const { from, to } = visibleSpan(diagram, marbles);
    const begin: Item = { frame: from, left: 3, right: 3 };
    // what takes no time is one point
    const end: Item | undefined = to === Infinity ? undefined : to === from ? begin : { frame: to, left: 3, right: 3 };
    return { from, to, begin, end };
  });
  const lanes: (typeof bars)[] = [];
  for (const bar of bars) {
    const free = lanes.find(lane => lane.at(-1)!.to <= bar.from);
    if (free === undefined) lanes.push([bar]);
    else free.push(bar);
  }
  return {
    height: 24 + 18 * lanes.length,
    tracks: bars.flatMap(({ begin, end }) => (end === undefined || end === begin ? [[begin]] : [[begin, end]])),
    paint: (top, { axis, left, right }) => [
      text(left, top + 15, 'code', name),
      ...lanes.flatMap((lane, i) =>
        lane.map(({ begin, end }) => {
          const [from, to] = [axis.x(begin), end === undefined ? right : axis.x(end)];
          const y = top + 23 + 18 * i;
          return element(
            'g',
            { class: 'trying' },
            rect(from === to ? from - 6 : from, y, Math.max(12, to - from), 12, 'pill', 6),
            end === undefined ? line(to - 1, y, to - 1, y + 12, 'thin') : '',
          );
        }),
      ),
    ],
  };
}
