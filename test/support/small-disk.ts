import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A file system of 1 MiB. */
export interface SmallDisk {
  readonly path: string;
  /** Leaves less than a KiB. */
  fill(): void;
  /** Removes what filled it. */
  free(): void;
  /** Removes all files. */
  clear(): void;
}

/** A suite that needs a small disk. Its tests are pending where none can be mounted. */
export function describeSmallDisk(title: string, body: (disk: SmallDisk) => void): void {
  let path = '';
  const files = (prefix = '') => readdirSync(path).filter(file => file.startsWith(prefix));
  const remove = (prefix?: string) => {
    for (const file of files(prefix)) rmSync(join(path, file), { recursive: true });
  };
  describe(title, () => {
    before(function () {
      path = mkdtempSync(join(tmpdir(), 'small-disk-'));
      try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', path], { stdio: 'pipe' });
      } catch {
        rmSync(path, { recursive: true });
        path = '';
        console.log('      no tmpfs can be mounted here');
        this.skip();
      }
    });
    after(() => {
      if (path === '') return;
      execFileSync('umount', [path]);
      rmSync(path, { recursive: true });
    });
    body({
      get path() {
        return path;
      },
      fill() {
        for (let size = 1 << 20; size >= 256;) {
          try {
            writeFileSync(join(path, `filler-${size}-${Math.random()}`), new Uint8Array(size));
          } catch {
            size >>= 1;
          }
        }
      },
      free: () => remove('filler'),
      clear: () => remove(),
    });
  });
}
