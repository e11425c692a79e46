import type { Item } from './axis.js';
import type { BoxRow, CallsRow, NotesRow } from './rows.js';
import type { Strip } from './strip.js';
import { group, rect, text } from './svg.js';
import { widthOf, widthOfCode } from './text-width.js';

export function callsStrip({ calls: marks }: CallsRow): Strip {
  const calls = marks.map(mark => ({ ...mark, left: 4, right: widthOfCode(mark.words, 11.5) + 12 }));
  return {
    height: 34,
    nameWidth: 0,
    tracks: [calls satisfies Item[]],
    paint: (top, { axis }) =>
      calls.map(call => {
        const x = axis.x(call);
        return group(
          'source',
          call.title,
          rect(x - call.left, top + 8, call.right + call.left, 21, 'pill', 4),
          text(x + 2, top + 22.5, 'chip', call.words),
        );
      }),
  };
}

export function boxStrip({ text: words }: BoxRow): Strip {
  return {
    height: 44,
    nameWidth: widthOfCode(words, 12) + 24,
    tracks: [],
    paint: (top, { left, right }) => [
      rect(left, top + 8, right - left + 6, 30, 'box', 6),
      text((left + right) / 2, top + 27, 'code middle', words),
    ],
  };
}

export function notesStrip({ name, notes: marks }: NotesRow): Strip {
  const notes = marks.map(mark => ({ ...mark, left: 2, right: widthOf(mark.words, 11.5) + 6 }));
  const down = name === undefined ? 0 : 18;
  return {
    height: 22 + down,
    nameWidth: widthOfCode(name ?? '', 12),
    tracks: [notes satisfies Item[]],
    paint: (top, { axis, left }) => [
      ...(name === undefined ? [] : [text(left, top + 15, 'code', name)]),
      ...notes.map(note => {
        const words = text(axis.x(note) + 4, top + down + 14, 'note', note.words);
        return note.title === undefined ? words : group('titled', note.title, words);
      }),
    ],
  };
}
