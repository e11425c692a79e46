import { expect } from 'chai';
import { concatMap, map, of, timer } from 'rxjs';
import type { MqttClient, MqttOptions } from '../../src/index.js';
import { connecting, connects, journey } from '../support/journey.js';
import { type MqttHelpers, mqttMarbles } from '../support/marbles.js';
import { connack } from '../support/packets.js';

const fixed = { initial: 3, jitter: 'none', factor: 1 } as const;
const a = connack();
const rejected = connack({ reasonCode: 0x85, returnCode: 2 });
const assigned = (id: string) => connack({ properties: { assignedClientIdentifier: id } });

/** Client ids as they come, each new one by a letter, those of the library in capitals: `A`, `A`, `B`. */
function lettered(client: MqttClient) {
  const letters = new Map<string, string>();
  return connects(client, ({ clientId }) => {
    if (!/^rxmqtt[\da-f]{16}$/.test(clientId)) return clientId === '' ? "''" : clientId;
    if (!letters.has(clientId)) letters.set(clientId, String.fromCharCode(65 + letters.size));
    return letters.get(clientId)!;
  });
}

const run = ({ broker }: MqttHelpers, script: string[], options: MqttOptions, version: 5 | 4 | 3 = 5) =>
  connecting(
    'mqtt://a',
    {
      transport: broker(script, { a, r: rejected, x: assigned('x'), y: assigned('y') }, version),
      reconnect: fixed,
      protocolVersion: version,
      ...options,
    },
    30,
  );

describe('reconnect: the client id', () => {
  it(
    'is random, and the same for the life of the client [MQTT-3.1.3-2]',
    mqttMarbles(helpers => {
      const client = run(helpers, ['-a-#', '#', '-a-#', '-a'], {});
      helpers.expectTimeline(lettered(client)).toBe('0 A', '6 A', '9 A', '15 A');
    }),
  );

  for (const version of [5, 4, 3] as const) {
    it(
      `P4: a random one that is rejected is made anew at once, in version ${version} too`,
      mqttMarbles(helpers => {
        const client = run(helpers, ['-r', '-r', '-a-#', '-a'], {}, version);
        helpers.expectTimeline(lettered(client)).toBe('0 A', '1 B', '2 C', '8 C');
      }),
    );
  }

  it(
    'P4: three times, then the client stops and says so',
    mqttMarbles(helpers => {
      const client = run(helpers, ['-r', '-r', '-r', '-r', '-a'], {});
      helpers.expectTimeline(lettered(client)).toBe('0 A', '1 B', '2 C', '3 D');
      helpers
        .expectTimeline(journey(client).pipe(map(what => what.replace(/ mqtt.*| 0:.*/, ''))))
        .toBe(
          '0 connecting',
          ...['1 waiting', '1 connecting', '2 waiting', '2 connecting', '3 waiting', '3 connecting'],
          '4 closed: CONNECTION_REFUSED',
          '4 |',
        );
      const hints$ = client.connection$.pipe(
        concatMap(state => (state.status === 'closed' ? [state.error!.message] : [])),
        map(message => /set option 'clientId'/.exec(message)?.[0] ?? message),
      );
      helpers.expectTimeline(hints$).toBe("4 set option 'clientId'", '4 |');
    }),
  );

  it(
    'P4: one of the user is not replaced: the client stops, unless his verdict says otherwise',
    mqttMarbles(helpers => {
      const stops = run(helpers, ['-r', '-a'], { clientId: 'mine' });
      helpers.expectTimeline(lettered(stops)).toBe('0 mine');
      helpers.expectTimeline(journey(stops)).toBe('0 connecting mqtt://a', '1 closed: CONNECTION_REFUSED', '1 |');
      const goesOn = run(helpers, ['-r', '-a-#', '-a'], { clientId: 'mine', verdict: () => 'newClientId' });
      helpers.expectTimeline(lettered(goesOn)).toBe('0 mine', '1 A', '4 B');
    }),
  );

  it(
    'a new one from perAttempt is used after one of the user was given up',
    mqttMarbles(helpers => {
      const ids = ['mine', 'mine', 'other'];
      const perAttempt = () => of({ clientId: ids.shift()! });
      const client = run(helpers, ['-r', '#', '-a'], {
        perAttempt,
        verdict: (error, standard) => (error.reasonCode === 0x85 ? 'newClientId' : standard),
      });
      helpers.expectTimeline(lettered(client)).toBe('0 mine', '1 A', '4 other');
    }),
  );

  it(
    'a session under another id is not resumed: a new client id begins clean [MQTT-3.1.3-2]',
    mqttMarbles(helpers => {
      const client = run(helpers, ['-a-#', '-r', '-a-#', '-a'], { sessionExpiry: 60 });
      helpers
        .expectTimeline(connects(client, ({ clean }) => `clean ${clean}`))
        .toBe('0 clean true', '6 clean false', '7 clean true', '13 clean false');
    }),
  );
});

