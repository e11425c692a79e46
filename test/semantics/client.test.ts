import { expect } from 'chai';
import { type OperatorFunction, Subject, firstValueFrom, map, takeUntil, timer, toArray } from 'rxjs';
import { type Packet, type PacketEvent, mqtt, received, sent } from '../../src/index.js';
import { virtualBroker } from '../../src/testing/index.js';
import { mqttMarbles } from '../support/marbles.js';
import { heard, onBroker, showing } from './support.js';

const word = (value: unknown) => String(value);

describe('what a client promises', () => {
  it(
    'connect() that is unsubscribed goes on connecting; connection$ that is unsubscribed has no effect either [S7] [S10]',
    mqttMarbles(helpers => {
      const { mqtt } = onBroker(helpers);
      helpers.act('-c-u', {
        c: () => mqtt.connect().subscribe().unsubscribe(),
        u: () => mqtt.connection$.subscribe().unsubscribe(),
      });
      helpers.expectConnection(mqtt).toBe('ic--C');
    }),
  );

  it(
    'a second disconnect() joins; the first goes on though nobody waits for it any more [S9]',
    mqttMarbles(helpers => {
      const { mqtt } = onBroker(helpers, { closeTimeout: 10 });
      const ends: string[] = [];
      helpers.act('c---d', {
        c: () => mqtt.connect().subscribe(),
        d: () => {
          mqtt.disconnect().subscribe().unsubscribe();
          mqtt.disconnect().subscribe({ complete: () => ends.push(mqtt.connection.status) });
        },
      });
      helpers.act('- 40ms e', { e: () => expect(ends).to.deep.equal(['closed']) });
    }),
  );

  it(
    'the streams that show tell nothing of what was before, and outlive disconnect() [S5] [S15]',
    mqttMarbles(helpers => {
      const { broker, mqtt } = onBroker(helpers);
      const early = Object.entries(showing(mqtt)).map(([name, stream$]) => [name, heard(stream$, word)] as const);
      const late: (readonly [string, string[]])[] = [];
      helpers.act('s----m---d-e', {
        s: () => mqtt.topic$('t', { qos: 0 }).subscribe(),
        m: () => {
          broker.publish('nobody'); // not subscribed to: it does not come
          broker.publish('t');
        },
        d: () => mqtt.disconnect().subscribe(),
        e: () => late.push(...Object.entries(showing(mqtt)).map(([name, $]) => [name, heard($, word)] as const)),
      });
      helpers.act('- 30ms e', {
        e: () => {
          expect(Object.fromEntries(early)).to.deep.equal({
            packet$: ['connect', 'connack', 'subscribe', 'suback', 'publish', 'disconnect'],
            ack$: ['subscribe'],
            unrouted$: [],
            undecodable$: [],
            warning$: [],
          });
          expect(late.flatMap(([, log]) => log)).to.deep.equal([]);
        },
      });
    }),
  );

  it('packet$ shows no password, and costs nobody anything when nobody looks [S16]', async () => {
    const broker = virtualBroker();
    const client = mqtt('mqtt://b', { transport: broker.transport, username: 'u', password: 'secret' });
    const packets: PacketEvent[] = [];
    client.packet$.subscribe(event => packets.push(event));
    await firstValueFrom(client.connect());
    client.close();
    expect(packets.map(({ direction, packet }) => `${direction} ${packet.cmd}`)).to.deep.equal([
      'sent connect',
      'received connack',
      'sent disconnect',
    ]);
    expect(packets[0]!.packet).to.include({ username: 'u' }).and.not.to.have.property('password');
  });

  it('received() and sent() keep one command, and end as their source does [S16]', () => {
    const event = (direction: 'received' | 'sent', cmd: 'pingreq' | 'pingresp') =>
      ({ direction, packet: { cmd }, timestamp: 0 }) as PacketEvent;
    const ends = (operator: OperatorFunction<PacketEvent, Packet>) => {
      const event$ = new Subject<PacketEvent>();
      const completed = heard(event$.pipe(operator), packet => packet.cmd);
      event$.next(event('received', 'pingresp'));
      event$.next(event('sent', 'pingreq'));
      event$.complete();

      const broken$ = new Subject<PacketEvent>();
      const failed = heard(broken$.pipe(operator), packet => packet.cmd);
      broken$.error({ code: 'BROKEN' });
      return [...completed, ...failed];
    };
    expect(ends(received('pingresp'))).to.deep.equal(['pingresp', '|', '#BROKEN']);
    expect(ends(sent('pingreq'))).to.deep.equal(['pingreq', '|', '#BROKEN']);
  });

  it(
    'stats$ emits the figures of now, then changed ones, once a second; each subscriber has its own [S18]',
    mqttMarbles(helpers => {
      const { mqtt } = onBroker(helpers, {}, 5000);
      const stats = (ms: number) => {
        const log: string[] = [];
        helpers.act(`- ${ms}ms s`, {
          s: () => {
            const until = mqtt.stats$.pipe(takeUntil(timer(4800 - ms)));
            until.subscribe(({ nextPacketId }) => log.push(`${nextPacketId}`));
          },
        });
        return log;
      };
      const [first, second] = [stats(10), stats(2500)];
      helpers.act('- 1500ms p', { p: () => mqtt.publish('t', '', { qos: 1 }).subscribe() });
      helpers.act('- 4900ms e', { e: () => expect([first, second]).to.deep.equal([['1', '2'], ['2']]) });
    }),
  );

  it('close() never throws, in any state; await using waits until it is closed [S11]', async () => {
    const broker = virtualBroker();
    let inside: string;
    const client = mqtt('mqtt://b', { transport: broker.transport });
    {
      await using owned = client;
      await firstValueFrom(owned.connect());
      inside = owned.connection.status;
    }
    expect([inside, client.connection.status]).to.deep.equal(['connected', 'closed']);
    for (let again = 0; again < 2; again++) client.close();
    mqtt('mqtt://b', { transport: broker.transport }).close();
  });

  it(
    'after disconnect() whatever is asked errors with CLIENT_CLOSED, until connect() [S6]',
    mqttMarbles(helpers => {
      const { mqtt } = onBroker(helpers);
      const logs: Record<string, string[]> = {};
      helpers.act('c---d----a----b', {
        c: () => mqtt.connect().subscribe(),
        d: () => mqtt.disconnect().subscribe(),
        a: () => {
          logs.topic = heard(mqtt.topic$('t'), word);
          logs.publish = heard(mqtt.publish('t'), word);
          logs.request = heard(mqtt.request('t'), word);
          logs.respond = heard(
            mqtt.respond('t', () => ''),
            word,
          );
          logs.consume = heard(
            mqtt.consume('t', () => undefined),
            word,
          );
          logs.publishAll = heard(mqtt.publishAll([{ topic: 't' }]), word);
        },
        b: () => {
          for (const [name, log] of Object.entries(logs)) expect(log, name).to.deep.equal(['#CLIENT_CLOSED']);
          return mqtt.connect().pipe(
            map(({ reasonCode }) => expect(reasonCode).to.equal(0)),
            toArray(),
          );
        },
      });
    }),
  );
});
