import { expect } from 'chai';
import { NEVER, Subject, asyncScheduler, concat, distinctUntilChanged, filter, map, of, take } from 'rxjs';
import type { AckableMessage, Link, MqttClient, Transport } from '../../../src/index.js';
import { mqttMarbles } from '../../support/marbles.js';
import { connack, suback } from '../../support/packets.js';
import { serverBytes } from '../../support/server-bytes.js';
import { flood } from './support.js';

/** Messages of QoS 1 on `t`, in 3.1.1. */
function publishes(count: number): Uint8Array {
  const bytes = new Uint8Array(count * 7);
  for (let i = 0; i < count; i++) bytes.set([0x32, 5, 0, 1, 0x74, (i + 1) >> 8, (i + 1) & 0xff], i * 7);
  return bytes;
}

/** A broker of 3.1.1 that accepts, and then does only what the test does. */
function silent() {
  const data$ = new Subject<Uint8Array>();
  const drain$ = new Subject<void>();
  const seen = { paused: false, writable: true, written: 0, pings: 0 };
  const link: Link = {
    data$,
    drain$,
    write: chunk => {
      seen.written += chunk.length;
      if (chunk[0] === 0x10) asyncScheduler.schedule(() => data$.next(serverBytes(connack(), 4)));
      if (chunk[0] === 0x82) asyncScheduler.schedule(() => data$.next(serverBytes(suback(1, 1), 4)));
      if (chunk[0] === 0xc0) seen.pings++;
      return seen.writable;
    },
    pause: () => (seen.paused = true),
    resume: () => (seen.paused = false),
  };
  const transport: Transport = () => concat(of(link), NEVER);
  return { transport, data$, drain$, seen };
}

const version4 = { protocolVersion: 4, clean: false, clientId: 'me', reconnect: false } as const;

describe('a broker that does not read our acknowledgements', () => {
  it(
    'is not read from once 1 MiB of them waits, and again when it has read them',
    mqttMarbles(({ client, act }) => {
      const { transport, data$, drain$, seen } = silent();
      const mqtt = client(transport, { ...version4, keepalive: 0, idlePing: 0 }, 100);
      let got = 0;
      mqtt.topic$('t').subscribe(() => got++);
      const perRound = 0x2000; // fewer than are read in one slice
      const enough = 1024 * 1024;
      act('5ms a 5ms b 5ms c', {
        a: () => {
          seen.writable = false;
          seen.written = 0;
          while (!seen.paused) {
            data$.next(publishes(perRound));
            expect(seen.written).to.be.below(enough + 4 * 65536);
          }
          expect(seen.written).to.be.above(enough);
          expect(got).to.be.at.least(enough / 4);
        },
        b: () => {
          const before = got;
          data$.next(publishes(10)); // what the link had read already
          expect(got).to.equal(before);
          seen.writable = true;
          drain$.next();
          expect(seen.paused).to.equal(false);
          expect(got).to.be.above(before + 9);
        },
        c: () => expect(mqtt.connection.status).to.equal('connected'),
      });
    }),
  );
});

/** Why the connection has ended. */
const ended = (mqtt: MqttClient) =>
  mqtt.connection$.pipe(
    filter(state => state.status === 'closed'),
    map(({ error }) => `${error?.code}`),
  );

describe('after a pause', () => {
  /** One message is enough. */
  const paused = { qos: 1, ack: 'manual', buffer: { size: 1 } } as const;

  it(
    'a PINGREQ has pingTimeout from there for its answer',
    mqttMarbles(({ client, act, expectTimeline }) => {
      const { transport, data$, seen } = silent();
      const mqtt = client(transport, { ...version4, keepalive: 2, pingTimeout: 1000 }, 20_000);
      let got: AckableMessage | undefined;
      mqtt.topic$('t', paused).subscribe({ next: message => (got = message), error: () => undefined });
      act('10ms a 4989ms b', {
        a: () => data$.next(publishes(1)),
        b: () => {
          expect(seen.paused).to.equal(true);
          expect(seen.pings).to.be.above(1);
          got!.ack();
        },
      });
      // not a byte comes: a ping was open, and its time begins anew at 5 s
      expectTimeline(ended(mqtt)).toBe('6000 KEEPALIVE_TIMEOUT', '6000 |');
    }),
  );

  it(
    'what is owed an acknowledgement has ackTimeout from there',
    mqttMarbles(({ client, act, expectTimeline }) => {
      const { transport, data$ } = silent();
      const mqtt = client(transport, { ...version4, keepalive: 0, idlePing: 0, ackTimeout: 1000 }, 20_000);
      let got: AckableMessage | undefined;
      mqtt.topic$('t', paused).subscribe({ next: message => (got = message), error: () => undefined });
      act('10ms a 4990ms b', {
        a: () => {
          data$.next(publishes(1));
          mqtt.publish('u', '', { qos: 1 }).subscribe({ error: () => undefined });
        },
        b: () => got!.ack(),
      });
      expectTimeline(ended(mqtt)).toBe('6010 ACK_TIMEOUT', '6010 |');
    }),
  );
});

describe('stats$ and the console', () => {
  it(
    'show what waits for an answer, since when, and whether reading pauses',
    mqttMarbles(({ client, expectTimeline }) => {
      const { transport } = flood({ version: 5, qos: 1, rate: 3, window: 3 });
      const mqtt = client(transport, { clean: false, clientId: 'me', properties: { receiveMaximum: 3 } }, 4000);
      const got: AckableMessage[] = [];
      mqtt.topic$('t', { ack: 'manual', buffer: { size: 2 } }).subscribe(message => got.push(message));
      asyncScheduler.schedule(() => got.forEach(message => message.ack()), 1500);
      const words$ = mqtt.stats$.pipe(
        map(({ unacknowledged, oldestUnacknowledged, paused }) =>
          [unacknowledged, oldestUnacknowledged, paused ? 'paused' : 'reading'].join(' '),
        ),
        distinctUntilChanged(),
        take(3),
      );
      expectTimeline(words$).toBe('0 0 0 reading', '1000 2 999 paused', '2000 2 500 paused', '2000 |');
    }),
  );

  it(
    'the console is told each code once, and nothing while warning$ is observed',
    mqttMarbles(({ client, act }) => {
      const said: string[] = [];
      const before = console.warn;
      console.warn = (words: string) => said.push(words);
      const { transport } = flood({ version: 5, qos: 1, rate: 1, window: 1 });
      const once = { quiet: false, sessionExpiry: 0, ackWarnAfter: 100, properties: { receiveMaximum: 1 } };
      const quiet = client(transport, once, 900);
      const heard: string[] = [];
      quiet.warning$.subscribe(({ code }) => heard.push(code));
      const loud = client(flood({ version: 5, qos: 1, rate: 1, window: 1 }).transport, once, 900);
      const got: AckableMessage[] = [];
      quiet.topic$('t', { ack: 'manual' }).subscribe();
      loud.topic$('t', { ack: 'manual' }).subscribe(message => got.push(message));
      act('300ms a 300ms b', {
        a: () => got[0]!.ack(),
        b: () => {
          console.warn = before;
          expect(got).to.have.length(2); // the window was stuck twice
          expect(heard).to.deep.equal(['MANUAL_ACK_CLEAN_SESSION', 'RECEIVE_WINDOW_STUCK']);
          expect(said.map(words => words.split(': ').slice(0, 2).join(' '))).to.deep.equal([
            'rxjs-mqtt MANUAL_ACK_CLEAN_SESSION',
            'rxjs-mqtt RECEIVE_WINDOW_STUCK',
          ]);
        },
      });
    }),
  );
});
