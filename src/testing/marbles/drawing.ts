import { type Column, columnsOf, rulerOf, type TimelineEvent } from './columns.js';

const widest = 100;
/** The number of blocks that are shown, from the first difference. */
const mostBlocks = 4;
const alphabet = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'.split('');

/** Draws two time lines under each other, with a `^` below each difference, and a legend of their letters. */
export function draw(title: string, expected: readonly TimelineEvent[], actual: readonly TimelineEvent[]): string {
  const letters = new Letters();
  const rows = [letters.assign(expected), letters.assign(actual)] as const;
  const all = blocksOf(columnsOf(rows));
  const first = Math.max(0, all.findIndex(differs));
  const shown = all.slice(first, first + mostBlocks);
  const blocks = shown.map(columns =>
    [
      `  at ms     ${rulerOf(columns)}`,
      `  expected  ${columns.map(({ gap, cells }) => gap + cells[0]).join('')}`,
      `  actual    ${columns.map(({ gap, cells }) => gap + cells[1]).join('')}`,
      `            ${columns.map(marksOf).join('').trimEnd()}`,
    ].join('\n'),
  );
  const before = first > 0 ? '  ... as expected until then' : '';
  const after = all.length > first + mostBlocks ? '  ... and more' : '';
  const isShown = ({ frame }: TimelineEvent) => shown.some(block => block.some(column => column.frame === frame));
  const named = rows.map(row => row.filter(isShown)) as [TimelineEvent[], TimelineEvent[]];
  return [title, before, ...blocks, after, legend(...named)].filter(Boolean).join('\n\n');
}

function blocksOf(columns: readonly Column[]): Column[][] {
  const blocks: Column[][] = [[]];
  let width = 0;
  for (const column of columns) {
    const own = column.gap.length + column.cells[0].length;
    if (width > 0 && width + own > widest) {
      blocks.push([]);
      width = 0;
    }
    blocks.at(-1)!.push(column);
    width += own;
  }
  return blocks;
}

const differs = (columns: readonly Column[]) => columns.some(({ cells }) => cells[0] !== cells[1]);

const marksOf = ({ gap, cells: [expected, actual] }: Column) =>
  ' '.repeat(gap.length) + (expected === actual ? ' ' : '^').padEnd(expected.length);

/** Assigns letters to descriptions: those of the diagram in the test, otherwise the next unused letter of the alphabet. */
class Letters {
  readonly #byWords = new Map<string, string>();
  readonly #taken = new Set<string>();

  assign(events: readonly TimelineEvent[]): TimelineEvent[] {
    return events.map(event => ({ ...event, sign: this.#letterOf(event) }));
  }

  #letterOf({ sign, words }: TimelineEvent): string {
    if ('|#^!'.includes(sign) && sign !== '') return sign;
    let letter = this.#byWords.get(words);
    if (letter === undefined) {
      letter = sign !== '' && !this.#taken.has(sign) ? sign : this.#free();
      this.#byWords.set(words, letter);
      this.#taken.add(letter);
    }
    return letter;
  }

  #free(): string {
    return alphabet.find(one => !this.#taken.has(one)) ?? '?';
  }
}

/** Returns the meaning of the letters, except of those that stand for themselves. */
function legend(expected: readonly TimelineEvent[], actual: readonly TimelineEvent[]): string {
  const lines = new Map<string, string>();
  const addLines = (row: readonly TimelineEvent[], other: readonly TimelineEvent[], only: string) => {
    for (const { sign, words } of row) {
      if (['', sign, JSON.stringify(sign)].includes(words)) continue;
      const isShared = other.some(one => one.sign === sign && one.words === words);
      lines.set(`${sign} ${words}`, `  ${sign}  ${words.replace(/^# /, '')}${isShared ? '' : `   (${only} only)`}`);
    }
  };
  addLines(expected, actual, 'expected');
  addLines(actual, expected, 'actual');
  return [...lines.values()].join('\n');
}
