import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

describe('a message object that nobody holds any more', () => {
  it('frees its place: it is shown on unrouted$ and acknowledged', async () => {
    const options = ['--expose-gc', '--import=tsx', '--conditions=rxjs-mqtt-source', 'test/client/manual/dropped.ts'];
    const { stdout } = await promisify(execFile)(process.execPath, options, { timeout: 8000 });
    expect(stdout.trim().split('\n')).to.deep.equal(['unrouted t', 'PUBACK 7']);
  });
});
