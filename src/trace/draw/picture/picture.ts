import { type Axis, type Item, isCompressed, layOut } from './axis.js';
import { boxStrip, callsStrip, notesStrip } from './label-strips.js';
import { plotStrip } from './plot-strip.js';
import type { Row } from './rows.js';
import { spansStrip } from './spans-strip.js';
import { statesStrip } from './states-strip.js';
import { streamStrip } from './stream-strip.js';
import type { Strip } from './strip.js';
import { type ThemeName, classOf, styleOf } from './style.js';
import { element, escaped, line, path, rect, text } from './svg.js';
import { widthOf } from './text-width.js';
import { wireStrip } from './wire-strip.js';

/** What a picture shows. Time goes from left to right in each of its bands, and goes on in the next one. */
export interface Picture {
  readonly name: string;
  /** What it shows, for readers who do not see it. */
  readonly sentence: string;
  /** Lines above the bands. */
  readonly heading?: readonly string[];
  readonly bands: readonly (readonly Row[])[];
  readonly time: TimeScale;
  readonly theme?: ThemeName;
  /** How wide the picture is at least, in px. Default 426. */
  readonly leastWidth?: number;
}

export interface TimeScale {
  /** How many ms are drawn 20 px wide, where there is room. */
  readonly tick: number;
  /** A moment in words. */
  readonly words: (ms: number) => string;
}

const margin = 20;
/** px between the end of time and the edge, for the heads of the lines. */
const afterTime = 6 + margin;
/** The px of a line of the heading. */
export const headingWidth = (width: number): number => width - margin - afterTime;

/** Draws the picture as SVG: the same text on every machine. */
export function drawPicture(picture: Picture): string {
  const { name, sentence, heading = [], bands, time, theme = 'auto', leastWidth = 426 } = picture;
  const laidOut = bands.map(rows => bandOf(rows, time));
  const right = Math.ceil(Math.max(leastWidth - afterTime, ...laidOut.map(band => band.right)));
  const hatching = `${classOf(theme)}-hatching`;
  const painted = heading.map((words, i) => text(margin, 28 + 18 * i, 'note', words));
  let top = 12 + (heading.length > 0 ? 10 + 18 * heading.length : 0);
  for (const { strips, axis } of laidOut) {
    const [first] = [top];
    const rows: string[] = [];
    for (const strip of strips) {
      rows.push(...strip.paint(top, { axis, left: margin, right, hatching }));
      top += strip.height;
    }
    const guides = axis.moments.map(({ from }) => line(from, first + 2, from, top + 4, 'guide'));
    painted.push(...guides, ...rows, ...timeLine(axis, time, top + 6, right));
    top += 48;
  }
  const width = right + afterTime;
  const height = laidOut.length > 0 ? top - 18 : top;
  return `${element(
    'svg',
    {
      xmlns: 'http://www.w3.org/2000/svg',
      class: classOf(theme),
      width,
      height,
      viewBox: `0 0 ${width} ${height}`,
      role: 'img',
    },
    `\n${element('title', {}, escaped(name))}\n${element('desc', {}, escaped(sentence))}\n`,
    `${element('style', {}, `\n${styleOf(theme)}\n`)}\n${patternOf(hatching)}\n`,
    [rect(0.5, 0.5, width - 1, height - 1, 'page', 10), ...painted].filter(Boolean).join('\n'),
    '\n',
  )}\n`;
}

/** How wide the picture is at least if these rows are a band of it, in px. */
export const widthOfBand = (rows: readonly Row[], time: TimeScale): number => bandOf(rows, time).right + afterTime;

interface Band {
  readonly strips: readonly Strip[];
  readonly axis: Axis;
  /** px */
  readonly right: number;
}

function bandOf(rows: readonly Row[], time: TimeScale): Band {
  const strips = rows.map(stripOf);
  const tracks = strips.flatMap(strip => strip.tracks);
  const axis = layOut([...tracks, timesOf(tracks, time)], margin + 4, time.tick);
  const names = strips.map(({ nameWidth }) => margin + nameWidth);
  return { strips, axis, right: Math.max(axis.right + 16, ...names) };
}

function stripOf(row: Row): Strip {
  switch (row.kind) {
    case 'wire':
      return wireStrip(row);
    case 'states':
      return statesStrip(row);
    case 'stream':
      return streamStrip(row);
    case 'spans':
      return spansStrip(row);
    case 'calls':
      return callsStrip(row);
    case 'notes':
      return notesStrip(row);
    case 'plot':
      return plotStrip(row);
    case 'box':
      return boxStrip(row);
  }
}

const patternOf = (id: string): string =>
  element(
    'defs',
    {},
    element(
      'pattern',
      { id, width: 7, height: 7, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
      line(0, 0, 0, 7, 'hatch'),
    ),
  );

function timesOf(tracks: readonly (readonly Item[])[], { words }: TimeScale): Item[] {
  const frames = [...new Set(tracks.flat().map(({ frame }) => frame))].sort((a, b) => a - b);
  return frames.map(frame => {
    const half = widthOf(words(frame), 10.5) / 2;
    return { frame, left: half, right: half };
  });
}

function timeLine({ moments }: Axis, { tick, words }: TimeScale, y: number, right: number): string[] {
  const breaks = moments.flatMap(({ frame, from }, i) => {
    const before = moments[i - 1];
    if (before === undefined || !isCompressed(frame - before.frame, tick)) return [];
    const x = (before.to + from) / 2;
    return [path(`M${x - 5} ${y + 4}l4 -8M${x + 1} ${y + 4}l4 -8`, 'thin')];
  });
  return [
    line(margin, y, right + 6, y, 'thin'),
    ...breaks,
    ...moments.flatMap(({ frame, from, to }) => [
      // what stands side by side happens at once
      from === to ? '' : line(from, y, to, y, 'once'),
      line(from, y - 3, from, y + 3, 'thin'),
      text(from, y + 15, 'time middle', words(frame)),
    ]),
  ];
}
