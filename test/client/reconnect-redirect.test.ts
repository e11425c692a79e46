import { expect } from 'chai';
import { concatMap, filter, ignoreElements, timer } from 'rxjs';
import { type ServerAddress, parseServerReference } from '../../src/protocol/server-url.js';
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
    'use another server: at once, with the scheme, the path, the options and the credentials of the present one [MQTT-4.11]',
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
    'server moved takes the place of the server in the list once a connection there has held [MQTT-4.11]',
    mqttMarbles(({ broker, act, expectTimeline }) => {
      const transport = broker(['-m', '-a----#', '#', '#', '#', '-a', '-a'], { m: to('b', MOVED), a });
      const reconnect = { ...fixed, factor: 1, stableAfter: 4 };
      const client = connecting(['mqtt://a', 'mqtt://z'], { transport, reconnect }, 60);
      act('------------------------x---c', {
        x: () => client.disconnect().subscribe(),
        c: () => client.connect().subscribe({ error: () => undefined }),
      });
      expectTimeline(journey(client)).toBe(
        '0 connecting mqtt://a',
        '1 waiting 0: CONNECTION_REFUSED',
        '1 connecting mqtt://b',
        '2 connected',
        '7 waiting 3: CONNECTION_CLOSED',
        '10 connecting mqtt://b',
        '10 waiting 3: CONNECTION_CLOSED',
        '13 connecting mqtt://z',
        '13 waiting 3: CONNECTION_CLOSED',
        // the configured address stays in the round
        '16 connecting mqtt://a',
        '16 waiting 3: CONNECTION_CLOSED',
        '19 connecting mqtt://z',
        '20 connected',
        '24 closed',
        '24 |',
      );
      expectTimeline(timer(29).pipe(concatMap(() => journey(client)))).toBe(
        '29 connecting mqtt://z',
        '29 connected',
        '60 closed',
        '60 |',
      );
    }),
  );

  it(
    'where no connection has held, "server moved" is a detour: one word of a peer loses no client',
    mqttMarbles(({ broker, expectTimeline }) => {
      const rounds = Array.from({ length: 4 }, () => ['-m', '#']).flat();
      const transport = broker([...rounds, '-a'], { m: to('nowhere', MOVED), a });
      const client = connecting('mqtt://home', { transport, reconnect: { ...fixed, factor: 1 } }, 40);
      expectTimeline(journey(client).pipe(filter(what => what.startsWith('connect')))).toBe(
        ...[0, 4, 8, 12].flatMap(ms => [`${ms} connecting mqtt://home`, `${ms + 1} connecting mqtt://nowhere`]),
        '16 connecting mqtt://home',
        '17 connected',
        '40 |',
      );
    }),
  );

  it(
    'a server that has moved and come back is asked at its configured address again',
    mqttMarbles(({ broker, expectTimeline }) => {
      const transport = broker(['-m', '-a----#', '#', '-a----#', '#', '-a'], { m: to('b', MOVED), a });
      const reconnect = { ...fixed, factor: 1, stableAfter: 4 };
      const client = connecting('mqtt://a', { transport, reconnect }, 40);
      expectTimeline(journey(client).pipe(filter(what => what.startsWith('connecting')))).toBe(
        '0 connecting mqtt://a',
        '1 connecting mqtt://b',
        '10 connecting mqtt://b',
        '13 connecting mqtt://a',
        // it held: it is home again
        '22 connecting mqtt://a',
        '25 connecting mqtt://a',
        '40 |',
      );
    }),
  );

  it(
    'of 2,000 references eight are followed, each once and no address twice',
    mqttMarbles(({ broker, expectTimeline }) => {
      const many = Array.from({ length: 2000 }, (_, i) => `h${i >> 1}`).join(' ');
      const transport = broker(['-m', ...Array.from({ length: 8 }, () => '#'), '-a'], { m: to(many), a });
      const client = connecting('mqtt://home', { transport, reconnect: { ...fixed, factor: 1 } }, 60);
      expectTimeline(journey(client).pipe(filter(what => what.startsWith('connecting')))).toBe(
        '0 connecting mqtt://home',
        ...[0, 1, 2, 3, 4, 5, 6, 7].map(i => `${1 + 3 * i} connecting mqtt://h${i}`),
        '25 connecting mqtt://home',
        '60 |',
      );
    }),
  );

  const allowed: [redirects: 'sameDomain' | 'never', home: string, reference: string, follows: boolean][] = [
    ['never', 'mqtt://a.example.com', 'b.example.com', false],
    ['sameDomain', 'mqtt://a.example.com', 'b.example.com', true],
    ['sameDomain', 'mqtt://a.example.com', 'example.com:8883', true],
    ['sameDomain', 'mqtt://a.example.com', 'x.a.example.com', true],
    ['sameDomain', 'mqtt://a.example.com', 'badexample.com', false],
    ['sameDomain', 'mqtt://a.example.com', 'example.org', false],
    ['sameDomain', 'mqtt://example.com', 'evil.com', false],
    ['sameDomain', 'mqtt://example.com', 'eu.example.com', true],
    ['sameDomain', 'mqtt://10.0.0.1', '10.0.0.2', false],
    ['sameDomain', 'mqtt://10.0.0.1', '10.0.0.1:1884', true],
    ['sameDomain', 'mqtt://localhost', 'otherhost', false],
  ];
  for (const [redirects, home, reference, follows] of allowed) {
    it(
      `redirects: '${redirects}' ${follows ? 'follows' : 'does not follow'} ${reference} from ${home}`,
      mqttMarbles(({ broker, expectTimeline }) => {
        const transport = broker(['-m', '-a'], { m: to(reference), a });
        const client = connecting(home, { transport, reconnect: fixed, redirects }, 20);
        expectTimeline(journey(client).pipe(filter(what => what.startsWith('connecting')))).toBe(
          `0 connecting ${home}`,
          follows ? `1 connecting mqtt://${reference}` : `4 connecting ${home}`,
          '20 |',
        );
      }),
    );
  }

  for (const [what, redirectHeaders, reference, sent] of [
    ['not sent to another host', undefined, 'b', [true, false]],
    ['sent to another host where the user says so', true, 'b', [true, true]],
    ['sent to another port of the host', undefined, 'a:8081', [true, true]],
  ] as const) {
    it(
      `headers of the WebSocket are ${what}`,
      mqttMarbles(({ broker, expectTimeline }) => {
        const transport = broker(['-m', '-a'], { m: to(reference), a });
        const seen: unknown[] = [];
        const watched: Transport = target => {
          seen.push(target.options.websocket?.headers?.authorization === 'secret');
          return transport(target);
        };
        const websocket = {
          headers: { authorization: 'secret' },
          ...(redirectHeaders === undefined ? {} : { redirectHeaders }),
        };
        const client = connecting('ws://a', { transport: watched, websocket }, 9);
        expectTimeline(client.connection$.pipe(ignoreElements())).toBe('9 |');
        client.connection$.subscribe({ complete: () => expect(seen).to.deep.equal(sent) });
      }),
    );
  }

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
    'a circle of redirects is temporary: after five the configured server has its turn, after the usual wait',
    mqttMarbles(({ broker, expectTimeline }) => {
      const round = { b: to('b'), a: to('a'), k: a };
      const transport = broker(['-b', '-a', '-b', '-a', '-b', '-a', '-b', '-k'], round);
      const client = connecting('mqtt://a', { transport, reconnect: { ...fixed, factor: 1 } }, 50);
      expectTimeline(journey(client).pipe(filter(what => what.startsWith('connect')))).toBe(
        ...['a', 'b', 'a', 'b', 'a', 'b'].map((name, ms) => `${ms} connecting mqtt://${name}`),
        '9 connecting mqtt://a',
        '10 connecting mqtt://b',
        '11 connected',
        '50 |',
      );
    }),
  );

  it(
    'so is a circle of servers that accept before they redirect; a connection that held begins a new count',
    mqttMarbles(helpers => {
      const rounds = (held: number, times: number) => Array.from({ length: times }, () => `-a ${held}ms d`);
      helpers.expectTimeline(waitsOf(helpers, rounds(1, 8))).toBe('18 waiting 3: SERVER_DISCONNECTED', '100 |');
      helpers.expectTimeline(waitsOf(helpers, rounds(20, 3))).toBe('100 |');
    }),
  );
});

/** The waits of a client whose connections are all redirected, to b and back. */
function waitsOf({ broker }: MqttHelpers, rounds: readonly string[]) {
  const d = disconnect(USE_ANOTHER, { serverReference: 'a:1 b:1' });
  const options = {
    transport: broker([...rounds, '-a'], { a, d }),
    reconnect: { ...fixed, factor: 1, stableAfter: 20 },
  };
  return journey(connecting('mqtt://a:1', options, 100)).pipe(filter(what => /^waiting [^0]/.test(what)));
}
