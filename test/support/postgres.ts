import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A private PostgreSQL on a Unix socket, in a temporary directory. */
export interface Postgres {
  /** Holds the socket: the `host` of a client. */
  readonly directory: string;
  readonly user: string;
  stop(): void;
}

const installed = '/usr/lib/postgresql';
const user = 'postgres';

function binaries(): string | undefined {
  if (!existsSync(installed)) return undefined;
  const versions = readdirSync(installed).sort((a, b) => Number(b) - Number(a));
  return versions.map(version => join(installed, version, 'bin')).find(bin => existsSync(join(bin, 'initdb')));
}

/** A suite that needs PostgreSQL. Without one it is one pending line; under CI=true it fails. */
export function describePostgres(title: string, body: () => void): void {
  describe(title, () => {
    if (binaries() === undefined && process.env.CI !== 'true') {
      it('PostgreSQL is not there: see scripts/install-debian-packages.sh');
      return;
    }
    body();
  });
}

export function startPostgres(): Postgres {
  const bin = binaries();
  if (bin === undefined) throw new Error(`There is no PostgreSQL in ${installed}`);
  const directory = mkdtempSync(join(tmpdir(), 'postgres-'));
  const data = join(directory, 'data');
  // PostgreSQL refuses to run as root.
  const run = (program: string, ...args: string[]) => {
    const isRoot = process.getuid?.() === 0;
    const command = [join(bin, program), ...args];
    const [file, ...rest] = isRoot
      ? ['setpriv', `--reuid=${user}`, `--regid=${user}`, '--clear-groups', ...command]
      : command;
    execFileSync(file!, rest, { cwd: directory, stdio: ['ignore', 'ignore', 'inherit'] });
  };
  if (process.getuid?.() === 0) {
    const id = (kind: string) => Number(execFileSync('id', [kind, user], { encoding: 'utf8' }));
    chownSync(directory, id('-u'), id('-g'));
  }
  run('initdb', '-D', data, '-U', user, '-A', 'trust', '-E', 'UTF8', '--no-sync');
  run('pg_ctl', 'start', '-w', '-D', data, '-l', join(directory, 'log'), '-o', `-k ${directory} -c listen_addresses=`);
  return {
    directory,
    user,
    stop() {
      run('pg_ctl', 'stop', '-w', '-m', 'immediate', '-D', data);
      rmSync(directory, { recursive: true });
    },
  };
}
