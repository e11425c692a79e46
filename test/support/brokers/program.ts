import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { closeServer, listen } from '../ports.js';

export interface ProgramOptions {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly directory: string;
  /** It is up when its output has matched all of these. */
  readonly ready: readonly RegExp[];
  /** ms it has for that. */
  readonly timeout: number;
}

/** A program in a process group of its own, so that whatever it starts ends with it. */
export interface Program {
  log(): string;
  /** Waits until the output, from its beginning, matches; errors when the program ends or `timeout` ms are over. */
  says(pattern: RegExp, timeout: number): Promise<void>;
  kill(): Promise<void>;
}

/** Debian puts daemons where the PATH of a user does not reach. */
export function findProgram(name: string): string | undefined {
  const directories = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin'];
  return directories.map(directory => join(directory, name)).find(path => isThere(path, constants.X_OK));
}

export function isThere(path: string, mode = constants.R_OK): boolean {
  try {
    accessSync(path, mode);
    return true;
  } catch {
    return false;
  }
}

/** Ports that nobody listens on now, each another one. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(servers.map(server => listen(server)));
  await Promise.all(servers.map(closeServer));
  return ports;
}

/** A directory with these files, for a broker to live in. */
export async function makeDirectory(name: string, files: Readonly<Record<string, string>> = {}): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), `${name}-`));
  await writeFiles(directory, files);
  return directory;
}

export async function writeFiles(directory: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [file, content] of Object.entries(files)) await writeFile(join(directory, file), content);
}

export const removeDirectory = (directory: string): Promise<void> =>
  rm(directory, { recursive: true, force: true, maxRetries: 5 });

/** Starts it and waits until it is up. What does not come up is ended, its directory removed, its log in the error. */
export async function startProgram(options: ProgramOptions): Promise<Program> {
  const { command, args, env = {}, directory } = options;
  const child = spawn(command, args, {
    cwd: directory,
    detached: true, // the leader of a group
    env: { ...process.env, HOME: directory, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  const hear = (chunk: unknown): void => void (log += String(chunk));
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  child.on('error', error => (log += `${error.message}\n`));
  endWithThisProcess(child);

  const kill = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null && child.pid !== undefined) {
      const ended = once(child, 'exit');
      killGroup(child);
      await ended;
    } else killGroup(child);
  };

  const says = (pattern: RegExp, timeout: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const fail = (why: string): void =>
        settle(() => reject(new Error(`${options.name} ${why} before it said ${pattern}:\n${log.slice(-8_000)}`)));
      const look = (): void => {
        if (pattern.test(log)) settle(resolve);
      };
      const ended = (): void => fail('ended');
      const timer = setTimeout(() => fail(`took more than ${timeout} ms`), timeout);
      const settle = (how: () => void): void => {
        clearTimeout(timer);
        for (const stream of [child.stdout, child.stderr]) stream.off('data', look);
        child.off('exit', ended).off('error', ended);
        how();
      };
      for (const stream of [child.stdout, child.stderr]) stream.on('data', look);
      child.once('exit', ended).once('error', ended);
      if (child.exitCode !== null) ended();
      else look();
    });

  try {
    await Promise.all(options.ready.map(pattern => says(pattern, options.timeout)));
  } catch (error) {
    await kill();
    await removeDirectory(directory);
    throw error;
  }
  return { log: () => log, says, kill };
}

/** A group of its own hears nothing of the signals that end this process. */
function endWithThisProcess(child: ChildProcess): void {
  const kill = (): void => killGroup(child);
  const killAndDie = (signal: NodeJS.Signals): void => {
    kill();
    forget();
    process.kill(process.pid, signal);
  };
  const forget = (): void => {
    process.off('exit', kill).off('SIGTERM', killAndDie).off('SIGHUP', killAndDie);
  };
  process.on('exit', kill).on('SIGTERM', killAndDie).on('SIGHUP', killAndDie);
  child.once('exit', forget);
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // all of it has ended
  }
}
