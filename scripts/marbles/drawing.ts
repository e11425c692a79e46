import type { Diagram, Row as DiagramRow, NotesRow, CallsRow, SpansRow, StatesRow } from '../../marbles/diagram.js';
import { marblesOf } from '../../marbles/frames.js';
import { stateNames } from '../../marbles/words.js';
import { drawPicture } from '../../src/trace/draw/picture/picture.js';
import type { Row, Span } from '../../src/trace/draw/picture/rows.js';
import { streamRow } from './stream-row.js';
import { visibleMarbles, visibleSpan } from './visible.js';
import { wireRow } from './wire-row.js';

/** The diagram as SVG: the same text on every machine. */
export function draw(diagram: Diagram): string {
  const { name, sentence, tick = 1 } = diagram;
  return drawPicture({
    name,
    sentence,
    bands: [diagram.rows.map(row => rowOf(diagram, row))],
    time: { tick, words: ms => timeWords(ms, tick) },
  });
}

function timeWords(ms: number, tick: number): string {
  if (tick < 1000) return `${ms} ms`;
  return ms >= 600_000 ? `${ms / 60_000} min` : `${ms / 1000} s`;
}

function rowOf(diagram: Diagram, row: DiagramRow): Row {
  switch (row.kind) {
    case 'wire':
      return wireRow(diagram, row);
    case 'states':
      return { kind: 'states', states: statesOf(diagram, row) };
    case 'stream':
    case 'source':
      return streamRow(diagram, row);
    case 'spans':
      return { kind: 'spans', name: row.name, spans: spansOf(diagram, row) };
    case 'calls':
      return { kind: 'calls', calls: callsOf(diagram, row) };
    case 'box':
      return row;
    case 'notes':
      return { kind: 'notes', notes: notesOf(diagram, row) };
  }
}

function statesOf(diagram: Diagram, { marbles, values }: StatesRow) {
  const { drawnFrom = 0 } = diagram;
  const all = marblesOf(diagram, marbles).filter(({ sign }) => sign !== '|');
  // the one that goes on when the drawing begins
  const first = Math.max(0, all.filter(({ frame }) => frame <= drawnFrom).length - 1);
  return all.slice(first).map(({ frame, sign }) => {
    const words = values?.[sign] ?? stateNames[sign] ?? sign;
    return { frame: Math.max(frame, drawnFrom), words };
  });
}

function spansOf(diagram: Diagram, { spans }: SpansRow): Span[] {
  return spans.map(marbles => {
    const { from, to } = visibleSpan(diagram, marbles);
    const begin = { frame: from };
    return to === Infinity ? { begin } : { begin, end: { frame: to, sign: 'unsubscribed' } };
  });
}

const callsOf = (diagram: Diagram, { marbles, does }: CallsRow) =>
  visibleMarbles(diagram, marbles).map(({ frame, sign }) => ({ frame, words: does[sign]![0] }));

const notesOf = (diagram: Diagram, { marbles, values }: NotesRow) =>
  visibleMarbles(diagram, marbles).map(({ frame, sign }) => ({ frame, words: values[sign] ?? sign }));
