import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { type Runner, pinContestant } from '../processes.js';
import type { Order } from '../worker.js';

let program: string | false | undefined;

/** Undefined where there is no C compiler, or no libmosquitto to compile against (Debian: libmosquitto-dev). */
function compiled(): string | false {
  if (program !== undefined) return program;
  const target = join(mkdtempSync(join(tmpdir(), 'bench-')), 'contestant');
  const source = fileURLToPath(new URL('contestant.c', import.meta.url));
  const { status } = spawnSync('cc', ['-O2', '-o', target, source, '-lmosquitto'], { stdio: 'ignore' });
  return (program = status === 0 && target);
}

/** The C library of mosquitto, as a process of its own. */
export async function startLibmosquitto(): Promise<Runner | undefined> {
  const path = compiled();
  if (path === false) return undefined;
  const child = spawn(path, { stdio: ['pipe', 'pipe', 'inherit'] });
  pinContestant(child);
  const lines = createInterface({ input: child.stdout });
  return {
    name: 'libmosquitto',
    async run(order) {
      child.stdin.write(`${inWords(order)}\n`);
      const [line] = (await once(lines, 'line')) as [string];
      const [cpu, wall] = line.split(' ').map(Number);
      return { cpu: cpu!, wall: wall!, times: [], heap: 0 };
    },
    end: () => child.kill(),
  };
}

function inWords(order: Order): string {
  switch (order.order) {
    case 'start': {
      const { port, version, qos, size, window, clientId, filters } = order.task;
      return ['start', port, version, qos, size, window, clientId, filters[0] ?? ''].join(' ');
    }
    case 'publish':
      return `publish ${order.topic} ${order.count}`;
    case 'receive':
      return `receive ${order.count}`;
    default:
      throw new Error(`libmosquitto is not asked to ${order.order}`);
  }
}
