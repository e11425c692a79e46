import type { Diagram, WireRow } from '../../marbles/diagram.js';
import { linksOf, marblesOf, spanOf } from '../../marbles/frames.js';
import { wireWords } from '../../marbles/words.js';
import type { EdgeMark, PacketMark, WireRow as PictureRow, WireEvent } from '../../src/trace/draw/picture/rows.js';

/** Of what happens in one moment: a link breaks before the next one opens. */
const order: Readonly<Record<WireEvent['kind'], number>> = { received: 0, sent: 1, cut: 2, shut: 2 };

/** What passes on the wire, and where it breaks, in the order of the drawing. */
export function wireRow(diagram: Diagram, row: WireRow): PictureRow {
  const { drawnFrom = 0 } = diagram;
  const isLinked = linksOf(row).some(link => {
    const { from, to } = spanOf(diagram, link);
    return from < drawnFrom && to > drawnFrom;
  });
  return { kind: 'wire', isLinked, events: eventsOf(diagram, row) };
}

function eventsOf(diagram: Diagram, row: WireRow): WireEvent[] {
  const sent = marblesOf(diagram, row.sent).map(({ frame, sign }) => passing('sent', frame, row.says[sign] ?? sign));
  const links = linksOf(row).map(link => spanOf(diagram, link));
  const rest = links.flatMap(({ from, to }, i): WireEvent[] => {
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
  const rank = (event: WireEvent) => ('name' in event && event.name === 'CONNECT' ? 3 : order[event.kind]);
  const { drawnFrom = 0 } = diagram;
  const visible = [...rest, ...sent].filter(({ frame }) => frame >= drawnFrom);
  return visible.sort((a, b) => a.frame - b.frame || rank(a) - rank(b));
}

const edge = (kind: EdgeMark['kind'], frame: number): EdgeMark => ({ kind, frame });

function passing(kind: PacketMark['kind'], frame: number, said: string): PacketMark {
  const [name = '', ...details] = said.split(' ');
  return { kind, frame, name, details };
}

/** How many packets the client receives in this moment. */
export function receivedAt(diagram: Diagram, at: number): number {
  const events = diagram.rows.flatMap(row => (row.kind === 'wire' ? eventsOf(diagram, row) : []));
  return events.filter(({ kind, frame }) => kind === 'received' && frame === at).length;
}
