import type { TraceEvent } from '../trace-event.js';
import { type TimeScale, headingWidth, widthOfBand } from './picture/picture.js';
import type { Row } from './picture/rows.js';
import type { RunningState } from './running-state.js';
import { type BandStart, TraceRows } from './trace-rows.js';

/** Rows of streams that a band has at the most, so that it stays lower than a screen. */
const mostStreamRows = 8;

/** Cuts a trace into bands that are at most `width` px wide. An event that is wider has a band of its own. */
export function bandsOf(events: readonly TraceEvent[], before: RunningState, time: TimeScale, width: number): Row[][] {
  const running = before.copy();
  const nameWidth = headingWidth(width);
  const bands: Row[][] = [];
  for (let first = 0; first < events.length;) {
    const start = { running, first: events[first]!, isFirstBand: first === 0, nameWidth };
    const fits = (count: number) => {
      const rows = rowsOf(start, events.slice(first, first + count));
      return rows.streamRows <= mostStreamRows && widthOfBand(rows.rows(), time) <= width;
    };
    const count = largest(events.length - first, fits);
    const band = events.slice(first, first + count);
    bands.push(rowsOf(start, band).rows());
    for (const event of band) running.apply(event);
    first += count;
  }
  return bands;
}

function rowsOf(start: BandStart, events: readonly TraceEvent[]): TraceRows {
  const rows = new TraceRows(start);
  for (const event of events) rows.add(event);
  return rows;
}

/** The largest number from 1 to `most` that fits, if each smaller one does. Tries few numbers that are much too large. */
function largest(most: number, fits: (count: number) => boolean): number {
  let low = 1;
  let high = 2;
  while (high <= most && fits(high)) {
    low = high;
    high *= 2;
  }
  high = Math.min(high, most + 1);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}
