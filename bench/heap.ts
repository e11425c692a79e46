// Prints what the heap of idle clients consists of: the difference of two heap snapshots, by class.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type HeapSnapshot, heapGrowth, heapTable } from './clients/heap-table.js';
import { allowedClients } from './clients/open-file-limit.js';
import { WARM_UP, taskOf } from './clients/many-clients.js';
import { startContestant, startPeer } from './processes.js';

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '1000' },
    rows: { type: 'string', default: '40' },
    contestant: { type: 'string', default: 'rxjs-mqtt' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(`npx tsx bench/heap.ts [--clients N] [--rows N] [--contestant NAME]

  Connects clients with one subscription each to a peer, and prints the classes by which the heap has grown, in bytes and objects a client.
  It measures the build: run npm run build first.

  --clients     how many (1000; some 5,000 at most, because a snapshot is read as one string)
  --rows        how many classes, the largest first (40)
  --contestant  rxjs-mqtt or MQTT.js (rxjs-mqtt)`);
  process.exit();
}

const clients = allowedClients(Number(values.clients) + WARM_UP) - WARM_UP;
const folder = mkdtempSync(join(tmpdir(), 'bench-heap-'));
const peer = await startPeer();
const contestant = await startContestant(values.contestant);

async function snapshot(name: string): Promise<HeapSnapshot> {
  const path = join(folder, name);
  await contestant.run({ order: 'snapshot', path });
  return JSON.parse(readFileSync(path, 'utf8')) as HeapSnapshot;
}

try {
  const task = taskOf({ version: 4, qos: 1 }, peer.port, values.contestant);
  await contestant.run({ order: 'clients', task, count: WARM_UP });
  const before = await snapshot('before.heapsnapshot');
  await contestant.run({ order: 'clients', task, count: clients });
  const after = await snapshot('after.heapsnapshot');
  console.log(
    `${values.contestant}, ${clients.toLocaleString('en')} idle clients with one subscription each; a client:\n`,
  );
  console.log(heapTable(heapGrowth(before, after), clients, Number(values.rows)));
} finally {
  contestant.end();
  peer.end();
  rmSync(folder, { recursive: true, force: true });
}
