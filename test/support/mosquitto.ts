import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { delimiter, join } from 'node:path';
import { filter, firstValueFrom, Subject, startWith } from 'rxjs';
import { closeSocket, freePort, loopback, openSocket } from './ports.js';

const startTimeout = 5_000;

export interface MosquittoOptions {
  /** Lines for mosquitto.conf. The listener that `url` names comes first, so options of a listener belong to it. */
  config?: readonly string[];
  /** Keep sessions and retained messages over restart(). */
  persistence?: boolean;
  /** Whether `log()` has what it says about clients and packets. Default true. */
  isLogged?: boolean;
}

export interface Mosquitto {
  readonly url: string;
  readonly port: number;
  /** Holds the configuration and the persisted state; gone after stop(). */
  readonly directory: string;
  /** Of the process that runs now. */
  pid(): number | undefined;
  /** What it said so far, all log types. */
  log(): string;
  /** Resolves when what it said after the first `from` characters matches. */
  logged(pattern: RegExp, from?: number): Promise<void>;
  /** Ends it and starts it again on the same port; with `persistence` it remembers. */
  restart(): Promise<void>;
  /** Ends it without a chance to say or save anything. restart() brings it back. */
  kill(): Promise<void>;
  /** Ends it for good. */
  stop(): Promise<void>;
}

/** Debian puts it where the PATH of a user does not reach. */
export function findMosquitto(): string | undefined {
  const directories = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return directories.map(directory => join(directory, 'mosquitto')).find(isExecutable);
}

/** A suite that needs mosquitto. Without one it is one pending line; under CI=true it fails. */
export function describeMosquitto(title: string, body: () => void): void {
  if (findMosquitto() !== undefined) {
    describe(title, body);
    return;
  }
  const missing = 'mosquitto is not installed: see scripts/install-debian-packages.sh';
  describe(title, () => {
    if (process.env.CI !== 'true') it(missing);
    else {
      it('has the broker that it needs', () => {
        throw new Error(missing);
      });
    }
  });
}

export async function startMosquitto({
  config = [],
  persistence = false,
  isLogged = true,
}: MosquittoOptions = {}): Promise<Mosquitto> {
  const program = findMosquitto();
  if (program === undefined) throw new Error('mosquitto is not installed');
  const directory = await mkdtemp(join(tmpdir(), 'mosquitto-'));
  const port = await freePort();
  const file = join(directory, 'mosquitto.conf');
  await writeFile(file, configuration(port, directory, { config, persistence, isLogged }));

  let log = '';
  const said$ = new Subject<void>();
  const hear = (chunk: unknown): void => {
    log += String(chunk);
    said$.next();
  };
  let child: ChildProcess;
  const start = async (): Promise<void> => {
    child = spawn(program, ['-c', file, ...(isLogged ? ['-v'] : [])], { stdio: ['ignore', 'pipe', 'pipe'] });
    child.stdout?.on('data', hear);
    child.stderr?.on('data', hear);
    endWithThisProcess(child);
    await answers(child, port).catch(async (error: unknown) => {
      await end(child, 'SIGKILL');
      throw new Error(`mosquitto does not start:\n${log}`, { cause: error });
    });
  };
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true });
  await start().catch(async (error: unknown) => {
    await remove();
    throw error;
  });

  return {
    url: `mqtt://${loopback}:${port}`,
    port,
    directory,
    pid: () => child.pid,
    log: () => log,
    async logged(pattern, from = 0) {
      await firstValueFrom(
        said$.pipe(
          startWith(undefined),
          filter(() => pattern.test(log.slice(from))),
        ),
      );
    },
    async restart() {
      await end(child, 'SIGTERM');
      await start();
    },
    kill: () => end(child, 'SIGKILL'),
    async stop() {
      await end(child, 'SIGTERM');
      await remove();
    },
  };
}

function configuration(
  port: number,
  directory: string,
  { config: lines, persistence, isLogged }: Required<MosquittoOptions>,
): string {
  return [
    `listener ${port} ${loopback}`,
    ...(lines.some(line => line.startsWith('allow_anonymous')) ? [] : ['allow_anonymous true']),
    ...lines,
    `user ${userInfo().username}`, // as root it would become another user, who may not write here
    `persistence ${persistence}`,
    `persistence_location ${directory}/`,
    `log_dest ${isLogged ? 'stderr' : 'none'}`,
    '',
  ].join('\n');
}

/** Tries to connect until it is taken, or the process has ended, or the time is up. */
async function answers(child: ChildProcess, port: number): Promise<void> {
  const giveUp = Date.now() + startTimeout;
  for (;;) {
    try {
      await closeSocket(await openSocket(port));
      return;
    } catch (error) {
      if (child.exitCode !== null || child.signalCode !== null || Date.now() > giveUp) throw error;
    }
  }
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill(signal);
  await once(child, 'exit');
}

function endWithThisProcess(child: ChildProcess): void {
  const kill = (): void => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
