import { expect } from 'chai';
import { EMPTY, NEVER, Observable, concatMap, map, of, throwError } from 'rxjs';
import type { RunHelpers } from 'rxjs/testing';
import { type Link, type MqttClient, type MqttOptions, type PlatformSignal, mqtt } from '../../src/index.js';
import { Clock } from '../operators/support.js';
import { mqttMarbles } from '../support/marbles.js';
import { connack, pingresp } from '../support/packets.js';

const a = connack();
const r = pingresp;
const letters: Record<string, PlatformSignal> = {
  o: 'online',
  x: 'offline',
  v: 'visible',
  u: 'resume',
  h: 'pagehide',
  s: 'pageshow',
};
const signals = (helpers: Pick<RunHelpers, 'hot'>, marbles: string): MqttOptions => ({
  platformSignal$: helpers.hot(marbles, letters),
  reconnect: { initial: 60_000, jitter: 'none' },
});
const connects = (client: MqttClient) => ({ c: () => client.connect().subscribe({ error: () => undefined }) });
const reasons = (client: MqttClient) =>
  client.connection$.pipe(
    concatMap(state => (state.status === 'reconnecting' ? of(state) : EMPTY)),
    map(({ attempt, delay, error }) => `attempt ${attempt} in ${delay} ms: ${error.code} ${error.message}`),
  );

