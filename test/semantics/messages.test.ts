import { expect } from 'chai';
import { Subject, firstValueFrom, map } from 'rxjs';
import { type Consumed, mqtt } from '../../src/index.js';
import { virtualBroker } from '../../src/testing/index.js';
import { mqttMarbles } from '../support/marbles.js';
import { connack, publish, suback } from '../support/packets.js';
import { heard, onBroker } from './support.js';

const lasting = { clean: false, clientId: 'me' } as const;
const how = ({ status, message, acknowledged }: Consumed) => `${status} ${message.text()} ${acknowledged}`;

describe('what becomes of messages', () => {
  it(
    'come in the order of the broker, one packet after the other, whatever their QoS [S55]',
    mqttMarbles(({ broker, client, act }) => {
      const packets = {
        c: connack(),
        s: suback(1, 2),
        a: publish('t', { qos: 2, packetId: 1, payload: 'a' }),
        b: publish('t', { payload: 'b' }),
        d: publish('t', { qos: 1, packetId: 2, payload: 'd' }),
      };
      const mqtt = client(broker(['-c-s-(abd)'], packets), {}, 20);
      const log: string[] = [];
      for (const who of [1, 2]) mqtt.topic$('t', { qos: 2 }).subscribe(message => log.push(`${message.text()}${who}`));
      act('---------e', { e: () => expect(log).to.deep.equal(['a1', 'a2', 'b1', 'b2', 'd1', 'd2']) });
    }),
  );

  it(
    'consume() acknowledges when the handler has completed, one message at a time, and tells of it afterwards [S34]',
    mqttMarbles(helpers => {
      const { broker, mqtt } = onBroker(helpers, lasting);
      const work: Subject<void>[] = [];
      const log: string[] = [];
      mqtt.packet$.subscribe(({ packet }) => packet.cmd === 'puback' && log.push('PUBACK'));
      mqtt
        .consume('t', () => {
          log.push('begins');
          return (work[work.length] = new Subject<void>());
        })
        .subscribe(consumed => log.push(how(consumed)));
      helpers.act('- 5ms m---a---b', {
        m: () => ['one', 'two'].forEach(text => broker.publish('t', text, { qos: 1 })),
        a: () => work[0]!.complete(),
        b: () => work[1]!.complete(),
      });
      helpers.act('- 20ms e', {
        e: () =>
          expect(log).to.deep.equal([
            ...['begins', 'PUBACK', 'done one true'],
            ...['begins', 'PUBACK', 'done two true'],
          ]),
      });
    }),
  );

  it(
    'consume() with a handler that fails errors, and leaves the message unacknowledged; unsubscribing unsubscribes the handlers [S34]',
    mqttMarbles(helpers => {
      const { broker, mqtt } = onBroker(helpers, lasting);
      const work = new Subject<void>();
      const acknowledged: number[] = [];
      mqtt.packet$.subscribe(({ packet }) => packet.cmd === 'puback' && acknowledged.push(packet.packetId));
      const log = heard(
        mqtt.consume('fails', () => {
          throw Object.assign(new Error('no'), { code: 'MINE' });
        }),
        how,
      );
      const given = mqtt.consume('slow', () => work).subscribe();
      helpers.act('- 5ms m----u', {
        m: () => ['fails', 'slow'].forEach(topic => broker.publish(topic, 'x', { qos: 1 })),
        u: () => {
          expect([log, acknowledged, work.observed]).to.deep.equal([['#MINE'], [], true]);
          given.unsubscribe();
          expect(work.observed).to.equal(false);
        },
      });
    }),
  );

  it(
    'disconnect() completes topic$, and consume() when its handlers have [S28] [S34]',
    mqttMarbles(helpers => {
      const { broker, mqtt } = onBroker(helpers, lasting);
      const work = new Subject<void>();
      const topic = heard(mqtt.topic$('t'), message => message.text());
      const consumed = heard(
        mqtt.consume('t', () => work),
        how,
      );
      helpers.act('- 5ms m----d---w', {
        m: () => broker.publish('t', 'x', { qos: 1 }),
        d: () => mqtt.disconnect().subscribe(),
        w: () => {
          expect([topic, consumed]).to.deep.equal([['x', '|'], []]);
          work.complete();
          expect(consumed).to.deep.equal(['done x false', '|']); // too late to be acknowledged
        },
      });
    }),
  );

  it(
    'a new client begins with an empty session: what was queued is gone, what the broker kept comes [S64]',
    mqttMarbles(helpers => {
      const { broker, mqtt: first } = onBroker(helpers, { ...lasting, reconnect: false });
      const second = helpers.client(broker, lasting, 50);
      const arrived: string[] = [];
      broker.packet$.subscribe(({ direction, packet }) => {
        if (direction === 'received' && packet.cmd === 'publish') arrived.push(packet.topic);
      });
      let got: string[] = [];
      helpers.act('s----x-----y', {
        s: () => first.topic$('t', { qos: 2 }).subscribe({ error: () => undefined }),
        // the process dies: the link breaks, and what it had in its queue nobody sends
        x: () => {
          broker.halfOpen('me');
          first.publish('lost', '', { qos: 1 }).subscribe({ error: () => undefined });
          broker.cut('me');
          broker.publish('t', 'kept', { qos: 2 });
        },
        y: () => {
          got = heard(second.topic$('t', { qos: 2 }), message => message.text());
          return second.connect().pipe(map(({ sessionPresent }) => expect(sessionPresent).to.equal(true)));
        },
      });
      helpers.act('- 45ms e', { e: () => expect([got, arrived]).to.deep.equal([['kept'], []]) });
    }),
  );

  it('a QoS 2 message that was handed over and not released comes once more to a new client [S64]', async () => {
    const broker = virtualBroker();
    const options = { ...lasting, transport: broker.transport, reconnect: false } as const;
    const life = async (told: (client: ReturnType<typeof mqtt>) => void) => {
      const client = mqtt('mqtt://b', options);
      const message$ = client.topic$('t', { qos: 2 });
      const came = firstValueFrom(message$);
      await firstValueFrom(client.connect());
      told(client);
      const message = await came;
      client.close();
      return message;
    };
    broker.inject({ fault: 'cut', packet: 'pubrec' });
    const first = await life(client => {
      client.ack$.subscribe(() => broker.publish('t', 'x', { qos: 2 }));
    });
    const second = await life(() => undefined);
    expect([first, second].map(({ dup }) => dup)).to.deep.equal([false, true]);
  });
});
