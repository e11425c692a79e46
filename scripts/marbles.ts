import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { exampleTrace } from '../marbles/example-trace.js';
import { diagrams } from '../marbles/index.js';
import { drawTrace } from '../src/trace/index.js';
import { draw } from './marbles/drawing.js';
import { gallery } from './marbles/gallery.js';

/** Draws the diagrams and the trace of marbles/ into docs/marbles, or with --check makes sure that it has been done. */
const folder = 'docs/marbles';
const pages = new Map([
  ...diagrams.map(diagram => [`${diagram.name}.svg`, draw(diagram)] as const),
  ['trace.svg', drawTrace(exampleTrace)],
  ['README.md', gallery()],
]);
const there = existsSync(folder) ? readdirSync(folder) : [];
const tooMany = there.filter(name => !pages.has(name));

if (process.argv.includes('--check')) {
  const read = (name: string) => (there.includes(name) ? readFileSync(join(folder, name), 'utf8') : '');
  const stale = [...pages].filter(([name, page]) => read(name) !== page).map(([name]) => name);
  for (const name of [...stale, ...tooMany]) console.error(`${join(folder, name)} is out of date: npm run marbles`);
  if (stale.length + tooMany.length > 0) process.exitCode = 1;
  else console.log(`${folder}: ${pages.size} files, as the diagrams are`);
} else {
  mkdirSync(folder, { recursive: true });
  for (const name of tooMany) rmSync(join(folder, name));
  for (const [name, page] of pages) writeFileSync(join(folder, name), page);
}
