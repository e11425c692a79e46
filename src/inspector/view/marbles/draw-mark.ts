import type { Mark } from '../../model/timeline.js';
import type { Palette } from '../dom.js';

const colours: Readonly<Record<Mark, string>> = {
  message: 'message',
  ack: 'ack',
  subscription: 'subscription',
  ping: 'ping',
  control: 'control',
  joined: 'subscription',
  left: 'subscription',
  settled: 'ack',
  error: 'bad',
  warning: 'busy',
};

/** Several marks of one kind in one place: a column that is higher the more there are, by their logarithm. */
export function drawColumn(
  context: CanvasRenderingContext2D,
  mark: Mark,
  x: number,
  y: number,
  count: number,
  height: number,
  palette: Palette,
): void {
  const half = Math.min(height / 2 - 1, 3.2 + 1.1 * Math.log2(count));
  context.fillStyle = palette(colours[mark]);
  context.beginPath();
  context.roundRect(x - 2.75, y - half, 5.5, 2 * half, 2.75);
  context.fill();
}

/** Marks differ in shape and colour. */
export function drawMark(
  context: CanvasRenderingContext2D,
  mark: Mark,
  x: number,
  y: number,
  r: number,
  palette: Palette,
): void {
  context.strokeStyle = context.fillStyle = palette(colours[mark]);
  context.lineWidth = 1.6;
  context.beginPath();
  switch (mark) {
    case 'message':
      context.arc(x, y, r, 0, 7);
      context.fill();
      break;
    case 'ack':
    case 'settled':
      context.arc(x, y, r - 0.6, 0, 7);
      context.stroke();
      break;
    case 'subscription':
    case 'joined':
      context.fillRect(x - r, y - r, 2 * r, 2 * r);
      break;
    case 'left':
      context.strokeRect(x - r + 0.8, y - r + 0.8, 2 * r - 1.6, 2 * r - 1.6);
      break;
    case 'control':
      context.fillRect(x - 1.25, y - r - 1.5, 2.5, 2 * r + 3);
      break;
    case 'ping':
      polygon(context, [x, y - r - 1], [x + r + 1, y], [x, y + r + 1], [x - r - 1, y]);
      break;
    case 'warning':
      polygon(context, [x, y - r - 1], [x + r + 1, y + r], [x - r - 1, y + r]);
      break;
    case 'error':
      context.moveTo(x - r, y - r);
      context.lineTo(x + r, y + r);
      context.moveTo(x + r, y - r);
      context.lineTo(x - r, y + r);
      context.stroke();
      break;
  }
}

function polygon(context: CanvasRenderingContext2D, ...points: readonly (readonly [number, number])[]): void {
  for (const [x, y] of points) context.lineTo(x, y);
  context.fill();
}
