import type { Item } from './axis.js';
import type { StatesRow } from './rows.js';
import type { Strip } from './strip.js';
import { group, rect, text } from './svg.js';
import { widthOf, widthOfCode } from './text-width.js';

const size = 11.5;
const name = 'connection$';

export function statesStrip({ states: marks, goesOn = false }: StatesRow): Strip {
  const widths = marks.map(({ words }) => widthOf(words, size) + 14);
  // A state that goes on begins at the edge, wherever the first event is, and the next one leaves room for its words.
  const edge = goesOn ? (widths[0] ?? 0) : 0;
  const states = marks.map((mark, i) => ({ ...mark, left: goesOn && i === 1 ? edge : 2, right: widths[i]! }));
  return {
    height: 46,
    nameWidth: Math.max(widthOfCode(name, 12), edge),
    tracks: [states.slice(goesOn ? 1 : 0) satisfies Item[]],
    paint: (top, { axis, left, right }) => [
      text(left, top + 15, 'code', name),
      ...states.map((state, i) => {
        const next = states[i + 1];
        const from = goesOn && i === 0 ? left : axis.x(state);
        const to = next === undefined ? right + 6 : axis.x(next) - 3;
        return group(
          colourOf(state.words),
          state.title,
          rect(from, top + 22, to - from, 20, 'pill', 4),
          text(from + 7, top + 36, 'time', state.words),
        );
      }),
    ],
  };
}

function colourOf(words: string): string {
  if (words.startsWith('connected')) return 'up';
  if (words.startsWith('connecting')) return 'trying';
  if (words === 'idle' || words === 'closed' || words === 'disconnecting') return 'quiet';
  return 'down';
}
