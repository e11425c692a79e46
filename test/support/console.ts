import { Subject } from 'rxjs';

/** So many are kept: a test with thousands of clients must not fill the memory. */
const MOST = 1000;

const lines: string[] = [];
const written$ = new Subject<string>();
const { warn } = console;

/** Each line that a client writes to the console from now on. */
export const consoleLine$ = written$.asObservable();

/** The lines that clients have written to the console since the test began. */
export const consoleLines = (): readonly string[] => [...lines];

/** What clients write to the console belongs to the test that provokes it. It can look at it, and it is shown when the test fails. */
export function keepConsoleLines(): void {
  console.warn = (...words: unknown[]) => {
    const [line] = words;
    if (typeof line !== 'string' || !line.startsWith('rxjs-mqtt: ')) return warn.apply(console, words);
    if (lines.length < MOST) lines.push(line);
    written$.next(line);
  };
}

export function endConsoleLines(show: boolean): void {
  for (const line of lines.splice(0)) if (show) warn.call(console, line);
}
