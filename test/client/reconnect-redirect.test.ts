import { expect } from 'chai';
import { concatMap, filter, map, timer } from 'rxjs';
import type { ServerAddress } from '../../src/protocol/server-reference.js';
import { parseServerReference } from '../../src/protocol/server-reference.js';
import type { Transport } from '../../src/index.js';
import { connecting, connects, journey } from '../support/journey.js';
import { type MqttHelpers, mqttMarbles } from '../support/marbles.js';
import { connack, disconnect } from '../support/packets.js';

const fixed = { initial: 3, jitter: 'none' } as const;
const USE_ANOTHER = 0x9c;
const MOVED = 0x9d;

const a = connack();
const to = (serverReference: string, reasonCode = USE_ANOTHER) =>
  connack({ reasonCode, properties: { serverReference } });

const references: [reference: string, ...addresses: string[]][] = [
  ['b', 'b'],
  ['b.example:8883', 'b.example:8883'],
  ['10.10.151.22:8883 [fe80::9610:3eff:fe1c]:1883', '10.10.151.22:8883', '[fe80::9610:3eff:fe1c]:1883'],
  ['[::1] b  c:1', '[::1]', 'b', 'c:1'],
  ['fe80::1', '[fe80::1]'],
  [''],
  ['b:0 b:65536 b: :1'],
  ['mqtt://b:1883 user@b b/path b?q b#f [b] \\b'],
];

const show = ({ host, port }: ServerAddress) => (port === undefined ? host : `${host}:${port}`);

describe('reconnect: the Server Reference (5.0 section 4.11)', () => {
  for (const [reference, ...addresses] of references) {
    it(`'${reference}' names ${addresses.join(', ') || 'nothing'}`, () => {
      expect(parseServerReference(reference).map(show)).to.deep.equal(addresses);
    });
  }
});

