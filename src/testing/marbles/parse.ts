import { TestScheduler } from 'rxjs/testing';
import type { TimelineEvent } from './columns.js';
import { misuse, quoteAll } from './failure.js';

/** Returns the events of a marble diagram without descriptions, before its letters are resolved. */
export function parseMarbles(marbles: string): TimelineEvent[] {
  return TestScheduler.parseMarbles(marbles, undefined, undefined, undefined, true).map(({ frame, notification }) => {
    const sign = notification.kind === 'N' ? (notification.value as string) : notification.kind === 'C' ? '|' : '#';
    return { frame, sign, words: '' };
  });
}

/** Throws for a letter of the diagram that is not a key of `values`, and for a group that does not begin or end. */
export function assertNamed(what: string, marbles: string, values: Readonly<Record<string, unknown>>): void {
  const [sign] = /[()]/.exec(marbles.replace(/\([^()]*\)/g, '')) ?? [];
  if (sign !== undefined) {
    const missing = sign === '(' ? ')' : '(';
    throw misuse(`the marbles '${marbles.trim()}' of ${what} have '${sign}' without '${missing}'; a group is '(ab)'`);
  }
  for (const { sign } of parseMarbles(marbles)) {
    if (sign === '|' || sign === '#' || Object.hasOwn(values, sign)) continue;
    const known = quoteAll(Object.keys(values));
    throw misuse(
      `the marbles '${marbles.trim()}' of ${what} have '${sign}', which nothing is named; named are ${known}`,
    );
  }
}
