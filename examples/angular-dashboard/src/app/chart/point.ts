export interface Point {
  /** ms since 1970. */
  readonly at: number;
  readonly value: number;
}

/** ms between two points above which the line has a gap, because readings are missing. */
const gap = 3000;

export interface Scale {
  x(at: number): number;
  y(value: number): number;
}

/** The points as `d` of an SVG path. */
export function line(points: readonly Point[], { x, y }: Scale): string {
  return points
    .map(({ at, value }, i) => {
      const before = points[i - 1];
      const joined = before !== undefined && at - before.at < gap;
      return `${joined ? 'L' : 'M'}${x(at).toFixed(1)} ${y(value).toFixed(1)}`;
    })
    .join('');
}

/** The area under the line, gap by gap, down to `bottom`. */
export function area(points: readonly Point[], scale: Scale, bottom: number): string {
  const parts = line(points, scale).split('M').slice(1);
  return parts
    .map(part => {
      const first = part.split(' ')[0];
      const last = part.split('L').at(-1)?.split(' ')[0];
      return `M${first} ${bottom}L${part}L${last} ${bottom}Z`;
    })
    .join('');
}

/** The lowest and the highest of the values, at least `room` apart. */
export function extent(points: readonly Point[], room: number): readonly [low: number, high: number] {
  const values = points.map(({ value }) => value);
  const low = Math.min(...values);
  const high = Math.max(...values);
  const more = Math.max(0, room - (high - low)) / 2;
  return [low - more, high + more];
}
