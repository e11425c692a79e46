import type { Inspection } from '../model/inspection.js';
import { SPAN } from '../model/timeline.js';
import { type Palette, element, scaledContext, setText } from './dom.js';
import { compact, rate } from './format.js';

/** A point of a plot. Its time is in ms before the end of the plot. */
interface Point {
  readonly ago: number;
  readonly value: number;
}

interface Figure {
  readonly label: string;
  readonly unit: string;
  readonly colour: string;
  readonly read: (inspection: Inspection, now: number) => string;
  readonly points: (inspection: Inspection, now: number) => readonly Point[];
}

const SECOND = 10;

/** Messages a second, by the cells of a lane. The current second is not over, so it is left out. */
const perSecond =
  (lane: number) =>
  ({ timeline }: Inspection, now: number): readonly Point[] => {
    const last = Math.floor(now / 1_000);
    return Array.from({ length: 60 }, (_, i) => ({
      ago: now - (last - 60 + i + 1) * 1_000,
      value: timeline.count(lane, 0, (last - 60 + i) * SECOND, SECOND),
    }));
  };

const figure =
  (name: 'roundTrip' | 'inFlight' | 'queued') =>
  ({ figures }: Inspection, now: number): readonly Point[] =>
    figures.flatMap(each => (each[name] === undefined ? [] : [{ ago: now - each.at, value: each[name] }]));

const figures: readonly Figure[] = [
  {
    label: 'Round trip',
    unit: 'ms',
    colour: 'subscription',
    read: ({ figures: all }) => compactOr(all.at(-1)?.roundTrip),
    points: figure('roundTrip'),
  },
  {
    label: 'In flight',
    unit: '',
    colour: 'leaf',
    read: ({ figures: all }) => compactOr(all.at(-1)?.inFlight),
    points: figure('inFlight'),
  },
  {
    label: 'Queued',
    unit: '',
    colour: 'busy',
    read: ({ figures: all }) => compactOr(all.at(-1)?.queued),
    points: figure('queued'),
  },
  {
    label: 'Received',
    unit: '/s',
    colour: 'message',
    read: ({ received }, now) => rate(received.perSecond(now)),
    points: perSecond(1),
  },
  {
    label: 'Sent',
    unit: '/s',
    colour: 'message',
    read: ({ sent }, now) => rate(sent.perSecond(now)),
    points: perSecond(0),
  },
];

const compactOr = (value: number | undefined): string => (value === undefined ? '–' : compact(value));

/** The figures of a client, each with a plot of the last minute. */
export class FiguresView {
  readonly element = element('dl', { class: 'card figures' });
  readonly #parts = figures.map(each => {
    const value = element('span');
    const canvas = element('canvas', { 'aria-hidden': 'true' });
    const unit = each.unit === '' ? [] : [element('small', {}, each.unit)];
    this.element.append(
      element('div', { class: 'figure' }, element('dt', {}, each.label), element('dd', {}, value, ...unit), canvas),
    );
    return { ...each, value, canvas };
  });

  render(inspection: Inspection, now: number, palette: Palette): void {
    for (const { value, canvas, colour, read, points } of this.#parts) {
      setText(value, read(inspection, now));
      drawPlot(canvas, points(inspection, now), palette(colour));
    }
  }
}

/** Draws an area over the last minute. The axis begins at 0 and has no scale: the number beside it says what is now. */
function drawPlot(canvas: HTMLCanvasElement, points: readonly Point[], colour: string): void {
  const { context, width, height } = scaledContext(canvas);
  const visible = points.filter(({ ago }) => ago < SPAN * 1.5);
  if (visible.length === 0) return;
  const highest = Math.max(1, ...visible.map(({ value }) => value));
  const x = (ago: number) => width * (1 - ago / SPAN);
  const y = (value: number) => height - 1.5 - (height - 5) * (value / highest);
  context.beginPath();
  for (const { ago, value } of visible) context.lineTo(x(ago), y(value));
  const last = visible.at(-1)!;
  context.lineTo(width, y(last.value));
  context.strokeStyle = context.fillStyle = colour;
  context.lineWidth = 1.5;
  context.lineJoin = 'round';
  context.stroke();
  context.lineTo(width, height);
  context.lineTo(x(visible[0]!.ago), height);
  context.globalAlpha = 0.14;
  context.fill();
  context.globalAlpha = 1;
}
