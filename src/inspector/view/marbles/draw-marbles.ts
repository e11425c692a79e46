import type { TraceState } from '../../../trace/trace-event.js';
import { CELL, type Mark, SPAN, type Timeline, lanes } from '../../model/timeline.js';
import { type Palette, scaledContext } from '../dom.js';
import { drawColumn, drawMark } from './draw-mark.js';

/** Pixels between the marks of a lane at least. */
const NARROWEST = 7;
const AXIS = 22;
const TOP = 6;

/** What the marbles show, and which moment of it is marked. */
export interface MarblesPicture {
  readonly timeline: Timeline;
  /** The time at the right edge. */
  readonly now: number;
  readonly cursor: number | undefined;
  /** The label at a time of the axis. */
  readonly label: (at: number) => string;
}

/** Where times are in a canvas. */
export class MarblesScale {
  readonly left: number;
  readonly width: number;
  /** The cells that one place of a lane has. */
  readonly cells: number;

  constructor(canvasWidth: number) {
    this.left = 96;
    this.width = Math.max(60, canvasWidth - this.left - 14);
    this.cells = Math.max(1, Math.ceil((NARROWEST * SPAN) / CELL / this.width));
  }

  /** ms that one place has. */
  get place(): number {
    return this.cells * CELL;
  }

  x(at: number, now: number): number {
    return this.left + this.width * (1 - (now - at) / SPAN);
  }

  at(x: number, now: number): number {
    return now - SPAN * (1 - (x - this.left) / this.width);
  }
}

/** Draws the states of the client and the marks of each lane, and returns the scale that it has drawn with. */
export function drawMarbles(canvas: HTMLCanvasElement, picture: MarblesPicture, palette: Palette): MarblesScale {
  const { context, width, height } = scaledContext(canvas);
  const scale = new MarblesScale(width);
  const laneHeight = (height - AXIS - TOP) / (lanes.length + 1);
  const y = (lane: number) => TOP + laneHeight * (lane + 0.5);
  const right = scale.left + scale.width;
  context.font = '12px Inter, system-ui, sans-serif';
  context.textBaseline = 'middle';
  drawAxis(context, scale, picture, height, palette);
  context.textAlign = 'left';
  ['Connection', ...lanes.map(({ name }) => name)].forEach((name, lane) => {
    context.fillStyle = palette('ink');
    context.fillText(name, 18, y(lane));
    context.fillStyle = palette('line');
    if (lane > 0) context.fillRect(scale.left, Math.round(y(lane)), scale.width, 1);
  });
  context.save();
  context.beginPath();
  context.rect(scale.left, 0, scale.width + 8, height);
  context.clip();
  drawStates(context, scale, picture, y(0), palette);
  lanes.forEach(({ marks }, lane) => {
    drawLane(context, scale, picture, { lane, marks, y: y(lane + 1), height: laneHeight }, palette);
  });
  const { cursor, now } = picture;
  if (cursor !== undefined && cursor <= now) {
    const x = scale.x(cursor, now);
    if (x > scale.left && x < right + 8) {
      context.fillStyle = palette('leaf');
      context.globalAlpha = 0.16;
      context.fillRect(x, 0, (scale.width * scale.place) / SPAN, height - AXIS + 4);
      context.globalAlpha = 1;
      context.fillRect(x - 1, 0, 1.5, height - AXIS + 4);
    }
  }
  context.restore();
  return scale;
}

function drawAxis(
  context: CanvasRenderingContext2D,
  scale: MarblesScale,
  { now, label }: MarblesPicture,
  height: number,
  palette: Palette,
): void {
  // A time of day takes about 70 pixels.
  const ticks = scale.width < 420 ? [60, 30, 0] : [60, 45, 30, 15, 0];
  ticks.forEach((ago, i) => {
    const at = now - ago * 1_000;
    const x = scale.x(at, now);
    context.fillStyle = palette('line');
    context.fillRect(Math.round(x), TOP, 1, height - AXIS - TOP + 2);
    context.fillStyle = palette('soft');
    context.textAlign = i === 0 ? 'left' : i === ticks.length - 1 ? 'right' : 'center';
    if (at >= 0 || ago === 0) context.fillText(label(at), i === ticks.length - 1 ? x + 2 : x, height - 11);
  });
}

const tones: Readonly<Record<TraceState['status'], string>> = {
  idle: 'off',
  connecting: 'busy',
  connected: 'good',
  reconnecting: 'busy',
  disconnecting: 'busy',
  closed: 'bad',
};

/** A connection is a solid bar, an attempt an outline, and the time without one a line: so it reads without colours, too. */
function drawStates(
  context: CanvasRenderingContext2D,
  scale: MarblesScale,
  { timeline: { states }, now }: MarblesPicture,
  y: number,
  palette: Palette,
): void {
  states.forEach((state, i) => {
    if (state.at > now) return;
    const from = Math.max(scale.left, scale.x(state.at, now));
    const to = scale.x(Math.min(now, states[i + 1]?.at ?? now), now);
    if (to < scale.left) return;
    const colour = palette(tones[state.status]);
    context.fillStyle = context.strokeStyle = colour;
    context.lineWidth = 1.25;
    const width = Math.max(1, to - from);
    if (state.status === 'connected') context.fillRect(from, y - 5, width, 10);
    else if (tones[state.status] === 'busy') context.strokeRect(from + 0.6, y - 4.4, Math.max(0.5, width - 1.2), 8.8);
    else context.fillRect(from, y - 1, width, 2);
    if (state.error) drawMark(context, 'error', scale.x(state.at, now), y, 4.5, palette);
  });
}

interface Lane {
  readonly lane: number;
  readonly marks: readonly Mark[];
  readonly y: number;
  readonly height: number;
}

function drawLane(
  context: CanvasRenderingContext2D,
  scale: MarblesScale,
  { timeline, now }: MarblesPicture,
  { lane, marks, y, height }: Lane,
  palette: Palette,
): void {
  const first = Math.floor((now - SPAN) / scale.place);
  const last = Math.floor(now / scale.place);
  for (let place = Math.max(0, first); place <= last; place++) {
    const x = scale.x((place + 0.5) * scale.place, now);
    const present: { mark: Mark; count: number }[] = [];
    marks.forEach((mark, index) => {
      const count = timeline.count(lane, index, place * scale.cells, scale.cells);
      if (count > 0) present.push({ mark, count });
    });
    const gap = Math.min(7, height / (present.length + 1));
    present.forEach(({ mark, count }, i) => {
      const middle = y + (i - (present.length - 1) / 2) * gap;
      if (present.length === 1 && count > 1) drawColumn(context, mark, x, middle, count, height, palette);
      else drawMark(context, mark, x, middle, present.length > 2 ? 2.2 : 3.2, palette);
    });
  }
}
