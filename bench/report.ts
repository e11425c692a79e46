import { readFileSync, writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { plot } from './plot.js';
import type { Result } from './race.js';
import { resultTables } from './result-tables.js';
import { scenarios } from './scenarios.js';

/** One run of the bench, as `docs/bench/results.json` keeps it. */
export interface Report {
  /** A date. */
  readonly when: string;
  readonly node: string;
  readonly processor: string | undefined;
  readonly cores: number;
  readonly pinned: boolean;
  readonly rounds: number;
  /** Of those that were raced against. */
  readonly versions: Readonly<Record<string, string>>;
  readonly results: readonly Result[];
}

const results = new URL('../docs/bench/results.json', import.meta.url);
const drawing = new URL('../docs/bench/bench.svg', import.meta.url);
const page = new URL('../docs/benchmarks.md', import.meta.url);

const FROM = '<!-- results: written by npm run bench -- --page -->';
const TO = '<!-- end of results -->';

const saved = (): Report => JSON.parse(readFileSync(results, 'utf8')) as Report;

export function save(report: Report): void {
  writeFileSync(results, `${JSON.stringify(report, undefined, 2)}\n`);
}

/** The drawing and the page, as the saved results make them. */
export async function pages(): Promise<readonly (readonly [URL, string])[]> {
  const report = saved();
  return [
    [drawing, plot(scenarios, report.results)],
    [page, await filled(page, resultTables(scenarios, report))],
  ];
}

async function filled(file: URL, tables: string): Promise<string> {
  const text = readFileSync(file, 'utf8');
  const from = text.indexOf(FROM);
  const to = text.indexOf(TO);
  if (from < 0 || to < from) throw new Error(`${file.pathname} has no room for the results: ${FROM} … ${TO}`);
  const style = await resolveConfig(file);
  return format(`${text.slice(0, from)}${FROM}\n\n${tables}\n\n${text.slice(to)}`, { ...style, parser: 'markdown' });
}
