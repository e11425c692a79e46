import { virtualBroker, type VirtualBrokerOptions } from '../../src/testing/index.js';
import { closedAfterEach, unique } from '../broker/support.js';
import { type Check, checks } from '../interop/checks.js';
import { describeWithoutLeaks } from '../support/resources.js';

/** What every real broker is asked too: see test/interop. */
describe('virtualBroker: what is asked of mosquitto and the others', () => {
  describeWire('at once', {});
  describeWire('with latency, in small pieces', { latency: 1, pieces: 1000 });
});

function describeWire(title: string, options: VirtualBrokerOptions): void {
  for (const version of [5, 4, 3] as const) {
    describeWithoutLeaks(`${title}: protocolVersion ${version}`, () => {
      const clients = closedAfterEach({ protocolVersion: version });
      for (const [name, check] of Object.entries(checks) as [string, Check][]) {
        if (check.versions?.includes(version) === false) continue;
        it(name, () => {
          const broker = virtualBroker(options);
          const cuttable: string[] = [];
          const { transport } = broker;
          return check.run({
            version,
            granted: asked => asked,
            client: given => clients('mqtt://virtual', { transport, ...given }),
            cuttable: given => {
              const clientId = given?.clientId ?? unique();
              cuttable.push(clientId);
              return clients('mqtt://virtual', { transport, ...given, clientId });
            },
            cut: () => cuttable.forEach(clientId => broker.cut(clientId)),
            unique,
          });
        });
      }
    });
  }
}
