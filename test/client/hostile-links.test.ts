import { expect } from 'chai';
import { EMPTY, NEVER, Observable, map, timer } from 'rxjs';
import type { Link, Transport } from '../../src/index.js';
import { connecting, journey } from '../support/journey.js';
import { mqttMarbles } from '../support/marbles.js';
import { connack, publish, suback, describePacket } from '../support/packets.js';

const packets = {
  a: connack(),
  s: suback(1, 1),
  m: publish('t', { qos: 1, packetId: 1 }),
  n: publish('t', { qos: 1, packetId: 2 }),
};
const manual = { ack: 'manual', buffer: { size: 1 } } as const;
const lasting = { sessionExpiry: 60 };
const fixed = { initial: 3, jitter: 'none', factor: 1 } as const;

/** The first link behaves like this, those after it are good. */
function first(transport: Transport, behaviour: (link: Link) => Partial<Link>): Transport {
  let links = 0;
  return target =>
    transport(target).pipe(
      map(link =>
        links++ > 0 ? link : Object.defineProperties({ ...link }, Object.getOwnPropertyDescriptors(behaviour(link))),
      ),
    );
}

const hostile = (words: string) => (): never => {
  throw new TypeError(words);
};

describe('a link of the user that throws', () => {
  it(
    'at data$ fails the attempt with that, and the client connects again',
    mqttMarbles(({ broker, expectTimeline }) => {
      const transport = first(broker(['-a', '-a'], packets), () => ({
        get data$(): never {
          throw new TypeError('no data');
        },
      }));
      const mqtt = connecting('mqtt://a', { transport, reconnect: fixed }, 10);
      expectTimeline(journey(mqtt)).toBe(
        '0 connecting mqtt://a',
        '0 waiting 3: TRANSPORT_ERROR',
        '3 connecting mqtt://a',
        '4 connected',
        '10 closed',
        '10 |',
      );
      mqtt.connection$.subscribe(state => {
        if (state.status === 'reconnecting') expect(state.error.cause).to.have.property('message', 'no data');
      });
    }),
  );

  it(
    'at pause() ends the connection with that, and the client connects again',
    mqttMarbles(({ broker, expectTimeline }) => {
      const transport = first(broker(['-a-s-(mn)', '-a'], packets), () => ({ pause: hostile('no pause') }));
      const mqtt = connecting('mqtt://a', { transport, reconnect: fixed, ...lasting }, 20);
      timer(0).subscribe(() => mqtt.topic$('t', manual).subscribe({ error: () => undefined }));
      expectTimeline(journey(mqtt)).toBe(
        '0 connecting mqtt://a',
        '1 connected',
        '5 waiting 3: TRANSPORT_ERROR',
        '8 connecting mqtt://a',
        '9 connected',
        '20 closed',
        '20 |',
      );
      mqtt.connection$.subscribe(state => {
        if (state.status === 'reconnecting') expect(state.error.cause).to.have.property('message', 'no pause');
      });
    }),
  );

  it(
    'at resume() ends it too, wherever the consumer was that had it resumed',
    mqttMarbles(({ broker, expectTimeline }) => {
      const transport = first(broker(['-a-s-(mn)', '-a'], packets), () => ({
        pause: () => undefined,
        resume: hostile('no resume'),
      }));
      const mqtt = connecting('mqtt://a', { transport, reconnect: fixed, ...lasting }, 20);
      timer(0).subscribe(() =>
        mqtt.topic$('t', manual).subscribe(message => {
          timer(2).subscribe(() => message.ack());
        }),
      );
      expectTimeline(journey(mqtt)).toBe(
        '0 connecting mqtt://a',
        '1 connected',
        '7 waiting 3: TRANSPORT_ERROR',
        '10 connecting mqtt://a',
        '11 connected',
        '20 closed',
        '20 |',
      );
    }),
  );

  it(
    'at end() and resume() on the way out is closed all the same, without an error, after DISCONNECT',
    mqttMarbles(({ broker, expectTimeline }) => {
      const transport = first(broker(['-a'], packets), () => ({
        end: hostile('no end'),
        resume: hostile('no resume'),
      }));
      const mqtt = connecting('mqtt://a', { transport, closeTimeout: 4 }, 10);
      expectTimeline(journey(mqtt)).toBe('0 connecting mqtt://a', '1 connected', '14 closed', '14 |');
      expectTimeline(mqtt.packet$.pipe(map(({ packet }) => describePacket(packet)))).toBe(
        '0 CONNECT v5',
        '1 CONNACK',
        '10 DISCONNECT',
      );
    }),
  );

  it(
    'at unsentBytes is a link that does not know',
    mqttMarbles(({ broker, expectTimeline }) => {
      const transport = first(broker(['-a'], packets), () => ({
        get unsentBytes(): never {
          throw new TypeError('no number');
        },
      }));
      const mqtt = connecting('mqtt://a', { transport }, 5);
      expectTimeline(journey(mqtt)).toBe('0 connecting mqtt://a', '1 connected', '5 closed', '5 |');
      mqtt.stats$.subscribe(({ unsentBytes }) => expect(unsentBytes).to.be.a('number'));
    }),
  );

  it(
    'at the DISCONNECT that tells why it is left does not hide why',
    mqttMarbles(({ broker, expectTimeline }) => {
      const script = broker(['-a-x', '-a'], { ...packets, x: connack() });
      const transport = first(script, link => ({
        write: chunk => {
          if (chunk[0] === 0xe0) throw new TypeError('no write');
          return link.write(chunk);
        },
      }));
      const mqtt = connecting('mqtt://a', { transport, reconnect: fixed }, 10);
      expectTimeline(journey(mqtt)).toBe(
        '0 connecting mqtt://a',
        '1 connected',
        '3 waiting 3: PROTOCOL_ERROR',
        '6 connecting mqtt://a',
        '7 connected',
        '10 closed',
        '10 |',
      );
    }),
  );
});

describe('a link of the user that ends while the transport emits it', () => {
  it(
    'is closed, once for each attempt',
    mqttMarbles(({ flush }) => {
      const open = { now: 0, inAll: 0 };
      const transport: Transport = () =>
        new Observable(subscriber => {
          open.now++;
          open.inAll++;
          subscriber.next({ data$: EMPTY, write: () => true, drain$: NEVER });
          return () => open.now--;
        });
      const mqtt = connecting('mqtt://a', { transport, reconnect: fixed }, 100);
      const atStates: number[] = [];
      mqtt.connection$.subscribe(({ status }) => {
        if (status === 'connecting') atStates.push(open.now);
      });
      flush();
      expect(atStates.length).to.be.above(20);
      expect(new Set(atStates)).to.deep.equal(new Set([0]));
      expect(open.inAll).to.be.above(20);
      expect(open.now).to.equal(0);
    }),
  );
});
