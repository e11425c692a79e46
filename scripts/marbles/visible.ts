import type { Diagram } from '../../marbles/diagram.js';
import { type Marble, type Span, marblesOf, spanOf } from '../../marbles/frames.js';

/** The marbles that are drawn: what comes before `drawnFrom` is run, and understood. */
export function visibleMarbles(diagram: Diagram, marbles: string): Marble[] {
  return marblesOf(diagram, marbles).filter(({ frame }) => frame >= (diagram.drawnFrom ?? 0));
}

/** The span as it is drawn; `goesOn` for one that has begun before. */
export function visibleSpan(diagram: Diagram, marbles: string): Span & { readonly goesOn: boolean } {
  const { from, to } = spanOf(diagram, marbles);
  const { drawnFrom = 0 } = diagram;
  return { from: Math.max(from, drawnFrom), to, goesOn: from < drawnFrom || from === 0 };
}
