import { expect } from 'chai';
import { NEVER, asyncScheduler, map, takeUntil, timer } from 'rxjs';
import type { MqttWarning } from '../../../src/index.js';
import { mqttMarbles } from '../../support/marbles.js';
import { flood } from './support.js';

const MINUTES = 3 * 60_000;

/** One message every 100 ms, of a broker that sends 10 a ms: 100 times slower, and more. */
for (const [name, { version, qos, window, receiveMaximum, paused }] of Object.entries({
  '5.0, QoS 1: the broker stops at our Receive Maximum': {
    version: 5,
    qos: 1,
    window: 20,
    receiveMaximum: 20,
    paused: false,
  },
  '3.1.1, QoS 1: reading pauses': { version: 4, qos: 1, window: Infinity, receiveMaximum: undefined, paused: true },
  '3.1.1, QoS 2: reading pauses': { version: 4, qos: 2, window: Infinity, receiveMaximum: undefined, paused: true },
  '5.0, QoS 0: reading pauses': { version: 5, qos: 0, window: Infinity, receiveMaximum: undefined, paused: true },
} as const)) {
  describe(`a consumer 100 times slower than its broker, ${name}`, () => {
    it(
      'holds a bounded number of messages, and its connection lives for minutes',
      mqttMarbles(({ client, expectTimeline, status }) => {
        const { transport, seen } = flood({ version, qos, rate: 10, window });
        const mqtt = client(
          transport,
          {
            protocolVersion: version,
            keepalive: 10,
            pingTimeout: 2000,
            ackTimeout: 5000,
            clean: false,
            clientId: 'slow',
            ...(receiveMaximum && { properties: { receiveMaximum } }),
          },
          MINUTES,
        );
        let done = 0;
        let most = 0;
        const warned: string[] = [];
        mqtt.warning$.subscribe(({ code }) => warned.push(code));
        mqtt
          .consume('t', () => timer(100), { qos, buffer: { size: 50 } })
          .subscribe(({ acknowledged }) => {
            if (acknowledged) done++;
          });
        mqtt.stats$
          .pipe(takeUntil(timer(MINUTES)))
          .subscribe(({ unacknowledged }) => (most = Math.max(most, unacknowledged)));
        expectTimeline(status(mqtt)).toBe(
          '0 connecting',
          '0 connected',
          `${MINUTES} disconnecting`,
          `${MINUTES} closed`,
          `${MINUTES} |`,
        );
        asyncScheduler.schedule(() => {
          expect(done).to.be.within(MINUTES / 100 - 10, MINUTES / 100);
          expect(most).to.be.within(1, receiveMaximum ?? 50);
          expect(seen.mostOpen).to.be.most(window);
          expect(seen.pauses > 0).to.equal(paused);
          expect(seen.connections).to.equal(1);
          expect(warned).to.deep.equal([]);
          if (qos === 0) expect(seen.pings).to.be.above(MINUTES / 10_000 - 5);
        }, MINUTES - 1);
      }),
    );
  });
}

