import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';

const run = promisify(execFile);

// Processes of their own: Angular needs a document, zone.js changes every timer and promise there is, and a server platform says so to
// all of Angular.
describe('rxjs-mqtt/angular', function () {
  this.timeout(60_000);

  const suites = [
    { title: 'without zone.js', config: 'test/angular/mocharc.json', zone: '' },
    { title: 'with zone.js', config: 'test/angular/mocharc.json', zone: 'zone.js' },
    { title: 'on a server', config: 'test/angular/server/mocharc.json', zone: '' },
  ];
  for (const { title, config, zone } of suites) {
    it(`is what its *.spec.ts say, ${title}`, async () => {
      const mocha = ['node_modules/mocha/bin/mocha.js', '--config', config, '--reporter', 'dot'];
      const env = { ...process.env, ZONE: zone };
      const { stdout } = await run(process.execPath, mocha, { env }).catch(
        (error: unknown) => error as { stdout: string },
      );
      expect(stdout)
        .to.match(/passing/)
        .and.not.match(/failing/);
    });
  }
});
