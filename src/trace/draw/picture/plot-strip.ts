import type { Item } from './axis.js';
import type { PlotPoint, PlotRow } from './rows.js';
import type { Canvas, Strip } from './strip.js';
import { group, path, rect, text } from './svg.js';
import { widthOfCode } from './text-width.js';

const height = 36;
const lineKinds = ['thin', 'dashed'] as const;

export function plotStrip({ names, points }: PlotRow): Strip {
  const legend = names.map((name, i) => `${i === 0 ? '──' : '╌╌'} ${name}`).join('  ');
  const highest = points.reduce((most, { values }) => Math.max(most, ...values), 1);
  const words = `${legend}  0 to ${highest}`;
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
        ...lineKinds.map((kind, i) => path(stepsOf(items, i, y, canvas), kind)),
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
  y: (value: number) => number,
  canvas: Canvas,
): string {
  const [first, ...rest] = items;
  if (first === undefined) return '';
  const steps = rest.map(item => `H${rounded(xOf(item, canvas))}V${rounded(y(item.values[i]!))}`);
  return `M${rounded(xOf(first, canvas))} ${rounded(y(first.values[i]!))}${steps.join('')}H${rounded(canvas.right)}`;
}

const xOf = (item: Item, { axis }: Canvas): number => axis.x(item);

const rounded = (px: number): number => Math.round(2 * px) / 2;
