import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

/** `npm run fuzz -- --seconds 60 --seed 7`: longer than in the tests, from a seed that nobody chose unless it is given. */
const { values } = parseArgs({ options: { seconds: { type: 'string' }, seed: { type: 'string' } } });
const { FUZZ_SECONDS: seconds = values.seconds ?? '60', FUZZ_SEED: seed = values.seed } = process.env;
const settings = ['import=tsx', 'no-experimental-require-module'];
const options = ['--no-config', '--require', 'test/support/setup.ts', ...settings.flatMap(it => ['--node-option', it])];
const { status } = spawnSync(process.execPath, ['node_modules/mocha/bin/mocha.js', ...options, 'test/fuzz/*.test.ts'], {
  stdio: 'inherit',
  env: { ...process.env, FUZZ_SECONDS: seconds, ...(seed === undefined ? {} : { FUZZ_SEED: seed }) },
});
process.exitCode = status ?? 1;
