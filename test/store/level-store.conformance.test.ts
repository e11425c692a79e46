import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { MemoryLevel } from 'memory-level';
import { levelStore, type LevelStoreOptions } from '../../src/store/index.js';
import { sessionStoreTests } from '../../src/testing/index.js';
import { countAssertion } from '../support/assertions.js';

/** The checks throw errors of their own. */
const counted = (run: () => Promise<void>) => {
  countAssertion();
  return run();
};

/** Copies a database in use. LevelDB replaces files in the background, so this copies until no file came or went meanwhile. */
function copyDatabase(from: string, to: string): void {
  const names = () => readdirSync(from).join();
  for (;;) {
    const before = names();
    try {
      cpSync(from, to, { recursive: true });
      if (names() === before) return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    rmSync(to, { recursive: true, force: true });
  }
}

describe('levelStore in LevelDB', () => {
  for (const [name, options] of Object.entries<LevelStoreOptions>({
    'without sync': {},
    'with sync': { sync: true },
    'with a prefix': { prefix: 'a!b' },
  })) {
    describe(name, () => {
      let folder: string;
      let copies: number;
      beforeEach(() => {
        folder = mkdtempSync(join(tmpdir(), 'level-store-'));
        copies = 0;
      });
      afterEach(() => rmSync(folder, { recursive: true }));
      const location = () => join(folder, `${copies}`);

      const tests = sessionStoreTests(() => levelStore(new ClassicLevel(location()), options), {
        // The files of a database that nobody has closed are those that a killed process leaves.
        crash: () => {
          const left = location();
          copies++;
          copyDatabase(left, location());
        },
      });
      for (const { name, run } of tests) it(name, () => counted(run));
    });
  }
});

describe('levelStore in memory', () => {
  for (const storeEncoding of ['buffer', 'view'] as const) {
    const db = new MemoryLevel({ storeEncoding });
    for (const { name, run } of sessionStoreTests(() => levelStore(db))) {
      it(`${name}, with store encoding ${storeEncoding}`, () => counted(run));
    }
  }
});
