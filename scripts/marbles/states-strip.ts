import type { Diagram, StatesRow } from '../../marbles/diagram.js';
import { marblesOf } from '../../marbles/frames.js';
import { stateNames } from '../../marbles/words.js';
import { widthOf } from './fonts.js';
import type { Item } from './layout.js';
import type { Strip } from './strip.js';
import { element, rect, text } from './svg.js';

const size = 11.5;

/** The states of the connection, each a bar until the next. */
export function statesStrip(diagram: Diagram, { marbles, values }: StatesRow): Strip {
  const { drawnFrom = 0 } = diagram;
  const all = marblesOf(diagram, marbles).filter(({ sign }) => sign !== '|');
  // the one that goes on when the drawing begins
  const first = Math.max(0, all.filter(({ frame }) => frame <= drawnFrom).length - 1);
  const states = all.slice(first).map(({ frame, sign }) => {
    const words = values?.[sign] ?? stateNames[sign] ?? sign;
    return { frame: Math.max(frame, drawnFrom), words, left: 2, right: widthOf(words, size) + 14 };
  });
  return {
    height: 46,
    tracks: [states satisfies Item[]],
    paint: (top, { axis, left, right }) => [
      text(left, top + 15, 'code', 'connection$'),
      ...states.map((state, i) => {
        const next = states[i + 1];
        const from = axis.x(state);
        const to = next === undefined ? right + 6 : axis.x(next) - 3;
        return element(
          'g',
          { class: colourOf(state.words) },
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
