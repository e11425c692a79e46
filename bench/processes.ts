import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Feed, PeerReply, PeerRequest } from './peer.js';
import type { Measurement, Order } from './worker.js';

/** Contestants run on one core, their peer on another, where the system can do that. */
const CONTESTANTS = '1';
const PEER = '0';

const canPin = spawnSync('taskset', ['--version']).status === 0;
export const pinned = canPin;

function pin(pid: number | undefined, core: string): void {
  if (canPin) spawnSync('taskset', ['-a', '-p', '-c', core, String(pid)]);
}

export const pinContestant = ({ pid }: ChildProcess): void => pin(pid, CONTESTANTS);
export const pinPeer = (pid: number | undefined): void => pin(pid, PEER);

const start = (file: string, args: readonly string[] = []): ChildProcess =>
  fork(fileURLToPath(new URL(file, import.meta.url)), args, {
    execArgv: ['--import=tsx', '--expose-gc'],
    env: { ...process.env, NODE_ENV: 'production' },
  });

/** The next message of a process; an error when it ends instead. */
const message = <T>(child: ChildProcess): Promise<T> =>
  new Promise((resolve, reject) => {
    const ended = (code: number | null) => {
      child.off('message', came);
      reject(new Error(`a process of the bench ended with ${code}`));
    };
    const came = (value: unknown) => {
      child.off('exit', ended);
      resolve(value as T);
    };
    child.once('message', came);
    child.once('exit', ended);
  });

export interface Runner {
  readonly name: string;
  run(order: Order): Promise<Measurement>;
  end(): void;
}

export async function startContestant(name: string): Promise<Runner> {
  const child = start('worker.ts', [name]);
  await message(child);
  pinContestant(child);
  return {
    name,
    run(order) {
      child.send(order);
      return message<Measurement>(child);
    },
    end: () => child.kill(),
  };
}

export interface Peer {
  readonly port: number;
  feed(feed: Feed): Promise<void>;
  quiet(clientId: string): void;
  end(): void;
}

export async function startPeer(): Promise<Peer> {
  const child = start('peer.ts');
  const { port } = (await message<PeerReply>(child)) as { port: number };
  pinPeer(child.pid);
  const tell = (request: PeerRequest) => child.send(request);
  return {
    port,
    async feed(feed) {
      tell({ feed });
      await message(child);
    },
    quiet: clientId => void tell({ quiet: clientId }),
    end: () => child.kill(),
  };
}