describe('flow control', () => {
  it(
    'stops in the middle of a chunk: nothing more is decoded until half are answered',
    mqttMarbles(({ client, act }) => {
      const { transport } = flood({ version: 4, qos: 0, rate: 1000 });
      const mqtt = client(transport, { protocolVersion: 4 }, 50);
      const got: { ack(): boolean }[] = [];
      mqtt.topic$('t', { qos: 0, ack: 'manual', buffer: { size: 4 } }).subscribe(message => got.push(message));
      act('--a-b', {
        a: () => {
          expect(got).to.have.length(4);
          got[0]!.ack();
          expect(got).to.have.length(4);
          got[1]!.ack(); // half are left; reading goes on at the end of the turn, not in here
          expect(got).to.have.length(4);
        },
        b: () => expect(got).to.have.length(6),
      });
    }),
  );

  it(
    'the bytes of payloads are bounded too',
    mqttMarbles(({ client, act }) => {
      const { transport, seen } = flood({ version: 4, qos: 0, rate: 10, size: 100 });
      const mqtt = client(transport, { protocolVersion: 4 }, 20);
      const got: unknown[] = [];
      mqtt.topic$('t', { qos: 0, ack: 'manual', buffer: { bytes: 250 } }).subscribe(message => got.push(message));
      act('-----a', {
        a: () => {
          expect(got).to.have.length(3);
          expect(seen.paused).to.equal(true);
        },
      });
    }),
  );

  it(
    'unsubscribing lets go of the brake; so does a subscriber for one who stays',
    mqttMarbles(({ client, act }) => {
      const { transport, seen } = flood({ version: 4, qos: 0, rate: 10 });
      const mqtt = client(transport, { protocolVersion: 4 }, 30);
      const slow = mqtt.topic$('t', { qos: 0, ack: 'manual', buffer: { size: 3 } }).subscribe();
      act('-----a----b', {
        a: () => {
          expect(seen.paused).to.equal(true);
          slow.unsubscribe();
        },
        b: () => expect(seen.paused).to.equal(false),
      });
    }),
  );

  it(
    'a window that is stuck is said once, with what holds it up; again after progress only',
    mqttMarbles(({ client, act }) => {
      const { transport } = flood({ version: 5, qos: 1, rate: 5, window: 2 });
      const mqtt = client(
        transport,
        { ackWarnAfter: 100, clean: false, clientId: 'me', properties: { receiveMaximum: 2 } },
        2000,
      );
      const warnings: MqttWarning[] = [];
      mqtt.warning$.subscribe(warning => warnings.push(warning));
      const got: { ack(): boolean }[] = [];
      mqtt.topic$('t', { ack: 'manual' }).subscribe(message => got.push(message));
      act('500ms a 500ms b', {
        a: () => {
          expect(warnings).to.have.length(1);
          const [stuck] = warnings;
          expect(stuck).to.include({ code: 'RECEIVE_WINDOW_STUCK', unacknowledged: 2, paused: false });
          expect(stuck).to.have.nested.property('oldest.topic', 't');
          expect(stuck).to.have.deep.nested.property('oldest.filters', ['t']);
          expect(stuck).to.have.nested.property('oldest.age').within(90, 160);
          got[0]!.ack();
        },
        b: () => expect(warnings).to.have.length(2),
      });
    }),
  );

  it(
    'manual acknowledgement on a session that ends with the connection is warned of, once',
    mqttMarbles(({ client, act }) => {
      const codes: string[][] = [[], [], []];
      const sessions = [{}, { sessionExpiry: 60 }, { clean: false, clientId: 'me' }];
      sessions.forEach((session, i) => {
        const mqtt = client(flood({ version: 5, qos: 0, rate: 0 }).transport, session, 50);
        mqtt.warning$.subscribe(({ code }) => codes[i]!.push(code));
        mqtt.topic$('t', { ack: 'manual' }).subscribe();
        mqtt.topic$('u').subscribe();
        asyncScheduler.schedule(() => mqtt.topic$('v', { ack: 'manual' }).subscribe(), 10);
      });
      act('20ms a', { a: () => expect(codes).to.deep.equal([['MANUAL_ACK_CLEAN_SESSION'], [], []]) });
    }),
  );

  it(
    'a link that cannot be paused: said once; above 16 MiB undecoded the connection ends, and the broker is told',
    mqttMarbles(({ client, act, expectTimeline }) => {
      const { transport } = flood({ version: 5, qos: 0, rate: 20, size: 100_000, pausable: false });
      const mqtt = client(transport, { reconnect: false }, 50);
      const codes: string[] = [];
      mqtt.warning$.subscribe(({ code }) => codes.push(code));
      expectTimeline(mqtt.topic$('t', { qos: 0, ack: 'manual', buffer: { size: 2 } }).pipe(map(() => 'message'))).toBe(
        '1 message',
        '1 message',
        '9 # RECEIVE_OVERFLOW',
      );
      act('20ms a', { a: () => expect(codes).to.deep.equal(['LINK_CANNOT_PAUSE']) });
    }),
  );

  it(
    'disconnect() ends a connection that is paused at once',
    mqttMarbles(({ client, act, expectTimeline, status }) => {
      const { transport } = flood({ version: 4, qos: 0, rate: 10 });
      const mqtt = client(transport, { protocolVersion: 4 }, 5000);
      mqtt.consume('t', () => NEVER, { qos: 0, buffer: { size: 3 } }).subscribe();
      act('10ms d', { d: () => mqtt.disconnect().subscribe() });
      expectTimeline(status(mqtt)).toBe('0 connecting', '0 connected', '10 disconnecting', '10 closed', '10 |');
    }),
  );
});
