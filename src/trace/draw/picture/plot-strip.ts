import type { Item } from './axis.js';
import type { PlotPoint, PlotRow } from './rows.js';
import type { Canvas, Strip } from './strip.js';
import { group, path, rect, text } from './svg.js';
import { widthOfCode } from './text-width.js';

const height = 36;
const lineKinds = ['thin', 'dashed'] as const;

export function plotStrip({ names, before, points }: PlotRow): Strip {
  const legend = names.map((name, i) => `${i === 0 ? '──' : '╌╌'} ${name}`).join(' ');
  const highest = points.reduce((most, { values }) => Math.max(most, ...values), Math.max(1, ...(before ?? [])));
  const words = `${legend} 0 to ${highest < 1e6 ? highest : highest.toExponential(2)}`;
  const items = points.map(point => ({ ...point, left: 0, right: 0 }));
  return {
    height: 24 + height + 6,
    nameWidth: widthOfCode(words, 12),
    // A point takes no room beside another one.
    tracks: items.map((item): Item[] => [item]),
    paint: (top, canvas) => {
      const bottom = top + 24 + height;
      const y = (value: number) => bottom - (value / highest) * (height - 2);
      return [
        text(canvas.left, top + 15, 'code', words),
        ...lineKinds.map((kind, i) => path(stepsOf(items, i, before?.[i], y, canvas), kind)),
        ...items.map(({ title }, i) => {
          const from = xOf(items[i]!, canvas);
          const next = items[i + 1];
          const to = next === undefined ? canvas.right : xOf(next, canvas);
          return group('target', title ?? [], rect(from, top + 22, Math.max(2, to - from), height + 2, 'area'));
        }),
      ];
    },
  };
}

/** The line of one figure: level until it changes. */
function stepsOf(
  items: readonly (PlotPoint & Item)[],
  i: number,
  before: number | undefined,
  y: (value: number) => number,
  canvas: Canvas,
): string {
  const start = before === undefined ? '' : `M${canvas.left} ${rounded(y(before))}`;
  const steps = items.map(item => [rounded(xOf(item, canvas)), rounded(y(item.values[i]!))] as const);
  const drawn = steps.map(([x, height], n) => (n === 0 && start === '' ? `M${x} ${height}` : `H${x}V${height}`));
  return `${start}${drawn.join('')}H${rounded(canvas.right)}`;
}

const xOf = (item: Item, { axis }: Canvas): number => axis.x(item);

const rounded = (px: number): number => Math.round(2 * px) / 2;
