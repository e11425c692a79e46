import { TestScheduler } from 'rxjs/testing';
import type { Diagram, Row } from './diagram.js';

/** One sign of a marble diagram, at its ms. */
export interface Marble {
  readonly frame: number;
  /** A letter, `|`, `#`, `^` or `!`. */
  readonly sign: string;
}

/** In run mode nothing else says what a character stands for; RxJS deprecates it for the virtual time of v8. */
const notation: { frameTimeFactor: number } = TestScheduler;

/** Reads marbles, or has the TestScheduler read them, as the diagram means them. */
export function inTicks<T>({ tick = 1 }: Pick<Diagram, 'tick'>, read: () => T): T {
  const before = notation.frameTimeFactor;
  notation.frameTimeFactor = tick;
  try {
    return read();
  } finally {
    notation.frameTimeFactor = before;
  }
}

export function marblesOf(diagram: Diagram, marbles: string): Marble[] {
  const parsed = inTicks(diagram, () => TestScheduler.parseMarbles(marbles, undefined, undefined, undefined, true));
  return parsed.map(({ frame, notification }) => {
    const sign = notification.kind === 'N' ? (notification.value as string) : notification.kind === 'C' ? '|' : '#';
    return { frame, sign };
  });
}

/** ms; Infinity for a span without an end. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export function spanOf(diagram: Diagram, marbles: string): Span {
  const { subscribedFrame, unsubscribedFrame } = inTicks(diagram, () =>
    TestScheduler.parseMarblesAsSubscriptions(marbles, true),
  );
  return { from: subscribedFrame, to: unsubscribedFrame };
}

/** What the diagram ends with: one tick after the last thing that happens. */
export function endOf(diagram: Diagram): number {
  const frames = diagram.rows.flatMap(row => framesOf(diagram, row));
  return Math.max(0, ...frames) + (diagram.tick ?? 1);
}

function framesOf(diagram: Diagram, row: Row): number[] {
  const at = (marbles: string) => marblesOf(diagram, marbles).map(({ frame }) => frame);
  const within = (marbles: string) => {
    const { from, to } = spanOf(diagram, marbles);
    return to === Infinity ? [from] : [from, to];
  };
  switch (row.kind) {
    case 'wire': {
      const links = linksOf(row);
      const starts = links.map(link => spanOf(diagram, link).from);
      const said = row.broker.flatMap((marbles, i) => at(marbles).map(frame => starts[i]! + frame));
      return [...at(row.sent), ...said, ...links.flatMap(within)];
    }
    case 'spans':
      return row.spans.flatMap(within);
    case 'stream':
      return [...at(row.marbles), ...within(row.subscribed ?? '^')];
    case 'box':
      return [];
    default:
      return at(row.marbles);
  }
}

/** From when to when there is a link. */
export const linksOf = ({ links }: { readonly links?: readonly string[] }): readonly string[] => links ?? ['^'];
