import { expect } from 'chai';
import { filter } from 'rxjs';
import { MqttError, failover } from '../../src/index.js';
import { connecting, connects, visits } from '../support/journey.js';
import { mqttMarbles } from '../support/marbles.js';
import { connack } from '../support/packets.js';

const a = connack();

/** One server after the other, 3 ms until the first retry and 12 ms at the most: attempts after 3, 6 and 12 ms. */
const quick = { minimum: 3, maximum: 12, jitter: 'none' } as const;

describe('failover() (M3)', () => {
  it(
    'M3: 2, 4, 8, 16, 32, 60 s at one server, then the same at the backup, and back again [S69]',
    mqttMarbles(helpers => {
      const at = (name: string, start: number) =>
        [2, 6, 14, 30, 62, 122].map(seconds => `${start + seconds * 1000} ${name}`);
      const options = { reconnect: failover({ jitter: 'none' }) };
      helpers
        .expectTimeline(visits(helpers, 'ab', [], options, 370_000))
        .toBe('0 a', ...at('a', 0), ...at('b', 122_000), ...at('a', 244_000), '368000 b', '370000 |');
    }),
  );

  it(
    'stays at the maximum where there is one server',
    mqttMarbles(helpers => {
      helpers
        .expectTimeline(visits(helpers, 'a', [], { reconnect: failover(quick) }, 50))
        .toBe('0 a', '3 a', '9 a', '21 a', '33 a', '45 a', '50 |');
    }),
  );

  it(
    'a maximum that is no power of two is the last delay; a minimum that is the maximum is the only one',
    mqttMarbles(helpers => {
      const go = (minimum: number, maximum: number) =>
        visits(helpers, 'ab', [], { reconnect: failover({ minimum, maximum, jitter: 'none' }) }, 30);
      helpers.expectTimeline(go(4, 9)).toBe('0 a', '4 a', '12 a', '21 a', '25 b', '30 |');
      helpers.expectTimeline(go(10, 10)).toBe('0 a', '10 a', '20 b', '30 |');
    }),
  );

  it(
    'takes chance for the delay by default, so that a fleet does not move as one',
    mqttMarbles(helpers => {
      const reconnect = failover({ minimum: 4, maximum: 8 });
      helpers
        .expectTimeline(visits(helpers, 'ab', [], { reconnect, random: () => 0.5 }, 12))
        .toBe('0 a', '2 a', '6 a', '8 b', '12 |');
    }),
  );

  // the first two attempts at a fail, and two at b; the third at b holds for 10 s, and is lost
  const before = ['#', '#', '#', '#', '-a 10s #'];
  const orders: [order: 'sticky' | 'priority' | 'rotate', what: string, ...then: string[]][] = [
    ['sticky', 'begins with the server that worked', '10023 b', '10029 b', '10032 c', '10038 c', '10041 a'],
    ['priority', 'begins with the first', '10023 a', '10029 a', '10032 b', '10038 b', '10041 c'],
    ['rotate', 'begins with the one after it', '10023 c', '10029 c', '10032 a', '10038 a', '10041 b'],
  ];
  for (const [order, what, ...then] of orders) {
    it(
      `${order}: after the loss of a connection that held it ${what}, then on round`,
      mqttMarbles(helpers => {
        const reconnect = failover({ ...quick, maximum: 6, order });
        const seen$ = visits(helpers, 'abc', before, { reconnect }, 11_000).pipe(filter((_, index) => index < 10));
        helpers.expectTimeline(seen$).toBe('0 a', '3 a', '9 a', '12 b', '18 b', ...then, '11000 |');
      }),
    );
  }

  it(
    'a server that accepts and hangs up at once is not stuck to: the delays go on, and so does the round',
    mqttMarbles(helpers => {
      const script = ['-a#', '-a#', '-a#'];
      helpers
        .expectTimeline(visits(helpers, 'ab', script, { reconnect: failover({ ...quick, maximum: 6 }) }, 25))
        .toBe('0 a', '5 a', '13 a', '18 b', '24 b', '25 |');
    }),
  );

  for (const order of ['sticky', 'priority', 'rotate'] as const) {
    it(
      `${order}: a backup whose connection was lost before it had held is asked again first [S106]`,
      mqttMarbles(helpers => {
        const reconnect = failover({ minimum: 3, maximum: 3, jitter: 'none', order });
        helpers
          .expectTimeline(visits(helpers, 'ab', ['#', '#', '-a 5s #', '-a 5s #'], { reconnect }, 10_021))
          .toBe('0 a', '3 a', '6 b', '5011 b', '10016 b', '10019 a', '10021 |');
      }),
    );
  }

  it(
    'nor does one connection that did not hold change where the round began',
    mqttMarbles(helpers => {
      const reconnect = failover({ minimum: 3, maximum: 3, jitter: 'none', order: 'rotate' });
      helpers
        .expectTimeline(visits(helpers, 'abc', ['#', '#', '-a#'], { reconnect }, 16))
        .toBe('0 a', '3 a', '6 b', '11 c', '14 a', '16 |');
    }),
  );

  it(
    'each server has options of its own, and one strategy serves several clients',
    mqttMarbles(({ broker, expectTimeline }) => {
      const reconnect = failover({ minimum: 3, maximum: 3, jitter: 'none' });
      const servers = [
        { url: 'mqtt://a', options: { username: 'ua' } },
        { url: 'mqtt://b', options: { username: 'ub' } },
      ];
      for (const username of ['x', 'y']) {
        const client = connecting(
          servers,
          { transport: broker(['--#', '--#', '--a'], { a }), username, reconnect },
          15,
        );
        const who$ = connects(client, packet => String(packet.username));
        expectTimeline(who$).toBe('0 ua', '5 ua', '10 ub');
      }
    }),
  );

  it('refuses delays that would make a loop, and a minimum above the maximum', () => {
    for (const wrong of [{ minimum: 0 }, { maximum: NaN }, { maximum: 2 ** 31 }, { minimum: 5, maximum: 4 }])
      expect(() => failover(wrong))
        .to.throw(MqttError)
        .with.property('code', 'INVALID_ARGUMENT');
  });
});
