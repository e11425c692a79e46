import { expect } from 'chai';
import { Subject, map } from 'rxjs';
import type { MqttError, ConnectionState, MqttOptions } from '../../src/index.js';
import { mqttMarbles } from '../support/marbles.js';
import { connack, publish } from '../support/packets.js';
import { expectUnhandled } from '../support/unhandled.js';

const a = connack();
const fixed = { initial: 3, jitter: 'none' } as const;
const noMatter = { error: () => undefined };

const boom = (): never => {
  throw new Error('s3cret');
};

describe('functions of users that throw inside of the engine', () => {
  it(
    'a transport that throws, and one that gives no stream, is a failed attempt as one that errors [S92]',
    mqttMarbles(({ broker, client, act, status, expectTimeline }) => {
      const working = broker(['a'], { a });
      let times = 0;
      const transport: MqttOptions['transport'] = target => {
        if (++times === 1) boom();
        return times === 2 ? (undefined as never) : working(target);
      };
      const mqtt = client(transport, { reconnect: { ...fixed, factor: 1 } }, 20);
      act('c', { c: () => mqtt.connect().subscribe() });
      const seen = ['0 idle', '0 connecting', '0 reconnecting', '3 connecting', '3 reconnecting', '6 connecting'];
      expectTimeline(status(mqtt)).toBe(...seen, '6 connected', '20 disconnecting', '20 closed', '20 |');
    }),
  );

  const strategies: [string, MqttOptions['reconnect']][] = [
    ['throws', boom],
    ['errors', () => new Subject<void>().pipe(map(boom)) && Promise.reject(new Error('s3cret'))],
  ];
  for (const [how, reconnect] of strategies) {
    it(`a strategy that ${how} is the end, with OPTIONS_FAILED that names it [S92]`, async () => {
      const { mqtt } = await import('../../src/index.js');
      const client = mqtt('mqtt://broker', { reconnect: reconnect!, transport: boom });
      const states: ConnectionState[] = [];
      await new Promise<void>(resolve => {
        client.connection$.subscribe({ next: state => states.push(state), complete: resolve });
        client.connect().subscribe(noMatter);
      });
      const { error } = states.at(-1) as { error: MqttError };
      expect(error).to.include({ code: 'OPTIONS_FAILED', subject: 'reconnect' });
      expect(error.message).not.to.include('s3cret');
      expect((error.cause as Error).message).to.equal('s3cret');
    });
  }

  it(
    'a subscriber that throws ends neither the connection that reads nor its neighbours, whichever stream it is of [S66] [S92]',
    mqttMarbles(({ broker, client, act, status, expectTimeline }) => {
      const script = { a, m: publish('t', { qos: 1, packetId: 1 }), n: publish('t', { qos: 1, packetId: 2 }) };
      const mqtt = client(broker(['-a-mn'], script), {}, 20);
      expectUnhandled(...Array.from({ length: 8 }, () => 's3cret'));
      const heard: (number | undefined)[] = [];
      act('c', {
        c: () => {
          mqtt.packet$.subscribe(({ packet }) => packet.cmd === 'publish' && boom());
          mqtt.connection$.subscribe(({ status: now }) => now === 'connected' && boom());
          mqtt.connect().subscribe(boom);
          mqtt.topic$('t').subscribe(boom);
          mqtt.publish('u').subscribe(boom);
          mqtt.topic$('t').subscribe(({ packetId }) => heard.push(packetId));
        },
      });
      expectTimeline(status(mqtt)).toBe(
        '0 idle',
        '0 connecting',
        '1 connected',
        '20 disconnecting',
        '20 closed',
        '20 |',
      );
      mqtt.connection$.subscribe({ complete: () => expect(heard).to.deep.equal([1, 2]) });
    }),
  );
});
