import { type Observable, asyncScheduler } from 'rxjs';
import { MqttError } from '../../errors.js';
import type { TimelineEvent } from './columns.js';
import { CallSite, misuse, quote } from './failure.js';
import { assertNamed, parseMarbles } from './parse.js';
import type { MarbleRun } from './run.js';

/** How values of one kind are compared with what a test says of them. */
export interface Kind<T> {
  /** The verb, for messages. */
  readonly title: string;
  /** What a failure is called. */
  readonly failure: string;
  words(value: T): string;
  /** Whether what the test says holds for the value. */
  matches(value: T, wanted: unknown): boolean;
  /** What the test says, where nothing that came is like it. */
  wantedWords(wanted: unknown): string;
}

/** What is to come, and when. */
export interface Expectation<W> {
  /** A letter for each value, as in every marble diagram; the words, or any part, of the value it stands for. */
  toBe(marbles: string, values?: Readonly<Record<string, W>>): void;
}

interface Seen<T> {
  readonly frame: number;
  readonly value: T;
}

/** Expects values of which a test may name a part only. */
export function expectValues<T, W>(
  run: MarbleRun,
  stream$: Observable<T>,
  kind: Kind<T>,
  known: Readonly<Record<string, W>> = {},
): Expectation<W> {
  const seen: Seen<T>[] = [];
  const happened: TimelineEvent[] = [];
  const note = (value: T) => {
    const frame = asyncScheduler.now();
    seen.push({ frame, value });
    happened.push({ frame, sign: '', words: kind.words(value) });
  };
  stream$.subscribe({ next: note, error: run.failed });
  return {
    toBe: (marbles, values = known) => {
      assertNamed(`${kind.title}()`, marbles, values);
      // now, as the notation means other times when the run is over
      const wanted = parseMarbles(marbles).map(({ frame, sign }) => ({ frame, sign, value: values[sign] }));
      run.expect(kind.failure, new CallSite(), happened, () => expected(wanted, seen, kind));
    },
  };
}

/** What the diagram says, in the words of what came wherever something like it came. */
function expected<T>(
  wanted: readonly { frame: number; sign: string; value: unknown }[],
  seen: readonly Seen<T>[],
  kind: Kind<T>,
): TimelineEvent[] {
  const free = new Set(seen);
  const take = (found: Seen<T> | undefined) => {
    if (found !== undefined) free.delete(found);
    return found;
  };
  const like = (value: unknown) => (one: Seen<T>) => kind.matches(one.value, value);
  const inTime = wanted.map(({ frame, value }) => take([...free].filter(one => one.frame === frame).find(like(value))));
  return wanted.map(({ frame, sign, value }, i) => {
    const match = inTime[i] ?? take([...free].find(like(value)));
    return { frame, sign, words: match === undefined ? kind.wantedWords(value) : kind.words(match.value) };
  });
}

const line = /^(\d+) (.*)$/s;

/** Expects what comes as lines: `3 connected`; `|` for completion, `#` and the code for an error. */
export function expectTimeline(run: MarbleRun, stream$: Observable<string>): { toBe(...lines: string[]): void } {
  const seen: TimelineEvent[] = [];
  const note = (what: string) => void seen.push(happening(asyncScheduler.now(), what));
  stream$.subscribe({
    next: note,
    error: (error: unknown) => note(`# ${MqttError.is(error) ? error.code : String(error)}`),
    complete: () => note('|'),
  });
  return {
    toBe: (...lines) => {
      const wanted = lines.map(text => {
        const [, frame, what] = line.exec(text) ?? [];
        if (what === undefined)
          throw misuse(`expectTimeline() has the line ${quote(text)}; a line looks like '3 connected'`);
        return happening(Number(frame), what);
      });
      run.expect('The stream did not emit what was expected.', new CallSite(), seen, () => wanted);
    },
  };
}

function happening(frame: number, words: string): TimelineEvent {
  return { frame, words, sign: words.startsWith('# ') ? '#' : words.length === 1 ? words : '' };
}
