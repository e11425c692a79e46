import { type Observable, asyncScheduler } from 'rxjs';
import { MqttError } from '../../errors.js';
import type { TimelineEvent } from './columns.js';
import { CallSite, misuse, quote } from './failure.js';
import { assertNamed, parseMarbles } from './parse.js';
import type { MarbleRun } from './run.js';

/** How values of one kind are compared with the expectations of a test. */
export interface Kind<T> {
  /** The name of the helper, for messages. */
  readonly title: string;
  /** The first line of a failure. */
  readonly failure: string;
  words(value: T): string;
  /** Returns whether the value is as expected. */
  matches(value: T, wanted: unknown): boolean;
  /** Describes an expected value that matches no actual one. */
  wantedWords(wanted: unknown): string;
}

/** Says which values are expected, and when. */
export interface Expectation<W> {
  /** Gives the marble diagram and, for each of its letters, the description of the expected value, or any part of the value. */
  toBe(marbles: string, values?: Readonly<Record<string, W>>): void;
}

interface Seen<T> {
  readonly frame: number;
  readonly value: T;
}

/** Expects values, of which a test may give only a part. */
export function expectValues<T, W>(
  run: MarbleRun,
  stream$: Observable<T>,
  kind: Kind<T>,
  known: Readonly<Record<string, W>> = {},
): Expectation<W> {
  const seen: Seen<T>[] = [];
  const events: TimelineEvent[] = [];
  const note = (value: T) => {
    const frame = asyncScheduler.now();
    seen.push({ frame, value });
    events.push({ frame, sign: '', words: kind.words(value) });
  };
  stream$.subscribe({ next: note, error: run.failed });
  return {
    toBe: (marbles, values = known) => {
      assertNamed(`${kind.title}()`, marbles, values);
      // Parsed now, because the time of a frame is different after the run.
      const wanted = parseMarbles(marbles).map(({ frame, sign }) => ({ frame, sign, value: values[sign] }));
      run.expect(kind.failure, new CallSite(), events, () => expected(wanted, seen, kind));
    },
  };
}

/** Returns the events of the diagram, with the description of the actual value wherever one matches. */
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

/** Expects values as lines such as `3 connected`, with `|` for completion, and `#` and the code for an error. */
export function expectTimeline(run: MarbleRun, stream$: Observable<string>): { toBe(...lines: string[]): void } {
  const seen: TimelineEvent[] = [];
  const note = (what: string) => void seen.push(eventOf(asyncScheduler.now(), what));
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
        return eventOf(Number(frame), what);
      });
      run.expect('The stream did not emit what was expected.', new CallSite(), seen, () => wanted);
    },
  };
}

function eventOf(frame: number, words: string): TimelineEvent {
  return { frame, words, sign: words.startsWith('# ') ? '#' : words.length === 1 ? words : '' };
}
