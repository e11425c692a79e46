import { map } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { connack, mockMqtt, mqttMarbles, publish, suback, virtualBroker } from './library-testing.js';
import { Thermostat } from './thermostat.js';

const toEqual = (actual: unknown, expected: unknown) => expect(actual).toEqual(expected);

describe('a thermostat, with vitest', () => {
  it('turns the heating on below the target and off above, and says so once', () => {
    const mqtt = mockMqtt();
    const orders: string[] = [];
    new Thermostat(mqtt, 20).control('attic').subscribe(order => orders.push(order));

    for (const celsius of ['19', '18', '21', '22']) mqtt.emit('attic/temperature', celsius);

    expect(orders).toEqual(['on', 'off']);
    expect(mqtt.published.map(message => `${message.topic} ${message.text()} q${message.qos}`)).toEqual([
      'attic/heating on q1',
      'attic/heating off q1',
    ]);
    mqtt.assertNoPending();
  });

  it('waits until the broker has an order before it gives the next', () => {
    const mqtt = mockMqtt({ settle: 'byHand' });
    new Thermostat(mqtt, 20).control('attic').subscribe();
    mqtt.emit('attic/temperature', '19');
    mqtt.emit('attic/temperature', '21');
    expect(mqtt.published).toHaveLength(1);
    mqtt.published[0]!.settle();
    expect(mqtt.published).toHaveLength(2);
  });

  it(
    'goes on after a reconnect',
    mqttMarbles(({ broker, client, act, expectSent, expectConnection, expectObservable }) => {
      // one script for each connection: # breaks the link
      const link = broker(['-as-#', '-at-m'], {
        a: connack(),
        s: suback(1, 1),
        t: suback(2, 1),
        m: publish('attic/temperature', { payload: '19' }),
      });
      const mqtt = client(link, { reconnect: ({ wait }) => wait(3) });
      const thermostat = new Thermostat(mqtt, 20);
      act('                                    -c', { c: () => thermostat.control('attic') });
      expectConnection(mqtt).toBe('            icC--r--cC');
      expectObservable(thermostat.online$, '   ^-------------!').toBe('f-t--f---t', { f: false, t: true });
      expectSent(mqtt).toBe('                  -cs-----cs--p', {
        c: { cmd: 'connect' },
        s: { cmd: 'subscribe' },
        p: { cmd: 'publish', topic: 'attic/heating' },
      });
    }, toEqual),
  );

  it(
    'works with a real exchange: a sensor, a broker with latency, a heating',
    mqttMarbles(({ client, act, expectTimeline }) => {
      const broker = virtualBroker({ latency: 10 });
      const [sensor, hall, heating] = [client(broker), client(broker), client(broker)];
      act('(tc)', { t: () => new Thermostat(hall, 20).control('attic'), c: () => sensor.connect() });
      act('100ms c 99ms w', {
        c: () => sensor.publish('attic/temperature', '19'),
        w: () => sensor.publish('attic/temperature', '21'),
      });
      expectTimeline(heating.topic$('+/heating').pipe(map(message => message.text()))).toBe(
        '140 on', // four ways of 10 ms
        '240 off',
        '1020 |',
      );
    }, toEqual),
  );
});
