import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import '../../examples/testing/thermostat.mocha.js';

describe('the examples of tests', function () {
  this.timeout(60_000); // it is another test runner

  it('run with vitest too', () => {
    const vitest = [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--config',
      'examples/testing/vitest.config.ts',
      '--no-color',
    ];
    const { status, stdout, stderr } = spawnSync(process.execPath, vitest, {
      encoding: 'utf8',
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    expect(status, stdout + stderr).to.equal(0);
    expect(stdout).to.match(/Tests +4 passed/);
  });
});
