import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { reasonToLeaveOut } from '../../bench/clients/many-clients.js';
import { scenarios } from '../../bench/scenarios.js';
import type { BrokerKind } from '../support/brokers/broker.js';

const broker = (isInstalled: boolean): BrokerKind => ({
  name: 'mosquitto',
  missing: 'mosquitto is not installed',
  isInstalled: () => isInstalled,
  start: () => Promise.reject(new Error('is not started')),
});

describe('many clients in the bench', () => {
  it('are left out without mosquitto where they connect to it, and nothing else is', () => {
    const leftOut = scenarios.filter(scenario => reasonToLeaveOut(scenario, broker(false)) !== undefined);
    expect(leftOut.map(({ name }) => name)).to.deep.equal([
      'connect and subscribe 1,000 clients',
      'connect and subscribe 10,000 clients',
    ]);
    expect(reasonToLeaveOut(leftOut[0]!, broker(false))).to.equal('mosquitto is not installed');
    expect(reasonToLeaveOut(leftOut[0]!, broker(true))).to.equal(undefined);
  });

  it('are as many as the limit of open files allows', function () {
    if (spawnSync('sh', ['-c', 'ulimit -n 400']).status !== 0) return this.skip();
    const module = new URL('../../bench/clients/open-file-limit.ts', import.meta.url).href;
    const program = `import { allowedClients } from '${module}'; console.log(allowedClients(200), allowedClients(2000));`;
    const node = `exec '${process.execPath}' --import=tsx --input-type=module -e "$1"`;
    const { stdout, stderr } = spawnSync('sh', ['-c', `ulimit -n 400; ${node}`, 'sh', program], { encoding: 'utf8' });
    expect(stdout.trim(), stderr).to.match(/^200 (300|2000)$/);
  });
});
