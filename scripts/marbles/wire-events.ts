import type { Diagram, WireRow } from '../../marbles/diagram.js';
import { linksOf, marblesOf, spanOf } from '../../marbles/frames.js';
import { wireWords } from '../../marbles/words.js';
import { widthOf, widthOfCode } from './fonts.js';
import type { Item } from './layout.js';

/** A packet as it is drawn: its name, and its details in lines. */
export interface Passing extends Item {
  readonly kind: 'received' | 'sent';
  readonly name: string;
  readonly details: readonly string[];
}

interface Edge extends Item {
  readonly kind: 'shut' | 'cut';
}

export type Event = Passing | Edge;

/** Of what happens in one moment: a link breaks before the next one opens. */
const order: Readonly<Record<Event['kind'], number>> = { received: 0, sent: 1, cut: 2, shut: 2 };

/** What passes on the wire, and where it breaks, in the order of the drawing. */
export function eventsOf(diagram: Diagram, row: WireRow): Event[] {
  const sent = marblesOf(diagram, row.sent).map(({ frame, sign }) => passing('sent', frame, row.says[sign] ?? sign));
  const links = linksOf(row).map(link => spanOf(diagram, link));
  const rest = links.flatMap(({ from, to }, i): Event[] => {
    const script = marblesOf(diagram, row.broker[i] ?? '').map(({ frame, sign }) => ({ frame: from + frame, sign }));
    const broke = script.some(({ frame, sign }) => sign === '#' && frame === to);
    const said = script.filter(({ frame, sign }) => sign !== '#' && sign !== '|' && frame <= to);
    const left = sent.some(({ frame, name, details }) => name === 'DISCONNECT' && details.length === 0 && frame === to);
    const closed = script.some(({ frame, sign }) => sign === '|' && frame === to);
    return [
      ...said.map(({ frame, sign }) => passing('received', frame, wireWords(row.packets[sign]!))),
      ...(to === Infinity ? [] : [edge(broke || !(left || closed) ? 'cut' : 'shut', to)]),
    ];
  });
  const rank = (event: Event) => ('name' in event && event.name === 'CONNECT' ? 3 : order[event.kind]);
  const { drawnFrom = 0 } = diagram;
  const visible = [...rest, ...sent].filter(({ frame }) => frame >= drawnFrom);
  return visible.sort((a, b) => a.frame - b.frame || rank(a) - rank(b));
}

const edge = (kind: Edge['kind'], frame: number): Edge => ({ kind, frame, left: 6, right: 6 });

function passing(kind: Passing['kind'], frame: number, said: string): Passing {
  const [name = '', ...rest] = said.split(' ');
  const details = wrapped(rest);
  const half = Math.max(widthOf(name, 11) + 2, ...details.map(each => widthOfCode(each, 10.5))) / 2 + 7;
  return { kind, frame, name, details, left: half, right: half };
}

/** In lines not much longer than a name. */
function wrapped(parts: readonly string[]): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + part.length < 12) lines[lines.length - 1] = `${last} ${part}`;
    else lines.push(part);
  }
  return lines;
}

/** How many packets the client receives in this moment. */
export function receivedAt(diagram: Diagram, at: number): number {
  const events = diagram.rows.flatMap(row => (row.kind === 'wire' ? eventsOf(diagram, row) : []));
  return events.filter(({ kind, frame }) => kind === 'received' && frame === at).length;
}
