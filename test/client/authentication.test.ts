import { expect } from 'chai';
import { inspect } from 'node:util';
import { type Observable, concatMap, delay, filter, map, of, startWith, tap } from 'rxjs';
import type { Authentication, MqttOptions, Packet } from '../../src/index.js';
import { connecting, journey } from '../support/journey.js';
import { mqttMarbles } from '../support/marbles.js';
import { auth, authentication, connack, disconnect, publish } from '../support/packets.js';

const fixed = { initial: 3, jitter: 'none', factor: 1 } as const;

/** One word, whatever the broker says. */
const token: Authentication = { method: 'T', exchange: () => of('s3cr3t') };

/** Says a word at first and to each challenge; the final data takes it so many ms. */
const talk = (ms: number): Authentication => ({
  method: 'T',
  exchange: challenge$ =>
    challenge$.pipe(
      concatMap(({ final }) => (final ? of([]).pipe(delay(ms)) : of(['s3cr3t']))),
      concatMap(words => words),
      startWith('s3cr3t'),
    ),
});

const impostor: Authentication = {
  method: 'T',
  exchange: challenge$ =>
    challenge$.pipe(
      map((): string => {
        throw new Error('s3cr3t');
      }),
      startWith('s3cr3t'),
    ),
};

const packets = {
  a: auth(0x18, 's3cr3t'),
  k: connack({ properties: authentication('s3cr3t') }),
  n: connack(),
  m: publish('t'),
  v: connack({ reasonCode: 0x84 }),
  u: connack({ reasonCode: 0x87 }),
  b: connack({ reasonCode: 0x8c }),
};

const outcomes = (client: { connection$: Observable<unknown> }) =>
  (
    client.connection$ as Observable<{ status: string; error?: { code: string; phase?: string; message: string } }>
  ).pipe(
    filter(({ error }) => error !== undefined),
    map(({ status, error }) => [status, error!.code, error!.phase].filter(Boolean).join(' ')),
  );