describe('reconnect: the id that a broker assigned must not be thrown away', () => {
  it(
    'it is used from then on, also after disconnect() and connect() [MQTT-3.2.2.3.7]',
    mqttMarbles(helpers => {
      const client = run(helpers, ['-x-#', '-a', '-a'], { clientId: '' });
      helpers.act('----------d-c', {
        d: () => client.disconnect().subscribe(),
        c: () => client.connect().subscribe({ error: () => undefined }),
      });
      helpers.expectTimeline(lettered(client)).toBe("0 ''", '6 x', '12 x');
    }),
  );

  it(
    'when that is rejected the broker is asked for another; when it assigns none, a random one is used',
    mqttMarbles(helpers => {
      helpers
        .expectTimeline(lettered(run(helpers, ['-x-#', '-r', '-y-#', '-a'], { clientId: '' })))
        .toBe("0 ''", '6 x', "7 ''", '13 y');
      helpers.expectTimeline(lettered(run(helpers, ['-r', '-a'], { clientId: '' }, 4))).toBe("0 ''", '1 A');
    }),
  );

  it(
    'it does not replace an id that perAttempt gives',
    mqttMarbles(helpers => {
      const ids = ['', 'mine'];
      const client = run(helpers, ['-x-#', '-a'], { perAttempt: () => of({ clientId: ids.shift()! }) });
      helpers.expectTimeline(lettered(client)).toBe("0 ''", '6 mine');
    }),
  );
});

describe('reconnect: a CONNACK must not change the options of the user', () => {
  it(
    'server keepalive, session expiry and limits hold for their connection; the next CONNECT asks for the same again',
    mqttMarbles(helpers => {
      const given = { keepalive: 60, sessionExpiry: 100, clientId: '', properties: { receiveMaximum: 9 } };
      const before = structuredClone(given);
      const k = connack({
        properties: {
          serverKeepAlive: 5,
          sessionExpiryInterval: 7,
          receiveMaximum: 3,
          maximumPacketSize: 100,
          assignedClientIdentifier: 'x',
        },
      });
      const client = run(helpers, [], { ...given, transport: helpers.broker(['-k-#', '-a'], { k, a }) });
      const tell = connects(client, ({ keepalive, properties }) =>
        [keepalive, properties?.sessionExpiryInterval, properties?.receiveMaximum].join(' '),
      );
      helpers.expectTimeline(tell).toBe('0 60 100 9', '6 60 100 9');
      client.connection$.subscribe({ complete: () => expect(given).to.deep.equal(before) });
    }),
  );
});

describe('reconnect: two clients that share one options object must not share a client id', () => {
  for (const clientId of [undefined, '']) {
    it(
      clientId === undefined ? 'random ids' : 'assigned ids',
      mqttMarbles(helpers => {
        const options: MqttOptions = Object.freeze({ ...(clientId === undefined ? {} : { clientId }), keepalive: 9 });
        const clients = [run(helpers, ['-x-#', '-a'], options), run(helpers, ['-y-#', '-a'], options)];
        const seen: string[] = [];
        for (const client of clients) connects(client, packet => packet.clientId).subscribe(id => seen.push(id));
        helpers
          .expectTimeline(timer(20).pipe(map(() => [seen.length, new Set(seen.slice(2)).size].join())))
          .toBe('20 4,2', '20 |');
      }),
    );
  }
});
