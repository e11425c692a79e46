import { filter, map, skip } from 'rxjs';
import type { MqttClient, MqttOptions } from '../../src/index.js';
import { virtualBroker } from '../../src/testing/index.js';
import { mqttMarbles } from '../support/marbles.js';
import { connack } from '../support/packets.js';

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
  it('never with keepalive 0 [MQTT-3.1.2.10]', pings({ keepalive: 0 }, undefined, 86_400));
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

describe('a broker that does not answer PINGREQ', () => {
  for (const protocolVersion of [5, 4] as const) {
    it(
      `${protocolVersion}: is pinged within the Keep Alive all the same, and left without DISCONNECT [MQTT-3.1.2-20] [MQTT-3.14.2-1] [MQTT-3.14.2.1]`,
      mqttMarbles(({ broker, client, act, sent, expectTimeline }) => {
        const options: MqttOptions = { protocolVersion, keepalive: 1, pingTimeout: 2000, reconnect: false };
        const mqtt = client(broker(['a'], { a: connack() }, protocolVersion), options, 5000);
        act('c', { c: () => mqtt.connect().subscribe() });
        expectTimeline(sent(mqtt)).toBe(`0 CONNECT v${protocolVersion}`, '750 PINGREQ', '1500 PINGREQ', '2250 PINGREQ');
      }),
    );
  }
});

describe('a broker that announces a packet of 1 MB', () => {
  /** Its first bytes: a PUBLISH with a remaining length of 1,000,000. */
  const header = Uint8Array.of(0x30, 0xc0, 0x84, 0x3d);
  const reasons = (mqtt: MqttClient) =>
    mqtt.connection$.pipe(map(state => ('error' in state && state.error ? state.error.code : state.status)));

  for (const [what, size, ...end] of [
    [
      'and sends a byte of it now and then is left after three periods [S121]',
      1,
      '2250 KEEPALIVE_TIMEOUT',
      '5000 disconnecting',
      '5000 closed',
      '5000 |',
    ],
    ['and sends it at 2 kB/s is waited for', 200, '5000 disconnecting', '5000 closed', '5000 |'],
  ] as const) {
    it(
      what,
      mqttMarbles(({ broker, client, act, expectTimeline }) => {
        const bytes = new Uint8Array(size);
        const script = `ah ${'99ms b '.repeat(49)}`;
        const options: MqttOptions = { keepalive: 1, pingTimeout: 500, reconnect: { initial: 60_000, jitter: 'none' } };
        const mqtt = client(broker([script], { a: connack(), h: header, b: bytes }), options, 5000);
        act('c', { c: () => mqtt.connect().subscribe() });
        expectTimeline(reasons(mqtt).pipe(skip(2))).toBe('0 connected', ...end);
      }),
    );
  }
});
