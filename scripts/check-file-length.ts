import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const longest = 250;
const highestMedian = 100;

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter(name => name.endsWith('.ts'))
  .map(name => join('src', name))
  .map(path => ({ path, lines: readFileSync(path, 'utf8').trimEnd().split('\n').length }))
  .sort((a, b) => a.lines - b.lines);

const median = files[Math.floor(files.length / 2)]?.lines ?? 0;
const tooLong = files.filter(({ lines }) => lines > longest);

console.log(
  `src: ${files.length} files, median ${median} lines (at most ${highestMedian}), longest ${files.at(-1)?.lines}`,
);
for (const { path, lines } of tooLong) console.error(`${path}: ${lines} lines, at most ${longest}`);
if (tooLong.length > 0 || median > highestMedian) process.exitCode = 1;
