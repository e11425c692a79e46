import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect } from 'chai';

const run = promisify(execFile);

// A process of its own: Angular needs a document, and zone.js changes every timer and promise there is.
describe('rxjs-mqtt/angular', function () {
  this.timeout(60_000);

  for (const zone of ['none', 'zone.js']) {
    it(`keeps what *.spec.ts say of it (zone: ${zone})`, async () => {
      const { stdout } = await run('npx', ['mocha', '--config', 'test/angular/mocharc.json', '--reporter', 'dot'], {
        env: { ...process.env, ZONE: zone },
      }).catch((error: unknown) => error as { stdout: string });
      expect(stdout)
        .to.match(/passing/)
        .and.not.match(/failing/);
    });
  }
});
