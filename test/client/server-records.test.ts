import { expect } from 'chai';
import { ServerRecords } from '../../src/client/lifecycle/servers/server-records.js';
import { Warnings } from '../../src/client/warnings.js';
import { MqttError } from '../../src/errors.js';
import type { Transport } from '../../src/index.js';
import { connecting } from '../support/journey.js';
import { mqttMarbles } from '../support/marbles.js';
import { connack } from '../support/packets.js';

describe('what is remembered of servers', () => {
  it('is bounded: a broker that redirects to ever new names pushes out those, not the server that is used', () => {
    const records = new ServerRecords(new Warnings());
    const home = records.of('mqtt://home');
    const first = records.of('mqtt://0');
    for (let i = 0; i < 1000; i++) {
      records.of(`mqtt://${i}`);
      expect(records.of('mqtt://home')).to.equal(home);
    }
    expect(records.of('mqtt://0')).not.to.equal(first);
  });

  it('holds the versions of each server', () => {
    const records = new ServerRecords(new Warnings());
    const refuses5 = new MqttError('UNSUPPORTED_PROTOCOL_VERSION', 'no', { reasonCode: 0x84 });
    records.of('mqtt://home').versions.startAttempt().fail(refuses5);
    expect(records.of('mqtt://home').versions.startAttempt().version).to.equal(4);
    expect(records.of('mqtt://away').versions.startAttempt().version).to.equal(5);
  });

  it(
    'tells a transport how many attempts have failed since the server has last accepted a connection',
    mqttMarbles(({ broker, flush }) => {
      const failures: unknown[] = [];
      const script = broker(['#', '#', '-a-#', '#', '-a'], { a: connack() });
      const transport: Transport = target => {
        failures.push(target.failures);
        return script(target);
      };
      connecting('mqtt://a', { transport, reconnect: { initial: 3, max: 3, jitter: 'none' } }, 100);
      flush();
      expect(failures).to.deep.equal([0, 1, 2, 0, 1]);
    }),
  );
});
