import type { Diagram, Row } from '../../marbles/diagram.js';
import { widthOf, widthOfCode } from './fonts.js';
import { type Axis, type Item, isCompressed, layOut } from './layout.js';
import { boxStrip, callsStrip, notesStrip, spansStrip } from './other-strips.js';
import { statesStrip } from './states-strip.js';
import { streamStrip } from './stream-strip.js';
import type { Strip } from './strip.js';
import { style } from './style.js';
import { element, escaped, line, path, rect, text } from './svg.js';
import { wireStrip } from './wire-strip.js';

const margin = 20;
const narrowest = 400;

/** The diagram as SVG: the same text on every machine. */
export function draw(diagram: Diagram): string {
  const { tick = 1 } = diagram;
  const strips = diagram.rows.map(row => stripOf(diagram, row));
  const tracks = strips.flatMap(strip => strip.tracks);
  const axis = layOut([...tracks, timesOf(tracks, tick)], margin + 4, tick);
  const right = Math.max(axis.right + 16, narrowest, margin + widestName(diagram.rows));
  const canvas = { axis, left: margin, right };
  let top = 12;
  const painted = strips.map(strip => {
    const from = top;
    top += strip.height;
    return strip.paint(from, canvas);
  });
  const width = right + 6 + margin;
  const height = top + 30;
  return `${element(
    'svg',
    { xmlns: 'http://www.w3.org/2000/svg', width, height, viewBox: `0 0 ${width} ${height}`, role: 'img' },
    `\n${element('title', {}, escaped(diagram.name))}\n${element('desc', {}, escaped(diagram.sentence))}\n<style>\n${style}\n</style>\n`,
    `${hatching}\n`,
    [
      rect(0.5, 0.5, width - 1, height - 1, 'page', 10),
      ...axis.moments.map(({ from }) => line(from, 14, from, top + 4, 'guide')),
      ...painted.flat(),
      ...time(axis, tick, top + 6, right),
    ]
      .filter(Boolean)
      .join('\n'),
    '\n',
  )}\n`;
}

function stripOf(diagram: Diagram, row: Row): Strip {
  switch (row.kind) {
    case 'wire':
      return wireStrip(diagram, row);
    case 'states':
      return statesStrip(diagram, row);
    case 'stream':
    case 'source':
      return streamStrip(diagram, row);
    case 'spans':
      return spansStrip(diagram, row);
    case 'calls':
      return callsStrip(diagram, row);
    case 'box':
      return boxStrip(row);
    case 'notes':
      return notesStrip(diagram, row);
  }
}

const hatching = element(
  'defs',
  {},
  element(
    'pattern',
    { id: 'hatching', width: 7, height: 7, patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' },
    line(0, 0, 0, 7, 'hatch'),
  ),
);

interface Time extends Item {
  readonly words: string;
}

function timesOf(tracks: readonly (readonly Item[])[], tick: number): Time[] {
  const frames = [...new Set(tracks.flat().map(({ frame }) => frame))].sort((a, b) => a - b);
  return frames.map(frame => {
    const words = timeWords(frame, tick);
    const half = widthOf(words, 10.5) / 2;
    return { frame, words, left: half, right: half };
  });
}

function timeWords(ms: number, tick: number): string {
  if (tick < 1000) return `${ms} ms`;
  return ms >= 600_000 ? `${ms / 60_000} min` : `${ms / 1000} s`;
}

function time({ moments }: Axis, tick: number, y: number, right: number): string[] {
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
      text(from, y + 15, 'time middle', timeWords(frame, tick)),
    ]),
  ];
}

const widestName = (rows: readonly Row[]): number =>
  Math.max(
    0,
    ...rows.map(row =>
      'name' in row ? widthOfCode(row.name, 12) : row.kind === 'box' ? widthOfCode(row.text, 12) + 24 : 0,
    ),
  );
