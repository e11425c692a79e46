import { cpSync, mkdtempSync, rmSync } from 'node:fs';
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
          cpSync(left, location(), { recursive: true });
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
