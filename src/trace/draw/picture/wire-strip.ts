import type { Item } from './axis.js';
import type { EdgeMark, PacketMark, WireEvent, WireRow } from './rows.js';
import type { Canvas, Strip } from './strip.js';
import { arrow, element, group, line, path, rect, text } from './svg.js';
import { widthOf, widthOfCode } from './text-width.js';
import { familyOf } from './themes.js';

/** A packet with its details in lines, or the end of a connection. */
type Event = (PacketMark & Item & { readonly lines: readonly string[] }) | (EdgeMark & Item);

const lineHeight = 13;

/** Two lanes, the client above and the broker below, and the packets on their way between them. */
export function wireStrip({ events: marks, isLinked }: WireRow): Strip {
  const events = marks.map(eventOf);
  const mostLines = events.reduce((most, event) => Math.max(most, 'lines' in event ? 1 + event.lines.length : 1), 1);
  const between = 44 + mostLines * lineHeight;
  return {
    height: 34 + between + 24,
    nameWidth: 0,
    tracks: [events],
    paint: (top, canvas) => {
      const client = top + 28;
      const broker = client + between;
      const { left, right, axis } = canvas;
      return [
        ...gaps(events, isLinked, client, broker, canvas),
        text(left, client - 9, 'lane', 'client'),
        text(left, broker + 19, 'lane', 'broker'),
        ...[client, broker].flatMap(y => [line(left, y, right, y, 'thick'), arrow(right, y)]),
        ...events.map(event => painted(event, axis.x(event), client, broker)),
      ];
    },
  };
}

function eventOf(mark: WireEvent): Event {
  if (!('name' in mark)) return { ...mark, left: 6, right: 6 };
  const lines = wrapped(mark.details);
  const half = Math.max(widthOf(mark.name, 11) + 2, ...lines.map(each => widthOfCode(each, 10.5))) / 2 + 7;
  return { ...mark, lines, left: half, right: half };
}

/** Fills lines that are not much longer than a name. */
function wrapped(parts: readonly string[]): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + part.length < 12) lines[lines.length - 1] = `${last} ${part}`;
    else lines.push(part);
  }
  return lines;
}

/** Where there is no connection: from where one ends to the CONNECT of the next. */
function gaps(
  events: readonly Event[],
  isLinked: boolean,
  client: number,
  broker: number,
  { axis, left, right, hatching }: Canvas,
): string[] {
  const painted: string[] = [];
  let from = isLinked ? undefined : left;
  for (const event of events) {
    if (event.kind === 'cut' || event.kind === 'shut') from = axis.x(event);
    else if (from !== undefined) {
      painted.push(...gap(from, axis.x(event) - event.left - 8, client, broker, hatching));
      from = undefined;
    }
  }
  return from === undefined ? painted : [...painted, ...gap(from, right, client, broker, hatching)];
}

function gap(from: number, to: number, client: number, broker: number, hatching: string): string[] {
  if (to - from < 12) return [];
  const hatched = element('rect', {
    x: from,
    y: client,
    width: to - from,
    height: broker - client,
    fill: `url(#${hatching})`,
  });
  const words = 'no connection';
  const width = widthOf(words, 11.5) + 8;
  if (to - from < width + 8) return [hatched];
  const [x, y] = [(from + to) / 2, (client + broker) / 2];
  return [hatched, rect(x - width / 2, y - 9, width, 18, 'paper', 4), text(x, y + 4, 'note middle', words)];
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

function packet(
  { kind, name, lines, title, left }: Extract<Event, PacketMark>,
  x: number,
  client: number,
  broker: number,
): string {
  const height = 8 + (1 + lines.length) * lineHeight;
  const top = (client + broker - height) / 2;
  const [from, to] = kind === 'sent' ? [client, broker - 8] : [broker, client + 8];
  const tip = kind === 'sent' ? broker - 2 : client + 2;
  return group(
    familyOf(name),
    title,
    line(x, from, x, to, 'thin'),
    path(`M${x - 4} ${to}L${x} ${tip}L${x + 4} ${to}Z`, 'head'),
    element('circle', { cx: x, cy: from, r: 3, class: 'head' }),
    rect(x - left, top, 2 * left, height, 'pill', 5),
    text(x, top + lineHeight + 2, 'packet middle', name),
    ...lines.map((each, i) => text(x, top + (i + 2) * lineHeight + 1, 'detail middle', each)),
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
