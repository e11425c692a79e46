import { readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { reasonToLeaveOut } from './clients/many-clients.js';
import { pinned, startPeer } from './processes.js';
import { type Result, race } from './race.js';
import { type Report, pages, save } from './report.js';
import { scenarios } from './scenarios.js';
import { table } from './table.js';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    rounds: { type: 'string' },
    save: { type: 'boolean', default: false },
    page: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(`npm run bench -- [--quick] [--only WORDS] [--rounds N] [--json] [--save] [--page]

  --quick   fewer rounds, without 10,000 clients, under 4 minutes
  --only    the scenarios whose name holds these words: --only 'publish QoS 1'
  --rounds  rounds of each contestant, interleaved (15; 3 with --quick)
  --json    the figures as JSON on standard output
  --save    write docs/bench/results.json, and from it docs/bench/bench.svg and the tables of docs/benchmarks.md
  --page    write those again, and race nobody`);
  process.exit();
}

if (values.page) {
  await writePages();
  process.exit();
}

const rounds = values.rounds === undefined ? (values.quick ? 3 : 15) : Number(values.rounds);
const chosen = scenarios.filter(
  ({ name, isLong }) => name.includes(values.only ?? '') && !(values.quick && isLong === true),
);
const say = (text: string) => console[values.json ? 'error' : 'log'](text);

const peer = await startPeer();
const results: Result[] = [];
try {
  for (const scenario of chosen) {
    const reason = reasonToLeaveOut(scenario);
    if (reason !== undefined) {
      say(`\n${scenario.name}: left out, ${reason}`);
      continue;
    }
    const result = await race(scenario, peer, rounds);
    results.push(result);
    say(table(scenario, result));
  }
} finally {
  peer.end();
}

const report: Report = {
  when: new Date().toISOString().slice(0, 10),
  node: process.version,
  processor: cpus()[0]?.model.trim(),
  cores: cpus().length,
  pinned,
  rounds,
  versions: { 'MQTT.js': versionOf('mqtt'), 'mqtt-packet': versionOf('mqtt-packet') },
  results,
};
if (values.json) console.log(JSON.stringify(report, undefined, 2));
if (values.save) {
  save(report);
  await writePages();
}

async function writePages(): Promise<void> {
  for (const [path, text] of await pages()) writeFileSync(path, text);
}

function versionOf(name: string): string {
  const path = new URL(`../node_modules/${name}/package.json`, import.meta.url);
  return (JSON.parse(readFileSync(path, 'utf8')) as { version: string }).version;
}
