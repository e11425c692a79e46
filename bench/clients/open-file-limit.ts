import { spawnSync } from 'node:child_process';

/** What a process opens beside its sockets: libraries, pipes, the poll of the event loop. */
const OTHER_FILES = 100;

/** How many files a process that is started here may open, sockets included. Node has already raised its soft limit to the hard one. */
function openFileLimit(): number {
  const { status, stdout } = spawnSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' });
  return status === 0 && stdout.trim() !== 'unlimited' ? Number(stdout) : Infinity;
}

/** How many of the `wanted` clients a process may connect. Raises the limit for this process and its children if the system allows it. */
export function allowedClients(wanted: number): number {
  const needed = wanted + OTHER_FILES;
  if (openFileLimit() < needed)
    spawnSync('prlimit', ['--pid', String(process.pid), `--nofile=${needed}:${needed}`], { stdio: 'ignore' });
  return Math.max(0, Math.min(wanted, openFileLimit() - OTHER_FILES));
}
