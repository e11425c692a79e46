import type { Item } from './axis.js';
import type { StatesRow } from './rows.js';
import type { Strip } from './strip.js';
import { group, rect, text } from './svg.js';
import { widthOf, widthOfCode } from './text-width.js';

const size = 11.5;
const name = 'connection$';

export function statesStrip({ states: marks, goesOn = false }: StatesRow): Strip {
  const states = marks.map(mark => ({ ...mark, left: 2, right: widthOf(mark.words, size) + 14 }));
  return {
    height: 46,
    nameWidth: widthOfCode(name, 12),
    tracks: [states satisfies Item[]],
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
