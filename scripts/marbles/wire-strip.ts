import type { Diagram, WireRow } from '../../marbles/diagram.js';
import { linksOf, marblesOf, spanOf } from '../../marbles/frames.js';
import { wireWords } from '../../marbles/words.js';
import { widthOf, widthOfCode } from './fonts.js';
import type { Item } from './layout.js';
import { arrow } from './stream-strip.js';
import type { Canvas, Strip } from './strip.js';
import { familyOf } from './style.js';
import { element, line, path, rect, text } from './svg.js';

/** A packet as it is drawn: its name, and its details in lines. */
interface Passing extends Item {
  readonly kind: 'received' | 'sent';
  readonly name: string;
  readonly details: readonly string[];
}

interface Edge extends Item {
  readonly kind: 'shut' | 'cut';
}

type Event = Passing | Edge;

const lineHeight = 13;
/** Of what happens in one moment: a link breaks before the next one opens. */
const order: Readonly<Record<Event['kind'], number>> = { received: 0, sent: 1, cut: 2, shut: 2 };

/** Two lanes, the client above and the broker below, and the packets on their way between them. */
export function wireStrip(diagram: Diagram, row: WireRow): Strip {
  const events = eventsOf(diagram, row);
  const mostLines = Math.max(1, ...events.map(event => ('details' in event ? 1 + event.details.length : 1)));
  const between = 44 + mostLines * lineHeight;
  return {
    height: 34 + between + 24,
    tracks: [events],
    paint: (top, canvas) => {
      const client = top + 28;
      const broker = client + between;
      const { left, right, axis } = canvas;
      return [
        ...gaps(events, client, broker, canvas),
        text(left, client - 9, 'lane', 'client'),
        text(left, broker + 19, 'lane', 'broker'),
        ...[client, broker].flatMap(y => [line(left, y, right, y, 'thick'), arrow(right, y)]),
        ...events.map(event => painted(event, axis.x(event), client, broker)),
      ];
    },
  };
}

function eventsOf(diagram: Diagram, row: WireRow): Event[] {
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
  return [...rest, ...sent].sort((a, b) => a.frame - b.frame || rank(a) - rank(b));
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

/** Where there is no link: from where one ends to the CONNECT of the next. */
function gaps(events: readonly Event[], client: number, broker: number, { axis, left, right }: Canvas): string[] {
  const painted: string[] = [];
  let from: number | undefined = left;
  for (const event of events) {
    if (event.kind === 'cut' || event.kind === 'shut') from = axis.x(event);
    else if (from !== undefined) {
      painted.push(...gap(from, axis.x(event) - event.left - 8, client, broker));
      from = undefined;
    }
  }
  return from === undefined ? painted : [...painted, ...gap(from, right, client, broker)];
}

function gap(from: number, to: number, client: number, broker: number): string[] {
  if (to - from < 12) return [];
  const words = to - from > 100 ? 'no connection' : to - from > 60 ? 'no link' : '';
  const middle = (client + broker) / 2;
  return [
    rect(from, client, to - from, broker - client, 'hatching'),
    words === ''
      ? ''
      : rect((from + to) / 2 - widthOf(words, 11.5) / 2 - 4, middle - 9, widthOf(words, 11.5) + 8, 18, 'paper', 4),
    words === '' ? '' : text((from + to) / 2, middle + 4, 'note middle', words),
  ];
}

function painted(event: Event, x: number, client: number, broker: number): string {
  switch (event.kind) {
    case 'shut':
      return line(x, client, x, broker, 'thin');
    case 'cut':
      return element('g', { class: 'red' }, path(zigzag(x, client - 9, broker + 9), 'cut'));
    default:
      return packet(event, x, client, broker);
  }
}

function packet({ kind, name, details, left }: Passing, x: number, client: number, broker: number): string {
  const height = 8 + (1 + details.length) * lineHeight;
  const top = (client + broker - height) / 2;
  const [from, to] = kind === 'sent' ? [client, broker - 8] : [broker, client + 8];
  const tip = kind === 'sent' ? broker - 2 : client + 2;
  return element(
    'g',
    { class: familyOf(name) },
    line(x, from, x, to, 'thin'),
    path(`M${x - 4} ${to}L${x} ${tip}L${x + 4} ${to}Z`, 'head'),
    element('circle', { cx: x, cy: from, r: 3, class: 'head' }),
    rect(x - left, top, 2 * left, height, 'pill', 5),
    text(x, top + lineHeight + 2, 'packet middle', name),
    ...details.map((each, i) => text(x, top + (i + 2) * lineHeight + 1, 'detail middle', each)),
  );
}

function zigzag(x: number, from: number, to: number): string {
  const steps = Math.round((to - from) / 8);
  const points = Array.from(
    { length: steps + 1 },
    (_, i) => `${i % 2 === 0 ? x - 3 : x + 3} ${from + ((to - from) * i) / steps}`,
  );
  return `M${points.join('L')}`;
}