describe('reconnect: a redirect must not be ignored', () => {
  it(
    'use another server: at once, with the scheme, the path, the options and the credentials of the present one',
    mqttMarbles(({ broker, expectTimeline }) => {
      const transport = broker(['-b', '-a'], { b: to('b.example:8884'), a });
      const targets: string[] = [];
      const watched: Transport = target => {
        targets.push(target.url.href);
        return transport(target);
      };
      const client = connecting('wss://u:p@a:8443/mqtt?token=s3cret', { transport: watched, clientId: 'me' }, 9);
      expectTimeline(journey(client)).toBe(
        '0 connecting wss://a:8443/mqtt',
        '1 waiting 0: CONNECTION_REFUSED',
        '1 connecting wss://b.example:8884/mqtt',
        '2 connected',
        '9 closed',
        '9 |',
      );
      expectTimeline(connects(client, ({ username, clientId }) => `${username} ${clientId}`)).toBe('0 u me', '1 u me');
      client.connection$.subscribe({
        complete: () => expect(targets).to.deep.equal(['wss://a:8443/mqtt?token=s3cret', 'wss://b.example:8884/mqtt']),
      });
    }),
  );

  it(
    'a DISCONNECT redirects too; after the other server it is again the turn of the one in the list',
    mqttMarbles(({ broker, expectTimeline }) => {
      const script = { a, d: disconnect(USE_ANOTHER, { serverReference: 'b' }) };
      const client = connecting(
        'mqtt://a',
        { transport: broker(['-a-d', '-a-#', '-a'], script), reconnect: fixed },
        20,
      );
      expectTimeline(journey(client)).toBe(
        '0 connecting mqtt://a',
        '1 connected',
        '3 waiting 0: SERVER_DISCONNECTED',
        '3 connecting mqtt://b',
        '4 connected',
        '6 waiting 6: CONNECTION_CLOSED',
        '12 connecting mqtt://a',
        '13 connected',
        '20 closed',
        '20 |',
      );
    }),
  );

  it(
    'of several references each gets its attempt, then it is again the turn of the one in the list',
    mqttMarbles(({ broker, expectTimeline }) => {
      const transport = broker(['-b', '#', '#', '-a'], { b: to('b c:99'), a });
      const client = connecting('mqtt://a', { transport, reconnect: { ...fixed, factor: 1 } }, 20);
      expectTimeline(journey(client)).toBe(
        '0 connecting mqtt://a',
        '1 waiting 0: CONNECTION_REFUSED',
        '1 connecting mqtt://b',
        '1 waiting 3: CONNECTION_CLOSED',
        '4 connecting mqtt://c:99',
        '4 waiting 3: CONNECTION_CLOSED',
        '7 connecting mqtt://a',
        '8 connected',
        '20 closed',
        '20 |',
      );
    }),
  );

  it(
    'server moved takes the place of the server in the list, for the life of the client',
    mqttMarbles(({ broker, act, expectTimeline }) => {
      const transport = broker(['-m', '-a-#', '#', '#', '-a', '-a'], { m: to('b', MOVED), a });
      const client = connecting(['mqtt://a', 'mqtt://z'], { transport, reconnect: { ...fixed, factor: 1 } }, 40);
      act('------------------x--c', {
        x: () => client.disconnect().subscribe(),
        c: () => client.connect().subscribe({ error: () => undefined }),
      });
      expectTimeline(journey(client)).toBe(
        '0 connecting mqtt://a',
        '1 waiting 0: CONNECTION_REFUSED',
        '1 connecting mqtt://b',
        '2 connected',
        '4 waiting 3: CONNECTION_CLOSED',
        '7 connecting mqtt://b',
        '7 waiting 3: CONNECTION_CLOSED',
        '10 connecting mqtt://z',
        '10 waiting 3: CONNECTION_CLOSED',
        '13 connecting mqtt://b',
        '14 connected',
        '18 closed',
        '18 |',
      );
      expectTimeline(timer(22).pipe(concatMap(() => journey(client)))).toBe(
        '22 connecting mqtt://b',
        '22 connected',
        '40 closed',
        '40 |',
      );
    }),
  );

  it(
    'server moved, said by a server that is not in the list, changes nothing in it',
    mqttMarbles(({ broker, expectTimeline }) => {
      const transport = broker(['-b', '-m', '#', '-a'], { b: to('b'), m: to('c', MOVED), a });
      const client = connecting('mqtt://a', { transport, reconnect: { ...fixed, factor: 1 } }, 9);
      expectTimeline(journey(client).pipe(filter(what => what.startsWith('connecting')))).toBe(
        '0 connecting mqtt://a',
        '1 connecting mqtt://b',
        '2 connecting mqtt://c',
        '5 connecting mqtt://a',
        '9 |',
      );
    }),
  );

  const nowhere: [string, ReturnType<typeof connack>][] = [
    ['without a reference', connack({ reasonCode: USE_ANOTHER })],
    ['server moved, without a reference', connack({ reasonCode: MOVED })],
    ['to nothing that can be read', to('mqtt://b')],
    ['to itself, as by a load balancer', to('a:1884')],
  ];
  for (const [what, refusal] of nowhere) {
    it(
      `${what}: the next server in turn, after the delay`,
      mqttMarbles(({ broker, expectTimeline }) => {
        const options = { transport: broker(['-r', '-a'], { r: refusal, a }), reconnect: fixed };
        const client = connecting(['mqtt://a:1884', 'mqtt://z'], options, 9);
        expectTimeline(journey(client)).toBe(
          '0 connecting mqtt://a:1884',
          '1 waiting 3: CONNECTION_REFUSED',
          '4 connecting mqtt://z',
          '5 connected',
          '9 closed',
          '9 |',
        );
      }),
    );
  }

  it(
    'a circle of redirects ends, with an error that says so',
    mqttMarbles(({ broker, expectTimeline }) => {
      const round = { b: to('b'), a: to('a') };
      const transport = broker(['-b', '-a', '-b', '-a', '-b', '-a', '-b'], round);
      const client = connecting('mqtt://a', { transport, reconnect: fixed }, 50);
      const seen$ = journey(client).pipe(map(what => what.replace(/ (mqtt|\d).*/, '')));
      expectTimeline(seen$).toBe(
        '0 connecting',
        ...[1, 2, 3, 4, 5].flatMap(ms => [`${ms} waiting`, `${ms} connecting`]),
        '6 closed: CONNECTION_REFUSED',
        '6 |',
      );
      client.connection$.subscribe(state => {
        if (state.status === 'closed') expect(state.error?.message).to.include('5 redirects in a row');
      });
    }),
  );

  it(
    'also a circle of servers that accept before they redirect; a connection that held begins a new count',
    mqttMarbles(helpers => {
      const rounds = (held: number, times: number) => Array.from({ length: times }, () => `-a ${held}ms d`);
      helpers.expectTimeline(endOf(helpers, rounds(1, 8))).toBe('18 closed: SERVER_DISCONNECTED', '18 |');
      helpers.expectTimeline(endOf(helpers, rounds(20, 8))).toBe('100 closed', '100 |');
    }),
  );
});

/** The end of a client whose connections are all redirected, to b and back. */
function endOf({ broker }: MqttHelpers, rounds: readonly string[]) {
  const d = disconnect(USE_ANOTHER, { serverReference: 'a:1 b:1' });
  const options = { transport: broker(rounds, { a, d }), reconnect: { ...fixed, stableAfter: 20 } };
  return journey(connecting('mqtt://a:1', options, 100)).pipe(filter(what => what.startsWith('closed')));
}
