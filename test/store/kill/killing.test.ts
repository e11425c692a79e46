import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { Subject, filter, firstValueFrom, startWith, take, timeout } from 'rxjs';
import { type MqttClient, mqtt } from '../../../src/index.js';
import { seeded } from '../../broker/seeded.js';
import { describeMosquitto, startMosquitto } from '../../support/mosquitto.js';

/** How often the process is killed; more with an environment variable. */
const KILLS = Number(process.env.KILLS ?? 6);
const program = fileURLToPath(new URL('child.ts', import.meta.url));
const sources = ['--import=tsx', '--conditions=rxjs-mqtt-source', '--no-experimental-require-module'];

/** What the processes have said, over all their lives. */
class Lives {
  readonly durable = new Set<number>();
  readonly problems: string[] = [];
  /** For each life, how often it received each message, in the order of the first time. */
  readonly received: Map<string, number>[] = [];
  readonly said$ = new Subject<void>();
  next = 0;
  /** Whether the broker knows the subscription, so that it keeps messages from now on. */
  isSubscribed = false;

  listen(child: ChildProcess): void {
    const received = new Map<string, number>();
    this.received.push(received);
    let rest = '';
    child.stdout!.on('data', chunk => {
      const lines = (rest + String(chunk)).split('\n');
      rest = lines.pop()!;
      for (const line of lines) this.#hear(line, received);
      this.said$.next();
    });
  }

  #hear(line: string, received: Map<string, number>): void {
    const [what, name = ''] = line.split(' ');
    if (what === 'published') {
      if (Number(name) < this.next) this.problems.push(`${name} was published a second time`);
      this.next = Number(name) + 1;
    } else if (what === 'durable') this.durable.add(Number(name));
    else if (what === 'received') received.set(name, (received.get(name) ?? 0) + 1);
    else if (what === 'subscribed') this.isSubscribed = true;
    else if (what === 'failed') this.problems.push(line);
  }
}

/**
 * Without a bound in flight, because mosquitto 2.0 sends a new message before those that wait for room in flight. The broker is not
 * restarted here: mosquitto 2.0.11 then sends PUBLISH again for QoS 2 messages whose PUBREL it has sent, and every client takes those for new.
 */
const config = ['max_queued_messages 0', 'max_inflight_messages 0'];

describeMosquitto('a process with a store that is killed at any moment', () => {
  for (const version of ['5', '4'] as const)
    for (const sync of ['no sync', 'sync'] as const) {
      it(`sends and receives each QoS 2 message once, and loses none (version ${version}, ${sync})`, async function () {
        this.timeout(60_000 + KILLS * 4_000);
        const random = seeded(Number(version) + sync.length);
        const folder = await mkdtemp(join(tmpdir(), 'killed-'));
        const broker = await startMosquitto({ persistence: true, config });
        const arrived = new Map<number, number>();
        const order: number[] = [];
        const watcher = mqtt(broker.url, { clientId: 'watcher', clean: false, reconnect: { initial: 10, max: 50 } });
        const lives = new Lives();
        watcher.topic$('out', { qos: 2 }).subscribe(message => {
          const id = Number(message.text());
          if (!arrived.has(id)) order.push(id);
          arrived.set(id, (arrived.get(id) ?? 0) + 1);
          lives.said$.next();
        });
        let sent = 0;
        try {
          await firstValueFrom(watcher.connect());
          for (let life = 0; life < KILLS; life++) {
            const child = start(broker.url, join(folder, 'db'), version, sync, lives, 'publish');
            const publishing = setInterval(() => {
              if (lives.isSubscribed) publishTo(watcher, sent++);
            }, 5);
            await lived(child, lives, random);
            clearInterval(publishing);
            child.kill('SIGKILL');
            await once(child, 'close');
          }
          const last = start(broker.url, join(folder, 'db'), version, sync, lives, 'drain');
          const isComplete = () => {
            const known = new Set(lives.received.flatMap(life => [...life.keys()]));
            return [...lives.durable].every(id => arrived.has(id)) && known.size === sent;
          };
          await firstValueFrom(lives.said$.pipe(startWith(undefined), timeout(20_000), filter(isComplete)));
          last.kill('SIGKILL');
          await once(last, 'close');
        } finally {
          watcher.close();
          await broker.stop();
          await rm(folder, { recursive: true, force: true });
        }
        expect(lives.problems).to.deep.equal([]);
        expect(lives.durable.size).to.be.above(KILLS);
        expect([...arrived].filter(([id, times]) => id % 2 === 0 && times > 1)).to.deep.equal([]);
        for (const qos of [0, 1]) {
          const ids = order.filter(id => id % 2 === qos);
          expect(ids).to.deep.equal([...ids].sort((a, b) => a - b));
        }
        for (const life of lives.received) expect([...life].filter(([, times]) => times > 1)).to.deep.equal([]);
        expect(repeatedTooLate(lives)).to.deep.equal([]);
      });
    }
});

function start(url: string, location: string, version: string, sync: string, lives: Lives, mode: string): ChildProcess {
  const args = [...sources, program, url, location, version, sync, String(lives.next), mode];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  lives.listen(child);
  return child;
}

/** Lets the process live until it has said something, and then for up to 300 ms. Each fourth dies while it starts. */
async function lived(child: ChildProcess, lives: Lives, random: () => number): Promise<void> {
  const isEarly = random() < 0.25;
  if (!isEarly) await firstValueFrom(lives.said$.pipe(take(1), timeout(20_000)));
  const moment = new AbortController();
  const timer = setTimeout(() => moment.abort(), isEarly ? 300 + random() * 600 : random() * 300);
  await once(child, 'close', { signal: moment.signal }).catch(() => undefined);
  clearTimeout(timer);
}

/** A message may come again only if its process died before the receipt was stored: it is then among the last ones of that process. */
function repeatedTooLate({ received }: Lives): string[] {
  return received.flatMap((life, i) => {
    const later = new Set(received.slice(i + 1).flatMap(each => [...each.keys()]));
    const ids = [...life.keys()].filter(isQos2);
    const firstRepeated = ids.findIndex(id => later.has(id));
    if (firstRepeated < 0) return [];
    return ids.slice(firstRepeated).filter(id => !later.has(id));
  });
}

const isQos2 = (id: string) => Number(id) % 3 > 0;

function publishTo(watcher: MqttClient, id: number): void {
  const name = String(id);
  watcher
    .publish(id % 3 === 2 ? 'manual' : 'in', name, { qos: isQos2(name) ? 2 : 1 })
    .subscribe({ error: () => undefined });
}
