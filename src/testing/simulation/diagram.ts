/** The rows of a diagram: one for each actor. */
export type Actor = 'actions' | 'faults' | 'client' | 'broker' | 'store';

interface Mark {
  readonly at: number;
  readonly actor: Actor;
  readonly text: string;
}

const actors: readonly Actor[] = ['actions', 'faults', 'client', 'broker', 'store'];
const WIDTH = 140;
/** How many columns are drawn of the beginning and of the end. A part that fails is short; what follows it often repeats itself. */
const FIRST = 60;
const LAST = 10;

/** Records what the actors of a run do, and draws it as a marble diagram on virtual time. */
export class Diagram {
  readonly #marks: Mark[] = [];

  mark(at: number, actor: Actor, text: string): void {
    this.#marks.push({ at, actor, text });
  }

  /** One column for each ms in which something happens, in blocks of lines that fit a terminal. Of many columns, the middle is left out. */
  draw(): string {
    const columns: string[][] = [];
    const times = [...new Set(this.#marks.map(mark => mark.at))].sort((a, b) => a - b);
    const leftOut = Math.max(0, times.length - FIRST - LAST);
    times.splice(FIRST, leftOut, ...(leftOut > 0 ? [NaN] : []));
    for (const at of times) {
      if (Number.isNaN(at)) {
        const words = `(${leftOut} columns)`;
        columns.push([words, ...actors.map(() => '-'.repeat(words.length))]);
        continue;
      }
      const now = this.#marks.filter(mark => mark.at === at);
      const cells = actors.map(actor => cellOf(now.filter(mark => mark.actor === actor)));
      const width = Math.max(String(at).length, ...cells.map(({ length }) => length));
      columns.push([String(at), ...cells].map(cell => (cell === '' ? '-' : cell).padEnd(width, '-')));
    }
    return blocksOf(columns).map(drawBlock).join('\n\n');
  }
}

/** Everything that an actor does in one ms. */
const cellOf = (marks: readonly Mark[]): string => marks.map(({ text }) => text).join(', ');

function blocksOf(columns: readonly string[][]): string[][][] {
  const blocks: string[][][] = [[]];
  let width = 0;
  for (const column of columns) {
    width += column[0]!.length + 1;
    if (width > WIDTH && blocks.at(-1)!.length > 0) {
      blocks.push([]);
      width = column[0]!.length + 1;
    }
    blocks.at(-1)!.push(column);
  }
  return blocks;
}

const drawBlock = (columns: readonly string[][]): string =>
  ['ms', ...actors].map((row, i) => `${row.padEnd(8)} ${columns.map(column => column[i]).join('-')}`).join('\n');

/** Returns a key of the store without the zeros that make it sort. */
export const shortKey = (key: string): string => `${key[0]}${key.slice(1).replace(/^0+(?=.)/, '')}`;
