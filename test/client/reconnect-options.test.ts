import { expect } from 'chai';
import { map, of, timer } from 'rxjs';
import type { MqttOptions, PerAttemptOptions } from '../../src/index.js';
import { connecting, connects, journey } from '../support/journey.js';
import { mqttMarbles } from '../support/marbles.js';
import { connack, disconnect } from '../support/packets.js';

const fixed = { initial: 3, jitter: 'none', factor: 1 } as const;
const a = connack();
const bad = connack({ reasonCode: 0x86 });

/** Answers `user 1`, `user 2`, ... and counts. */
function users(answer: (name: string) => ReturnType<NonNullable<MqttOptions['perAttempt']>>) {
  const source = { asked: 0, perAttempt: () => answer(`user ${++source.asked}`) };
  return source;
}

describe('reconnect: expired tokens must not be used for ever (#828)', () => {
  it(
    'Z6: perAttempt is asked before every attempt, also when it answers late',
    mqttMarbles(({ broker, expectTimeline }) => {
      const { perAttempt } = users(username => timer(2).pipe(map(() => ({ username }))));
      const client = connecting(
        'mqtt://a',
        { transport: broker(['-#', '-a-#', '-a'], { a }), reconnect: fixed, perAttempt },
        20,
      );
      expectTimeline(connects(client, packet => String(packet.username))).toBe('2 user 1', '8 user 2', '16 user 3');
    }),
  );

  it(
    'once an attempt: an older version of MQTT goes on with the same answer',
    mqttMarbles(({ broker, expectTimeline }) => {
      const source = users(username => of({ username }));
      const refused = connack({ reasonCode: 0x84, returnCode: 1 });
      const client = connecting(
        'mqtt://a',
        {
          transport: broker(['-r', '-a'], { r: refused, a }, 4),
          protocolVersion: 'auto',
          perAttempt: source.perAttempt,
        },
        9,
      );
      expectTimeline(connects(client, packet => `v${packet.protocolVersion} ${packet.username}`)).toBe(
        '0 v5 user 1',
        '1 v4 user 1',
      );
    }),
  );

  it(
    'bad credentials: it is asked once more at once, then the client stops and says so',
    mqttMarbles(({ broker, expectTimeline }) => {
      const source = users(username => of({ username }));
      const client = connecting(
        'mqtt://a',
        { transport: broker(['-b', '-b', '-a'], { a, b: bad }), reconnect: fixed, perAttempt: source.perAttempt },
        9,
      );
      expectTimeline(journey(client)).toBe(
        '0 connecting mqtt://a',
        '1 waiting 0: CONNECTION_REFUSED',
        '1 connecting mqtt://a',
        '2 closed: CONNECTION_REFUSED',
        '2 |',
      );
      client.connection$.subscribe(state => {
        if (state.status !== 'closed') return;
        expect(state.error).to.deep.include({ reasonCode: 0x86, retryable: false });
        expect(state.error?.message).to.include('called again');
      });
    }),
  );

  it(
    'a token that expires on a connection that held is replaced at once, each time',
    mqttMarbles(({ broker, expectTimeline }) => {
      const { perAttempt } = users(username => of({ username }));
      const life = '-a--d';
      const script = broker([life, life, life, '-a'], { a, d: disconnect(0x87) });
      const client = connecting('mqtt://a', { transport: script, reconnect: { stableAfter: 3 }, perAttempt }, 20);
      expectTimeline(connects(client, packet => String(packet.username))).toBe(
        '0 user 1',
        '4 user 2',
        '8 user 3',
        '12 user 4',
      );
    }),
  );

  it(
    'without perAttempt bad credentials are the end at once',
    mqttMarbles(({ broker, expectTimeline }) => {
      const client = connecting('mqtt://a', { transport: broker(['-b'], { b: bad }), reconnect: fixed }, 9);
      expectTimeline(journey(client)).toBe('0 connecting mqtt://a', '1 closed: CONNECTION_REFUSED', '1 |');
    }),
  );

  it(
    'M3: a server of the list may differ in everything; perAttempt is told which one it is asked for, and goes before it [S108] [S168]',
    mqttMarbles(({ broker, expectTimeline }) => {
      const asked: string[] = [];
      const backup = {
        clientId: 'second',
        will: { topic: 'gone', payload: 'x' },
        keepalive: 7,
        clean: false,
        sessionExpiry: 9,
        username: 'other',
      };
      const client = connecting(
        ['mqtt://u:secret@a', { url: 'mqtt://b', options: backup }],
        {
          transport: broker(['#', '-a'], { a }),
          reconnect: fixed,
          clientId: 'first',
          perAttempt: ({ url, index }) => {
            asked.push(`${index} ${url}`);
            return of({
              password: 'p',
              ...(index === 0 && { keepalive: 30 }),
              ...(index === 1 && { username: 'fresh' }),
            });
          },
        },
        9,
      );
      expectTimeline(
        connects(client, ({ clientId, will, keepalive, clean, properties, username }) =>
          [clientId, will?.topic, keepalive, clean, properties?.sessionExpiryInterval, username].join(' '),
        ),
      ).toBe('0 first  30 true  u', '3 second gone 7 false 9 fresh');
      client.connection$.subscribe({
        complete: () => expect(asked).to.deep.equal(['0 mqtt://a', '1 mqtt://b']),
      });
    }),
  );

  it(
    'signed URLs: perAttempt may answer url; its query is seen by the transport alone',
    mqttMarbles(({ broker, expectTimeline }) => {
      const transport = broker(['-#', '-a'], { a });
      const targets: string[] = [];
      let signature = 0;
      const client = connecting(
        ['mqtt://a', 'mqtt://b'],
        {
          transport: target => {
            targets.push(target.url.href);
            return transport(target);
          },
          reconnect: fixed,
          perAttempt: () => timer(1).pipe(map(() => ({ url: `wss://u:p@signed/mqtt?signature=${++signature}` }))),
        },
        9,
      );
      expectTimeline(journey(client)).toBe(
        '0 connecting mqtt://a',
        '1 connecting wss://signed/mqtt',
        '2 waiting 3: CONNECTION_CLOSED',
        '5 connecting mqtt://b',
        '6 connecting wss://signed/mqtt',
        '7 connected',
        '9 closed',
        '9 |',
      );
      expectTimeline(connects(client, packet => String(packet.username))).toBe('1 u', '6 u');
      client.connection$.subscribe(state => expect(JSON.stringify(state)).to.not.include('signature'));
      timer(9).subscribe(() =>
        expect(targets).to.deep.equal(['wss://signed/mqtt?signature=1', 'wss://signed/mqtt?signature=2']),
      );
    }),
  );

  it(
    'of several answers the first counts: a stream of tokens does not tear connections down',
    mqttMarbles(({ broker, expectTimeline }) => {
      const perAttempt = () => timer(1, 2).pipe(map(count => ({ username: `user ${count}` })));
      const client = connecting('mqtt://a', { transport: broker(['-a', '-a'], { a }), perAttempt }, 9);
      expectTimeline(connects(client, packet => String(packet.username))).toBe('1 user 0');
    }),
  );

  it(
    'a redirect goes before the url of perAttempt',
    mqttMarbles(({ broker, expectTimeline }) => {
      const r = connack({ reasonCode: 0x9c, properties: { serverReference: 'other' } });
      const perAttempt = () => of({ url: 'mqtt://signed' });
      const client = connecting('mqtt://a', { transport: broker(['-r', '-a'], { a, r }), perAttempt }, 9);
      expectTimeline(journey(client)).toBe(
        '0 connecting mqtt://a',
        '0 connecting mqtt://signed',
        '1 waiting 0: CONNECTION_REFUSED',
        '1 connecting mqtt://other',
        '2 connected',
        '9 closed',
        '9 |',
      );
    }),
  );

  it(
    'the will, user properties and everything else of an attempt may come from it; I4: also the server itself',
    mqttMarbles(({ broker, expectTimeline }) => {
      const answer: PerAttemptOptions = {
        url: 'mqtt://provisioned',
        will: { topic: 'gone', payload: 'x' },
        properties: { userProperties: [['site', '7']] },
        keepalive: 7,
      };
      const client = connecting(
        'mqtt://unknown',
        { transport: broker(['-a'], { a }), perAttempt: () => of(answer) },
        9,
      );
      const seen$ = connects(client, ({ will, properties, keepalive }) =>
        [will?.topic, properties?.userProperties, keepalive].join(' '),
      );
      expectTimeline(seen$).toBe('0 gone site,7 7');
    }),
  );
});