describe('the option authentication', () => {
  it(
    'connects by AUTH in both directions, and sends nothing else before CONNACK [MQTT-3.1.2-30]',
    mqttMarbles(({ broker, sent, expectTimeline }) => {
      const client = connecting('mqtt://a', { transport: broker(['-a-a-k'], packets), authentication: talk(0) }, 9);
      expectTimeline(sent(client)).toBe('0 CONNECT v5 T', '1 AUTH 0x18 T', '3 AUTH 0x18 T', '9 DISCONNECT');
      expectTimeline(journey(client)).toBe('0 connecting mqtt://a', '5 connected', '9 closed', '9 |');
    }),
  );

  it(
    'may differ between servers',
    mqttMarbles(({ broker, sent, expectTimeline }) => {
      const servers = [{ url: 'mqtt://a', options: { authentication: { ...token, method: 'U' } } }, 'mqtt://b'];
      const options = { transport: broker(['-#', '-k'], packets), authentication: token, reconnect: fixed };
      const client = connecting(servers, options, 9);
      expectTimeline(sent(client)).toBe('0 CONNECT v5 U', '4 CONNECT v5 T', '9 DISCONNECT');
    }),
  );

  it(
    'may be decided for each attempt',
    mqttMarbles(({ broker, sent, expectTimeline }) => {
      let n = 0;
      const perAttempt = () => of({ authentication: { ...token, method: `T${++n}` } });
      const client = connecting('mqtt://a', { transport: broker(['-#', '-']), perAttempt, reconnect: fixed }, 9);
      expectTimeline(sent(client)).toBe('0 CONNECT v5 T1', '4 CONNECT v5 T2');
    }),
  );

  it(
    'lets what follows CONNACK wait until the function has accepted the broker, and loses nothing of it',
    mqttMarbles(({ broker, expectTimeline }) => {
      const options = { transport: broker(['-(km)m-'], packets), authentication: talk(9) };
      const client = connecting('mqtt://a', options, 20);
      const message$ = client.topic$('t').pipe(map(({ topic }) => topic));
      expectTimeline(journey(client)).toBe('0 connecting mqtt://a', '10 connected', '20 closed', '20 |');
      expectTimeline(message$).toBe('10 t', '10 t', '20 |');
    }),
  );

  it(
    'reads nothing from the link meanwhile',
    mqttMarbles(({ broker, expectTimeline }) => {
      const transport = broker(['-(km)m-'], packets);
      const calls: string[] = [];
      const watched: MqttOptions['transport'] = target =>
        transport(target).pipe(
          map(link => ({ ...link, pause: () => void calls.push('pause'), resume: () => void calls.push('resume') })),
        );
      const client = connecting('mqtt://a', { transport: watched, authentication: talk(9) }, 20);
      expectTimeline(
        journey(client).pipe(
          tap({ complete: () => expect([calls[0], ...calls.slice(-1)]).to.deep.equal(['pause', 'resume']) }),
        ),
      ).toBe('0 connecting mqtt://a', '10 connected', '20 closed', '20 |');
    }),
  );

  it(
    'pauses nothing where the broker is accepted at once',
    mqttMarbles(({ broker, expectTimeline }) => {
      const transport = broker(['-(km)'], packets);
      const watched: MqttOptions['transport'] = target =>
        transport(target).pipe(map(link => ({ ...link, pause: () => expect.fail('paused') })));
      const client = connecting('mqtt://a', { transport: watched, authentication: token }, 9);
      expectTimeline(client.topic$('t').pipe(map(({ topic }) => topic))).toBe('1 t', '9 |');
    }),
  );

  it(
    'ends the connection with DISCONNECT 0x80 when the function refuses the broker, and tries again later',
    mqttMarbles(({ broker, sent, expectTimeline }) => {
      const options = { transport: broker(['-(km)', '-'], packets), authentication: impostor, reconnect: fixed };
      const client = connecting('mqtt://a', options, 9);
      expectTimeline(outcomes(client)).toBe('1 reconnecting AUTHENTICATION_FAILED auth', '9 |');
      expectTimeline(client.unrouted$.pipe(map(String))).toBe();
      expectTimeline(sent(client)).toBe('0 CONNECT v5 T', '1 DISCONNECT 0x80', '4 CONNECT v5 T');
    }),
  );

  it(
    'says nothing to the broker when the function fails before CONNECT',
    mqttMarbles(({ broker, sent, expectTimeline }) => {
      const failing = { method: 'T', exchange: () => [] };
      const client = connecting('mqtt://a', { transport: broker(['--']), authentication: failing }, 9);
      expectTimeline(outcomes(client)).toBe('0 closed AUTHENTICATION_FAILED auth', '0 |');
      expectTimeline(sent(client)).toBe();
    }),
  );

  it(
    'is bounded by connectTimeout',
    mqttMarbles(({ broker, expectTimeline }) => {
      const authentication = { method: 'T', exchange: () => of('first').pipe(delay(9)) };
      const options = { transport: broker(['--', '-']), authentication, connectTimeout: 5, reconnect: fixed };
      const client = connecting('mqtt://a', options, 7);
      expectTimeline(outcomes(client)).toBe('5 reconnecting CONNECT_TIMEOUT auth', '7 |');
    }),
  );

  describe('never connects without it', () => {
    it(
      'steps down to no older version: a broker without 5.0 is NOT_SUPPORTED, and the end',
      mqttMarbles(({ broker, sent, expectTimeline }) => {
        const transport = broker(['-v', '-n'], packets);
        const client = connecting('mqtt://a', { transport, authentication: token, protocolVersion: 'auto' }, 9);
        expectTimeline(sent(client)).toBe('0 CONNECT v5 T');
        expectTimeline(outcomes(client)).toBe('1 closed NOT_SUPPORTED', '1 |');
      }),
    );

    it(
      'nor when a broker hangs up again and again, which may have other causes',
      mqttMarbles(({ broker, sent, expectTimeline }) => {
        const transport = broker(['-#', '-#', '-'], packets);
        const options = { transport, authentication: token, protocolVersion: 'auto', reconnect: fixed } as const;
        const client = connecting('mqtt://a', options, 9);
        expectTimeline(sent(client)).toBe('0 CONNECT v5 T', '4 CONNECT v5 T', '8 CONNECT v5 T');
      }),
    );

    it(
      'on a server that is to be spoken to in 3.1.1 it sends nothing',
      mqttMarbles(({ broker, sent, expectTimeline }) => {
        const options = { transport: broker(['-#', '-n'], packets), authentication: token };
        const old = { protocolVersion: 4 } as const;
        expect(() => connecting([{ url: 'mqtt://a', options: old }], options, 9)).to.throw(
          "'authentication' exists in MQTT 5.0",
        );
        // where the strategy leads, only the options of the client count
        const servers = [{ url: 'mqtt://a', options: { protocolVersion: 5 as const } }];
        const reconnect = () => of({ url: 'mqtt://b' });
        const client = connecting(servers, { ...options, ...old, reconnect }, 9);
        expectTimeline(sent(client)).toBe('0 CONNECT v5 T');
        expectTimeline(outcomes(client)).toBe('1 reconnecting CONNECTION_CLOSED mqtt', '1 closed NOT_SUPPORTED', '1 |');
      }),
    );

    it(
      'a CONNACK that does not name the method is a protocol error [MQTT-4.12.0-5]',
      mqttMarbles(({ broker, sent, expectTimeline }) => {
        const options = { transport: broker(['-n', '-'], packets), authentication: token, reconnect: fixed };
        const client = connecting('mqtt://a', options, 5);
        expectTimeline(outcomes(client)).toBe('1 reconnecting PROTOCOL_ERROR auth', '5 |');
        expectTimeline(sent(client)).toBe('0 CONNECT v5 T', '1 DISCONNECT 0x82', '4 CONNECT v5 T');
      }),
    );
  });

  describe('a refusal of the broker', () => {
    it(
      'not authorized: the function is asked once more, at once, then the client stops',
      mqttMarbles(({ broker, sent, expectTimeline }) => {
        const options = { transport: broker(['-u', '-u', '-k'], packets), authentication: token, reconnect: fixed };
        const client = connecting('mqtt://a', options, 9);
        expectTimeline(sent(client)).toBe('0 CONNECT v5 T', '1 CONNECT v5 T');
        expectTimeline(outcomes(client)).toBe(
          '1 reconnecting CONNECTION_REFUSED mqtt',
          '2 closed CONNECTION_REFUSED mqtt',
          '2 |',
        );
        const hints$ = client.connection$.pipe(
          concatMap(state => (state.status === 'closed' ? [state.error!.message] : [])),
          map(message => /option 'authentication' was called again/.exec(message)?.[0] ?? message),
        );
        expectTimeline(hints$).toBe("2 option 'authentication' was called again", '2 |');
      }),
    );

    it(
      "the same where the authentication is the server's own",
      mqttMarbles(({ broker, sent, expectTimeline }) => {
        const servers = [{ url: 'mqtt://a', options: { authentication: token } }];
        const client = connecting(servers, { transport: broker(['-u', '-k'], packets), reconnect: fixed }, 9);
        expectTimeline(sent(client)).toBe('0 CONNECT v5 T', '1 CONNECT v5 T', '9 DISCONNECT');
      }),
    );

    it(
      'bad authentication method: the client stops',
      mqttMarbles(({ broker, sent, expectTimeline }) => {
        const options = { transport: broker(['-b', '-k'], packets), authentication: token, reconnect: fixed };
        const client = connecting('mqtt://a', options, 9);
        expectTimeline(sent(client)).toBe('0 CONNECT v5 T');
        expectTimeline(outcomes(client)).toBe('1 closed CONNECTION_REFUSED mqtt', '1 |');
      }),
    );
  });

  describe('an AUTH out of turn', () => {
    const cases: [title: string, option: MqttOptions, script: string, packet: Packet, told: string][] = [
      ['before CONNACK, without the option', {}, '-x', auth(0x18), 'CONNECT v5'],
      ['after CONNACK, without the option', {}, '-nx', auth(0x18), 'DISCONNECT 0x82'],
      ['after CONNACK', { authentication: token }, '-kx', auth(0x18), 'DISCONNECT 0x82'],
      ['after CONNACK, as success', { authentication: token }, '-kx', auth(0), 'DISCONNECT 0x82'],
      ['after CONNACK, empty', { authentication: token }, '-kx', { cmd: 'auth', reasonCode: 0 }, 'DISCONNECT 0x82'],
      ['that begins anew, which only a client may', { authentication: token }, '-kx', auth(0x19), 'DISCONNECT 0x82'],
      ['success before CONNACK [MQTT-4.12]', { authentication: talk(0) }, '-x', auth(0), 'DISCONNECT 0x82'],
    ];
    for (const [title, option, script, packet, told] of cases) {
      it(
        `${title}: a protocol error`,
        mqttMarbles(({ broker, sent, expectTimeline }) => {
          const transport = broker([script], { ...packets, x: packet });
          const client = connecting('mqtt://a', { transport, reconnect: false, ...option }, 9);
          const last: string[] = [];
          sent(client).subscribe(what => (last[0] = what));
          expectTimeline(
            client.connection$.pipe(
              filter(state => state.status === 'closed'),
              map(({ error }) => `${error?.code} 0x${error?.reasonCode?.toString(16)}, after ${last[0]}`),
            ),
          ).toBe(`${script.length - 1} PROTOCOL_ERROR 0x82, after ${told}`, `${script.length - 1} |`);
        }),
      );
    }

    for (const [what, properties] of [
      ['a method', { authenticationMethod: 'T' }],
      ['data', { authenticationData: Buffer.of(1) }],
    ] as const) {
      it(
        `${what} in a CONNACK that was not asked for it: a protocol error [MQTT-4.12.0-6]`,
        mqttMarbles(({ broker, expectTimeline }) => {
          const transport = broker(['-x'], { x: connack({ properties }) });
          const client = connecting('mqtt://a', { transport, reconnect: false }, 9);
          expectTimeline(outcomes(client)).toBe('1 closed PROTOCOL_ERROR auth', '1 |');
        }),
      );
    }
  });

  it(
    'shows its data nowhere: not in packet$, states, CONNACK or errors',
    mqttMarbles(({ broker, act }) => {
      const seen: unknown[] = [];
      const note = { next: (what: unknown) => void seen.push(what), error: (what: unknown) => void seen.push(what) };
      const transport = broker(['-a-k----x', '-u', '-u'], { ...packets, x: disconnect(0x87) });
      const client = connecting('mqtt://a', { transport, authentication: talk(0), reconnect: fixed }, 30);
      client.packet$.subscribe(note);
      client.connection$.subscribe(note);
      client.connect().subscribe(note);
      act('-----r', { r: () => client.reauthenticate().subscribe(note) });
      client.connection$.subscribe({
        complete: () => {
          const all = inspect(seen, { depth: null, showHidden: true, maxArrayLength: null });
          expect(seen).to.have.length.above(12);
          expect(all)
            .to.include("authenticationMethod: 'T'")
            .and.not.match(/authenticationData/);
          expect(all).not.to.include('s3cr3t').and.not.include('115, 51, 99');
        },
      });
    }),
  );
});
