import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { plot } from '../../bench/plot.js';
import type { Result } from '../../bench/race.js';
import { type Report, pages } from '../../bench/report.js';
import { resultTables } from '../../bench/result-tables.js';
import { scenarios } from '../../bench/scenarios.js';
import { table } from '../../bench/table.js';

const reportOf = (...results: readonly Result[]): Report => ({
  when: '2026-01-01',
  node: 'v20.0.0',
  processor: undefined,
  cores: 2,
  pinned: false,
  rounds: 1,
  versions: {},
  results,
});

const idle: Result = {
  scenario: 'memory of 1,000 clients that are idle',
  unit: 'bytes of heap each',
  values: { 'rxjs-mqtt': { value: 12_000.4, also: { 'bytes of buffers': 9 } }, 'MQTT.js': { value: 18_000.6 } },
};

describe('docs/benchmarks.md', () => {
  it('has the tables and the drawing of docs/bench/results.json', async () => {
    for (const [path, text] of await pages()) expect(readFileSync(path, 'utf8')).to.equal(text);
  });
});

describe('the tables of the bench', () => {
  it('have no row for a scenario without a result', () => {
    const rows = resultTables(scenarios, reportOf(idle))
      .split('\n')
      .filter(line => line.startsWith('| ') && !line.startsWith('|  |') && !line.startsWith('| ---'));
    expect(rows).to.deep.equal([
      '| memory of 1,000 clients that are idle: bytes of heap each | 12,000 (9 bytes of buffers) |  | 18,001 | 1.5 × |',
    ]);
  });

  it('and the drawing are made without any result, too', () => {
    expect(resultTables(scenarios, reportOf())).to.include('2026-01-01').and.not.include('undefined');
    expect(plot(scenarios, []))
      .to.match(/^<svg .*<\/svg>\n$/s)
      .and.not.match(/NaN|Infinity|undefined/);
  });

  it('say whether a goal is met', () => {
    const scenario = scenarios.find(({ name }) => name === idle.scenario)!;
    expect(table(scenario, idle)).to.include('(aim: at most 16,000, met)');
    const more = { ...idle, values: { 'rxjs-mqtt': { value: 16_001 } } };
    expect(table(scenario, more)).to.include('(aim: at most 16,000)');
  });

  it('have each hold of the event loop as a scenario with its goal', () => {
    const holds = scenarios.filter(({ kind }) => kind === 'hold');
    expect(holds.map(({ hold }) => hold)).to.have.members([
      'publishAll',
      'queued',
      'resend',
      'subscribe',
      'close',
      'receive',
      'latest',
    ]);
    expect(new Set(holds.map(({ goal }) => goal?.most))).to.deep.equal(new Set([25]));
  });

  it('have each cost of a client as a scenario with its goal', () => {
    const goals = scenarios.filter(({ kind }) =>
      ['reconnect', 'manyConnects', 'idleClients', 'bundle', 'packages'].includes(kind),
    );
    expect(Object.fromEntries(goals.map(({ name, goal }) => [name, goal]))).to.deep.equal({
      'connect and disconnect again': { ratio: 1 / 1.5 },
      'connect and subscribe 1,000 clients': { ratio: 1 },
      'memory of 1,000 clients that are idle': { most: 16_000 },
      'connect and subscribe 10,000 clients': { ratio: 1 },
      'memory of 10,000 clients that are idle': { most: 16_000 },
      'browser bundle of { mqtt }': { most: 45 },
      installation: { most: 2 },
    });
  });
});
