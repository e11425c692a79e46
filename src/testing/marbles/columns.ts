/** One frame at which events happen, in both rows. */
export interface Column {
  readonly frame: number;
  /** The time before the frame: dashes, or ` 59s `. */
  readonly gap: string;
  /** The cells of both rows, which have equal width. */
  readonly cells: readonly [expected: string, actual: string];
}

const mostDashes = 20;

/** Returns both rows in the notation of marble diagrams, frame by frame. */
export function columnsOf([expected, actual]: readonly [readonly TimelineEvent[], readonly TimelineEvent[]]): Column[] {
  const frames = [...new Set([...expected, ...actual].map(({ frame }) => frame))].sort((a, b) => a - b);
  let drawnUntil = 0;
  return frames.map(frame => {
    const cells = [cellAt(frame, expected), cellAt(frame, actual)] as const;
    const width = Math.max(cells[0].length, cells[1].length);
    const gap = gapOf(frame - drawnUntil);
    drawnUntil = frame + width;
    return { frame, gap, cells: [cells[0].padEnd(width, '-'), cells[1].padEnd(width, '-')] };
  });
}

function cellAt(frame: number, row: readonly TimelineEvent[]): string {
  const signs = row.filter(one => one.frame === frame).map(({ sign }) => sign);
  return signs.length > 1 ? `(${signs.join('')})` : (signs[0] ?? '-');
}

function gapOf(ms: number): string {
  if (ms <= mostDashes) return '-'.repeat(Math.max(0, ms));
  const [minutes, seconds, rest] = [Math.floor(ms / 60_000), Math.floor(ms / 1000) % 60, ms % 1000];
  const parts = [minutes && `${minutes}m`, seconds && `${seconds}s`, rest && `${rest}ms`].filter(Boolean);
  return ` ${parts.join(' ')} `;
}

/** Returns a line with the ms of each column above it. Columns that are too close to the one before have no number. */
export function rulerOf(columns: readonly Column[]): string {
  let ruler = '';
  let at = 0;
  for (const { frame, gap, cells } of columns) {
    at += gap.length;
    if (ruler === '' || ruler.length < at) ruler = ruler.padEnd(at) + String(frame);
    at += cells[0].length;
  }
  return ruler;
}

/** One event on a time line. */
export interface TimelineEvent {
  /** ms of virtual time. */
  readonly frame: number;
  /** `|`, `#`, `^`, `!`, or the preferred letter of the event; `''` for any letter. */
  readonly sign: string;
  /** The description of the event. Events with the same description have the same letter. */
  readonly words: string;
}
