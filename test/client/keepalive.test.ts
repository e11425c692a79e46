import { filter, map } from 'rxjs';
import type { MqttOptions } from '../../src/index.js';
import { virtualBroker } from '../../src/testing/index.js';
import { mqttMarbles } from '../support/marbles.js';

/** When a client that has nothing to say pings in its first so many s. The broker answers at once. */
const pings = (options: MqttOptions, serverKeepAlive: number | undefined, seconds: number, ...at: readonly string[]) =>
  mqttMarbles(({ client, act, expectTimeline }) => {
    const broker = virtualBroker(serverKeepAlive === undefined ? {} : { connack: { serverKeepAlive } });
    const mqtt = client(broker, { protocolVersion: 5, ...options }, seconds * 1000);
    act('c', { c: () => mqtt.connect().subscribe() });
    const ping$ = mqtt.packet$.pipe(
      filter(({ packet }) => packet.cmd === 'pingreq'),
      map(() => 'ping'),
    );
    expectTimeline(ping$).toBe(...at.map(ms => `${ms} ping`));
  });

describe('when a client pings', () => {
  it(
    'after three quarters of the keepalive: proxies cut what is idle for a minute [S123]',
    pings({}, undefined, 100, '45000', '90000'),
  );
  it(
    'after three quarters of the Server Keep Alive, where the broker sets one [MQTT-3.2.2-21]',
    pings({ keepalive: 60 }, 20, 40, '15000', '30000'),
  );
  it('never with keepalive 0', pings({ keepalive: 0 }, undefined, 86_400));
  it('after idlePing with keepalive 0 [S123]', pings({ keepalive: 0, idlePing: 1 }, undefined, 3, '1000', '2000'));
  it(
    'after idlePing too where the broker sets a Server Keep Alive, as mosquitto does: 65535 for 0 [S123]',
    pings({ keepalive: 0, idlePing: 1 }, 65_535, 3, '1000', '2000'),
  );
  it(
    'but never later than the Server Keep Alive asks for',
    pings({ keepalive: 0, idlePing: 100 }, 10, 20, '7500', '15000'),
  );
});
