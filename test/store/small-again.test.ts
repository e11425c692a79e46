import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, rmSync, statSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { ClassicLevel } from 'classic-level';
import { Subject, count, filter, firstValueFrom, lastValueFrom, mergeMap, range } from 'rxjs';
import type { PeerReply, PeerRequest } from '../../bench/peer.js';
import { type MqttClient, mqtt } from '../../src/index.js';
import { levelStore } from '../../src/store/index.js';

const messages = Number(process.env.BURST ?? 50_000);
const payload = new Uint8Array(1_000).fill(0x61);
/** LevelDB merges deleted entries away when a level has grown to some MB, however many there were. */
const bound = 20e6;
const sizeOf = (folder: string) =>
  readdirSync(folder).reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);

/** A broker that does next to nothing, in a process of its own. */
class Peer {
  readonly #process: ChildProcess;
  readonly reply$ = new Subject<PeerReply>();

  constructor() {
    const program = fileURLToPath(new URL('../../bench/peer.ts', import.meta.url));
    this.#process = fork(program, { execArgv: ['--import=tsx'] });
    this.#process.on('message', reply => this.reply$.next(reply as PeerReply));
  }

  async port(): Promise<number> {
    const reply = await firstValueFrom(this.reply$);
    return 'port' in reply ? reply.port : 0;
  }

  /** Resolves when all messages are acknowledged. */
  async feed(clientId: string): Promise<void> {
    const fed = firstValueFrom(this.reply$.pipe(filter(reply => 'fed' in reply)));
    const feed = {
      clientId,
      qos: 2,
      size: payload.length,
      count: messages,
      window: 1_000,
      topics: 1,
      pause: 0,
    } as const;
    this.#process.send({ feed } satisfies PeerRequest);
    await fed;
  }

  async end(): Promise<void> {
    this.#process.kill();
    await once(this.#process, 'exit');
  }
}

describe('a store after a burst of messages', () => {
  let peer: Peer;
  let url: string;
  before(async () => {
    peer = new Peer();
    url = `mqtt://127.0.0.1:${await peer.port()}`;
  });
  after(() => peer.end());

  const bursts: Readonly<Record<string, (client: MqttClient, clientId: string) => Promise<unknown>>> = {
    'of QoS 1 out': client => publish(client, 1),
    'of QoS 2 out': client => publish(client, 2),
    'of QoS 2 in': async (client, clientId) => {
      client.topic$('#', { qos: 2 }).subscribe();
      await firstValueFrom(client.ack$.pipe(filter(({ kind }) => kind === 'subscribe')));
      await peer.feed(clientId);
    },
  };
  for (const [burst, run] of Object.entries(bursts)) {
    it(`is small again: ${burst}`, async function () {
      this.timeout(60_000);
      const folder = mkdtempSync(join(tmpdir(), 'burst-'));
      try {
        const clientId = burst.replaceAll(' ', '-');
        const client = mqtt(url, {
          clientId,
          clean: false,
          protocolVersion: 4,
          store: levelStore(new ClassicLevel(folder)),
        });
        await firstValueFrom(client.connect());
        await run(client, clientId);
        await lastValueFrom(client.disconnect(), { defaultValue: undefined });
        expect(sizeOf(folder)).to.be.below(bound);
        expect(messages * payload.length).to.be.above(2 * bound);
        const db = new ClassicLevel(folder);
        const keys = await db.keys().all();
        await db.close();
        const base = `rxjs-mqtt!${clientId}!`;
        expect(keys).to.deep.equal([base, `${base}e`, `${base}f`]);
      } finally {
        rmSync(folder, { recursive: true });
      }
    });
  }
});

async function publish(client: MqttClient, qos: 1 | 2): Promise<void> {
  const publishAll$ = range(messages).pipe(
    mergeMap(() => client.publish('out', payload, { qos }), 1_000),
    count(),
  );
  expect(await firstValueFrom(publishAll$)).to.equal(messages);
}
