import { type Column, columnsOf, rulerOf, type TimelineEvent } from './columns.js';

const widest = 100;
/** From the first difference on. */
const mostBlocks = 4;
const alphabet = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'.split('');

/** Two time lines under each other, and in words what is on them. Where they differ, a `^` stands below. */
export function draw(title: string, expected: readonly TimelineEvent[], actual: readonly TimelineEvent[]): string {
  const letters = new Letters();
  const rows = [letters.write(expected), letters.write(actual)] as const;
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

/** Gives letters to words: the ones the test uses where it says so, then from the front of the alphabet. */
class Letters {
  readonly #byWords = new Map<string, string>();
  readonly #taken = new Set<string>();

  write(happenings: readonly TimelineEvent[]): TimelineEvent[] {
    return happenings.map(happening => ({ ...happening, sign: this.#letter(happening) }));
  }

  #letter({ sign, words }: TimelineEvent): string {
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

/** What the letters stand for; a letter that stands for itself needs no words. */
function legend(expected: readonly TimelineEvent[], actual: readonly TimelineEvent[]): string {
  const lines = new Map<string, string>();
  const tell = (row: readonly TimelineEvent[], other: readonly TimelineEvent[], only: string) => {
    for (const { sign, words } of row) {
      if (['', sign, JSON.stringify(sign)].includes(words)) continue;
      const isShared = other.some(one => one.sign === sign && one.words === words);
      lines.set(`${sign} ${words}`, `  ${sign}  ${words.replace(/^# /, '')}${isShared ? '' : `   (${only} only)`}`);
    }
  };
  tell(expected, actual, 'expected');
  tell(actual, expected, 'actual');
  return [...lines.values()].join('\n');
}