describe('life of a page', () => {
  for (const [letter, what] of Object.entries({
    o: 'the network is back',
    x: 'the network is gone',
    v: 'the page is visible again',
    u: 'the page was frozen',
  })) {
    it(
      `probes the connection at once when ${what}`,
      mqttMarbles(helpers => {
        const { broker, client, act, sent, expectTimeline } = helpers;
        const mqtt = client(broker(['a----r-'], { a, r }), signals(helpers, `----${letter}`), 9_000);
        act('c', connects(mqtt));
        expectTimeline(sent(mqtt)).toBe('0 CONNECT v5', '4 PINGREQ', '9000 DISCONNECT');
      }),
    );
  }

  it(
    'gives up a connection that does not answer the probe within 3 s',
    mqttMarbles(helpers => {
      const { broker, client, act, expectTimeline } = helpers;
      const mqtt = client(broker(['a'], { a }), signals(helpers, '----v'), 9_000);
      act('c', connects(mqtt));
      const words = 'not a byte came within 3000 ms of PINGREQ: the connection is dead';
      expectTimeline(reasons(mqtt)).toBe(`3004 attempt 1 in 60000 ms: KEEPALIVE_TIMEOUT ${words}`, '9000 |');
    }),
  );

  for (const [what, options, ms] of [
    ['probeTimeout', { probeTimeout: 200 }, 200],
    ['pingTimeout where that is shorter', { pingTimeout: 100 }, 100],
    ['probeTimeout without keepalive too', { keepalive: 0, probeTimeout: 300 }, 300],
  ] as const) {
    it(
      `waits for the answer as long as ${what} says`,
      mqttMarbles(helpers => {
        const { broker, client, act, expectTimeline } = helpers;
        const mqtt = client(broker(['a'], { a }), { ...signals(helpers, 'v---v'), ...options }, 900);
        act('c', connects(mqtt));
        const words = `not a byte came within ${ms} ms of PINGREQ: the connection is dead`;
        expectTimeline(reasons(mqtt)).toBe(`${ms + 4} attempt 1 in 60000 ms: KEEPALIVE_TIMEOUT ${words}`, '900 |');
      }),
    );
  }

  it(
    'gives the answer the time of pingTimeout while there is something unsent before the PINGREQ',
    mqttMarbles(helpers => {
      const { broker, client, act, expectTimeline } = helpers;
      const slow = broker(['a'], { a });
      let written = 0;
      const clogged: MqttOptions['transport'] = target =>
        slow(target).pipe(
          map((link): Link => ({
            ...link,
            write: chunk => {
              written += chunk.length;
              return true;
            },
            // nine bytes have got through, and not one more does
            get unsentBytes() {
              return Math.max(0, written - 9);
            },
          })),
        );
      const mqtt = client(clogged, signals(helpers, '----v'), 20_000);
      act('c', connects(mqtt));
      const words = 'not a byte came within 10000 ms of PINGREQ: the connection is dead';
      expectTimeline(reasons(mqtt)).toBe(`10004 attempt 1 in 60000 ms: KEEPALIVE_TIMEOUT ${words}`, '20000 |');
    }),
  );

  for (const [letter, what] of Object.entries({ o: 'online', v: 'visible', u: 'frozen no more' })) {
    it(
      `tries again at once when it is ${what}, whatever the backoff says`,
      mqttMarbles(helpers => {
        const { broker, client, act, status, expectTimeline } = helpers;
        const mqtt = client(broker(['-#', 'a'], { a }), signals(helpers, `2s ${letter}`), 5_000);
        act('c', connects(mqtt));
        expectTimeline(status(mqtt)).toBe(
          '0 idle',
          '0 connecting',
          '1 reconnecting',
          '2000 connecting',
          '2000 connected',
          '5000 disconnecting',
          '5000 closed',
          '5000 |',
        );
      }),
    );
  }

  it(
    'does not try again for being offline',
    mqttMarbles(helpers => {
      const { broker, client, act, sent, expectTimeline } = helpers;
      const mqtt = client(broker(['-#', 'a'], { a }), signals(helpers, `2s x`), 5_000);
      act('c', connects(mqtt));
      expectTimeline(sent(mqtt)).toBe('0 CONNECT v5');
    }),
  );

  describe('is left', () => {
    const states = [
      '0 idle',
      '0 connecting',
      '0 connected',
      '3 reconnecting',
      '8 connecting',
      '8 connected',
      '20 disconnecting',
      '20 closed',
      '20 |',
    ] as const;
    for (const [letter, back] of Object.entries({ s: 'from the cache', v: 'as visible', u: 'as resumed' })) {
      it(
        `and says goodbye; connects again when it is back ${back}`,
        mqttMarbles(helpers => {
          const { broker, client, act, sent, status, expectTimeline } = helpers;
          const mqtt = client(broker(['a', 'a'], { a }), signals(helpers, `---h-o--${letter}`), 20);
          act('c', connects(mqtt));
          expectTimeline(sent(mqtt)).toBe('0 CONNECT v5', '3 DISCONNECT', '8 CONNECT v5', '20 DISCONNECT');
          expectTimeline(status(mqtt)).toBe(...states);
          const words = 'the page was hidden; the client connects again when it is shown';
          expectTimeline(reasons(mqtt)).toBe(`3 attempt 1 in 0 ms: CONNECTION_CLOSED ${words}`, '20 |');
        }),
      );
    }

    it(
      'and its streams go on when it is back; what was published meanwhile goes out',
      mqttMarbles(helpers => {
        const { broker, client, act, sent, expectTimeline } = helpers;
        const mqtt = client(broker(['a', 'a'], { a }), signals(helpers, '---h----s'), 20);
        act('t----p', {
          t: () => mqtt.topic$('t').subscribe(),
          p: () => mqtt.publish('t', 'x', { qos: 1 }).subscribe({ error: () => undefined }),
        });
        expectTimeline(sent(mqtt)).toBe(
          '0 CONNECT v5',
          '0 SUBSCRIBE #1 t:1',
          '3 DISCONNECT',
          '8 CONNECT v5',
          '8 SUBSCRIBE #2 t:1',
          '8 PUBLISH q1 #3 t',
          '20 DISCONNECT',
        );
      }),
    );

    it(
      'with a will: 5.0 asks the broker for it, 3.1.1 closes without DISCONNECT',
      mqttMarbles(helpers => {
        const { broker, client, act, sent, expectTimeline } = helpers;
        const will = { topic: 'gone' };
        const mqtt5 = client(broker(['a'], { a }), { ...signals(helpers, '---h'), will }, 20);
        const mqtt4 = client(
          broker(['a'], { a: connack({ returnCode: 0 }) }, 4),
          { ...signals(helpers, '---h'), will, protocolVersion: 4 },
          20,
        );
        act('c', connects(mqtt5));
        act('c', connects(mqtt4));
        expectTimeline(sent(mqtt5)).toBe('0 CONNECT v5', '3 DISCONNECT 0x4');
        expectTimeline(sent(mqtt4)).toBe('0 CONNECT v4');
      }),
    );

    it(
      'while it connects, or waits to: nothing is tried until it is back',
      mqttMarbles(helpers => {
        const { broker, client, act, status, expectTimeline } = helpers;
        const connecting = client(broker(['-----a', 'a'], { a }), signals(helpers, '---h---s'), 20);
        act('c', connects(connecting));
        expectTimeline(status(connecting)).toBe(
          '0 idle',
          '0 connecting',
          '3 reconnecting',
          '7 connecting',
          '7 connected',
          '20 disconnecting',
          '20 closed',
          '20 |',
        );
        const waiting = client(
          broker(['-#', 'a'], { a }),
          { ...signals(helpers, '---h---s'), reconnect: { initial: 2 } },
          20,
        );
        act('c', connects(waiting));
        expectTimeline(status(waiting)).toBe(
          '0 idle',
          '0 connecting',
          '1 reconnecting',
          '3 reconnecting',
          '7 connecting',
          '7 connected',
          '20 disconnecting',
          '20 closed',
          '20 |',
        );
      }),
    );

    it(
      'while the client leaves: the goodbye goes out at once, and that is the end',
      mqttMarbles(helpers => {
        const { broker, client, act, sent, status, expectTimeline } = helpers;
        const mqtt = client(broker(['a', 'a'], { a }), signals(helpers, '------h--s'), 20);
        act('c-p-d', {
          ...connects(mqtt),
          p: () => mqtt.publish('t', 'x', { qos: 1 }).subscribe({ error: () => undefined }),
          d: () => mqtt.disconnect({ drain: 10 }).subscribe(),
        });
        expectTimeline(sent(mqtt)).toBe('0 CONNECT v5', '2 PUBLISH q1 #1 t', '6 DISCONNECT');
        expectTimeline(status(mqtt)).toBe(
          '0 idle',
          '0 connecting',
          '0 connected',
          '4 disconnecting',
          '6 closed',
          '6 |',
        );
      }),
    );

    for (const protocolVersion of [5, 4] as const) {
      for (const will of [false, true]) {
        const goodbye = protocolVersion === 5 ? 'DISCONNECT 0x4' : 'no DISCONNECT';
        it(
          `while the client leaves: ${protocolVersion} says ${will ? goodbye : 'DISCONNECT'} when disconnect() wants ${will ? 'the will' : 'none'} [S90]`,
          mqttMarbles(helpers => {
            const { broker, client, act, sent, expectTimeline } = helpers;
            const a = protocolVersion === 5 ? connack() : connack({ returnCode: 0 });
            const options = { ...signals(helpers, '------h'), protocolVersion, will: { topic: 'gone' } };
            const mqtt = client(broker(['a'], { a }), options, 20);
            act('c-p-d', {
              ...connects(mqtt),
              p: () => mqtt.publish('t', 'x', { qos: 1 }).subscribe({ error: () => undefined }),
              d: () => mqtt.disconnect({ drain: 10, will }).subscribe(),
            });
            const last = will ? goodbye : 'DISCONNECT';
            const before = [`0 CONNECT v${protocolVersion}`, '2 PUBLISH q1 #1 t'];
            expectTimeline(sent(mqtt)).toBe(...before, ...(last.startsWith('no') ? [] : [`6 ${last}`]));
          }),
        );
      }
    }

    it(
      'and disconnect() ends the client there and then; one that is idle is not woken',
      mqttMarbles(helpers => {
        const { broker, client, act, status, expectTimeline } = helpers;
        const mqtt = client(broker(['a', 'a'], { a }), signals(helpers, '---h----s'), 20);
        act('c----d', { ...connects(mqtt), d: () => mqtt.close() });
        expectTimeline(status(mqtt)).toBe(
          '0 idle',
          '0 connecting',
          '0 connected',
          '3 reconnecting',
          '5 disconnecting',
          '5 closed',
          '5 |',
        );
        const idle = client(broker(['a'], { a }), signals(helpers, '-v-h-s-o'), 20);
        expectTimeline(status(idle)).toBe('0 idle', '20 disconnecting', '20 closed', '20 |');
      }),
    );
  });

  describe('and the clock', () => {
    it(
      'a machine that slept probes its connection, and tries again at once where it has none',
      mqttMarbles(helpers => {
        const { broker, client, act, sent, expectTimeline } = helpers;
        const clock = new Clock();
        clock.sleep(7_000, 600_000);
        const options = { ...signals(helpers, ''), scheduler: clock };
        const connected = client(broker(['a 9999ms r'], { a, r }), options, 12_000);
        act('c', connects(connected));
        expectTimeline(sent(connected)).toBe('0 CONNECT v5', '10000 PINGREQ', '12000 DISCONNECT');
        const lost = client(broker(['-#', 'a'], { a, r }), options, 12_000);
        act('c', connects(lost));
        expectTimeline(sent(lost)).toBe('0 CONNECT v5', '10000 CONNECT v5', '12000 DISCONNECT');
      }),
    );

    it(
      'platformSignal$: false listens to nothing and does not watch the clock',
      mqttMarbles(helpers => {
        const { broker, client, act, sent, expectTimeline } = helpers;
        const clock = new Clock();
        clock.sleep(7_000, 600_000);
        const options: MqttOptions = { platformSignal$: false, scheduler: clock, keepalive: 0 };
        const mqtt = client(broker(['a'], { a }), options, 12_000);
        act('c', connects(mqtt));
        expectTimeline(sent(mqtt)).toBe('0 CONNECT v5', '12000 DISCONNECT');
      }),
    );
  });

  it(
    'signals that end or fail are missed, and nothing else',
    mqttMarbles(({ broker, client, act, sent, expectTimeline }) => {
      for (const platformSignal$ of [EMPTY, throwError(() => new Error('theirs'))]) {
        const mqtt = client(broker(['a'], { a }), { platformSignal$ }, 20);
        act('c', connects(mqtt));
        expectTimeline(sent(mqtt)).toBe('0 CONNECT v5', '20 DISCONNECT');
      }
    }),
  );

  it(
    'is listened to from the first connect() to the close, and no longer',
    mqttMarbles(({ broker, client, act, hot, expectSubscriptions }) => {
      const platformSignal$ = hot('', letters);
      const mqtt = client(broker(['a', 'a'], { a }), { platformSignal$ }, 20);
      act('--c---d--c', { ...connects(mqtt), d: () => mqtt.close() });
      expectSubscriptions(platformSignal$.subscriptions).toBe(['--^---!', '---------^----------!']);
    }),
  );

  it('refuses what is neither an observable nor false', () => {
    for (const platformSignal$ of [true, 'online', {}, null, () => NEVER]) {
      expect(() => mqtt('mqtt://a', { platformSignal$: platformSignal$ as never })).to.throw(
        /option 'platformSignal\$' must be an observable of signals, or false/,
      );
    }
    for (const platformSignal$ of [false, NEVER, new Observable<never>()] as const)
      mqtt('mqtt://a', { platformSignal$ });
  });
});
