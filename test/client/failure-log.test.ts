import { expect } from 'chai';
import { type Observable, concatMap, of, throwError, timer } from 'rxjs';
import {
  type ConnectionPhase,
  type MqttClient,
  MqttError,
  type MqttErrorInfo,
  type MqttOptions,
  type ServerOptions,
  type Transport,
  mqtt,
  mqtt$,
} from '../../src/index.js';
import { virtualBroker } from '../../src/testing/index.js';
import { consoleLines } from '../support/console.js';
import { type MqttHelpers, mqttMarbles } from '../support/marbles.js';
import { connack } from '../support/packets.js';
import { expectUnhandled } from '../support/unhandled.js';

const loud = { quiet: false, reconnect: { initial: 10, factor: 1, jitter: 'none' } } as const;
const stableAfter = { reconnect: { ...loud.reconnect, stableAfter: 5 } };
const noMatter = { error: () => undefined };
const packets = {
  a: connack(),
  m: connack({ reasonCode: 0x9c, properties: { serverReference: 'other' } }),
  r: connack({ reasonCode: 0x87 }),
};

/** Without the words that all lines begin with. */
const lines = () => consoleLines().map(line => line.replace('rxjs-mqtt: ', ''));
/** What the lines are about: `failed` and `again` (from the tenth on), `connected` with the number of failures, the code of a warning. */
const kinds = () =>
  lines().map(line => {
    const [, warning] = /^([A-Z_]+): /.exec(line) ?? [];
    if (warning !== undefined) return warning;
    const [, connectedAfter] = /^connected to \S+ after (\d+)/.exec(line) ?? [];
    if (connectedAfter !== undefined) return `connected ${connectedAfter}`;
    const [, failures] = /(\d+) attempts have failed/.exec(line) ?? [];
    return failures === undefined ? 'failed' : `again ${failures}`;
  });

/** A client that is not watched, and what became of it on the console when its lifetime is over. */
function unwatched(
  { broker, client }: MqttHelpers,
  script: string[],
  options: MqttOptions,
  lifetime: number,
): MqttClient {
  return client(broker(script, packets), { ...loud, ...options }, lifetime);
}

const connects = (mqtt: MqttClient) => void mqtt.connect().subscribe(noMatter);

/** A test whose expectations are looked at when virtual time has come to its end. */
const afterwards = (test: (helpers: MqttHelpers) => void, expectations: () => void) => () => {
  mqttMarbles(test)();
  expectations();
};

describe('failed attempts on the console', () => {
  it(
    'are the first and every tenth one [S161]',
    afterwards(
      helpers => connects(unwatched(helpers, [], {}, 245)),
      () =>
        expect(lines()).to.deep.equal([
          'mqtt://broker: the script has no more attempts. Next attempt in 0.01 s',
          'mqtt://broker: the script has no more attempts. 10 attempts have failed. Next attempt in 0.01 s',
          'mqtt://broker: the script has no more attempts. 20 attempts have failed. Next attempt in 0.01 s',
        ]),
    ),
  );

  it(
    'are followed by the recovery, once [S161]',
    afterwards(
      helpers => connects(unwatched(helpers, ['#', '#', '-a'], {}, 100)),
      () =>
        expect(lines()).to.deep.equal([
          'mqtt://broker: no CONNACK came: cut; the broker may not speak this version of MQTT, may want other credentials or ' +
            'TLS, or this is not an MQTT port. Next attempt in 0.01 s',
          'connected to mqtt://broker after 2 failed attempts',
        ]),
    ),
  );

  it(
    'are no business of a client that connects, and of one that stays connected [S161]',
    afterwards(
      helpers => connects(unwatched(helpers, ['-a'], {}, 100)),
      () => expect(lines()).to.deep.equal([]),
    ),
  );

  it(
    'are logged whatever else is subscribed [S161]',
    afterwards(
      helpers => {
        const mqtt = unwatched(helpers, ['5ms #'], {}, 10);
        mqtt.topic$('t').subscribe(noMatter);
        mqtt.consume('c', () => undefined).subscribe(noMatter);
        mqtt.respond('r', () => '').subscribe(noMatter);
        mqtt.request('q', '', { timeout: 100 }).subscribe(noMatter);
        mqtt.publish('t', '', { qos: 1 }).subscribe(noMatter);
        of({ topic: 't' })
          .pipe(mqtt.publishAll({ qos: 1 }))
          .subscribe(noMatter);
        mqtt.reconnect().subscribe(noMatter);
        for (const stream$ of [mqtt.packet$, mqtt.ack$, mqtt.unrouted$, mqtt.undecodable$, mqtt.warning$, mqtt.stats$])
          (stream$ as Observable<unknown>).subscribe();
      },
      () => expect(kinds()).to.deep.equal(['failed']),
    ),
  );

  it(
    'are logged for mqtt$() too [S161]',
    afterwards(
      ({ broker }) => {
        const owned = mqtt$('mqtt://broker', { ...loud, transport: broker([]) }).subscribe();
        timer(50).subscribe(() => owned.unsubscribe());
      },
      () => expect(kinds()).to.deep.equal(['failed']),
    ),
  );

  it(
    'are not logged while somebody is subscribed to connection$ [S161]',
    afterwards(
      helpers => {
        const mqtt = unwatched(helpers, [], {}, 245);
        const watching = mqtt.connection$.subscribe();
        const alsoWatching = mqtt.connection$.subscribe();
        timer(55).subscribe(() => alsoWatching.unsubscribe());
        timer(105).subscribe(() => watching.unsubscribe());
        connects(mqtt);
      },
      () => expect(kinds()).to.deep.equal(['again 20']),
    ),
  );

  it(
    'were heard where somebody was subscribed: their end is not logged either [S161]',
    afterwards(
      helpers => {
        const mqtt = unwatched(helpers, ['#', '#', '---a'], {}, 100);
        const watching = mqtt.connection$.subscribe();
        timer(21).subscribe(() => watching.unsubscribe());
        connects(mqtt);
      },
      () => expect(kinds()).to.deep.equal([]),
    ),
  );

  it(
    'are not followed by a recovery that somebody hears of by connection$ [S161]',
    afterwards(
      helpers => {
        const mqtt = unwatched(helpers, ['#', '#', '---a'], {}, 100);
        timer(21).subscribe(() => mqtt.connection$.subscribe());
        connects(mqtt);
      },
      () => expect(kinds()).to.deep.equal(['failed']),
    ),
  );

  it(
    'include a connection that was lost before it counted as stable, and the client does not chatter [S162]',
    afterwards(
      helpers => connects(unwatched(helpers, Array<string>(25).fill('-a#'), {}, 1000)),
      () =>
        expect(kinds().slice(0, 7)).to.deep.equal([
          'failed',
          'connected 1',
          'CLOSE_REPEATED',
          'again 10',
          'connected 10',
          'again 20',
          'connected 20',
        ]),
    ),
  );

  it(
    'do not include the loss of a stable connection [S162]',
    afterwards(
      helpers => connects(unwatched(helpers, ['-a 9ms #', '-a 9ms #', '-a'], stableAfter, 100)),
      () => expect(kinds()).to.deep.equal([]),
    ),
  );

  it(
    'are counted from 1 again after a stable connection [S162]',
    afterwards(
      helpers => connects(unwatched(helpers, ['#', '#', '-a 9ms #', '#', '-a'], stableAfter, 200)),
      () => expect(kinds()).to.deep.equal(['failed', 'connected 2', 'failed', 'connected 1']),
    ),
  );

  it(
    'are counted from 1 again after reconnect() has dropped a connection [S162]',
    afterwards(
      helpers => {
        const mqtt = unwatched(helpers, ['#', '#', '-a', '#', '-a'], {}, 200);
        connects(mqtt);
        timer(50).subscribe(() => mqtt.reconnect().subscribe(noMatter));
      },
      () => expect(kinds()).to.deep.equal(['failed', 'connected 2', 'failed', 'connected 1']),
    ),
  );

  it(
    'are counted from 1 again when the client was closed [S162]',
    afterwards(
      helpers => {
        const mqtt = unwatched(helpers, ['#', '#', '#', '-a'], {}, 200);
        connects(mqtt);
        timer(15)
          .pipe(concatMap(() => mqtt.disconnect()))
          .subscribe({ complete: () => connects(mqtt) });
      },
      () => expect(kinds()).to.deep.equal(['failed', 'failed', 'connected 1']),
    ),
  );

  it(
    'do not include what is followed at once: a redirect, fresh options [S162]',
    afterwards(
      helpers => {
        connects(unwatched(helpers, ['-m', '-a'], {}, 100));
        connects(unwatched(helpers, ['-r', '-a'], { perAttempt: () => [{ username: 'me' }] }, 100));
      },
      () => expect(kinds()).to.deep.equal([]),
    ),
  );

  it(
    'include a redirect that leads nowhere [S162]',
    afterwards(
      helpers => connects(unwatched(helpers, ['-m', '-a'], { redirects: 'never' }, 100)),
      () => expect(kinds()).to.deep.equal(['failed', 'connected 1']),
    ),
  );

  it(
    'have no time of the next attempt where the strategy has a timer of its own',
    afterwards(
      helpers =>
        connects(unwatched(helpers, [], { reconnect: () => timer(10).pipe(concatMap(() => [undefined])) }, 15)),
      () => expect(lines()).to.deep.equal(['mqtt://broker: the script has no more attempts. Another attempt follows']),
    ),
  );

  const delays: [number, string][] = [
    [1, '0.001'],
    [437, '0.44'],
    [1000, '1'],
    [12_345, '12'],
    [60_000, '60'],
    [654_321, '650'],
  ];
  it(
    'have the time of the next attempt in seconds, with two digits',
    afterwards(
      helpers => {
        for (const [initial] of delays)
          connects(unwatched(helpers, [], { reconnect: { initial, max: initial, jitter: 'none' } }, 1));
      },
      () => expect(lines().map(line => / in (.*) s$/.exec(line)?.[1])).to.deep.equal(delays.map(([, shown]) => shown)),
    ),
  );
});

/** A transport whose attempts fail so, one after the other; then it connects. */
function failing(...errors: (readonly [ConnectionPhase, string, MqttErrorInfo['cause']?])[]): Transport {
  const { transport } = virtualBroker();
  let next = 0;
  return target => {
    const error = errors[next++];
    if (error === undefined) return transport(target);
    const [phase, message, cause] = error;
    return throwError(() => new MqttError('CONNECTION_FAILED', message, { phase, cause, retryable: true }));
  };
}

const codeOf = (code: string) => Object.assign(new Error(code), { code });
const status = (number: number) => Object.assign(new Error(`HTTP ${number}`), { status: number });
const unlikely = 'Trying again is unlikely to help.';

describe('a first attempt that is unlikely to heal', () => {
  const firsts: [what: string, isLasting: boolean, phase: ConnectionPhase, cause?: unknown][] = [
    ['something that is not MQTT answers', true, 'mqtt'],
    ['the certificate is not trusted', true, 'tls', codeOf('DEPTH_ZERO_SELF_SIGNED_CERT')],
    ['the port does not speak TLS', true, 'tls', codeOf('ERR_SSL_WRONG_VERSION_NUMBER')],
    ['the port does not speak TLS, in older words', true, 'tls', codeOf('EPROTO')],
    ['the port does not speak HTTP', true, 'websocket', codeOf('HPE_INVALID_CONSTANT')],
    ['HTTP answers 200', true, 'websocket', status(200)],
    ['HTTP answers 404', true, 'websocket', status(404)],
    ['HTTP answers 429', false, 'websocket', status(429)],
    ['HTTP answers 503', false, 'websocket', status(503)],
    ['a WebSocket fails in a browser', false, 'websocket'],
    ['it hangs up during TLS', false, 'tls', codeOf('ECONNRESET')],
    ['it breaks during TLS', false, 'tls', codeOf('EPIPE')],
    ['nothing listens', false, 'tcp', codeOf('ECONNREFUSED')],
    ['the name server does not answer', false, 'dns', codeOf('EAI_AGAIN')],
  ];
  for (const [what, isLasting, phase, cause] of firsts)
    it(
      `${what}: ${isLasting ? 'is one' : 'is none'} [S163]`,
      afterwards(
        ({ client }) => connects(client(failing([phase, 'no', cause]), loud, 50)),
        () =>
          expect(lines()).to.deep.equal([
            `mqtt://broker: no.${isLasting ? ` ${unlikely}` : ''} Next attempt in 0.01 s`,
            'connected to mqtt://broker after 1 failed attempt',
          ]),
      ),
    );

  it(
    'is none when the broker has been reached before [S163]',
    afterwards(
      ({ client, act }) => {
        const broker = virtualBroker();
        const later = failing(['mqtt', 'no']);
        let attempts = 0;
        const mqtt = client(
          target => (attempts++ === 0 ? broker.transport(target) : later(target)),
          { ...loud, ...stableAfter },
          100,
        );
        act('c 19ms x', { c: () => connects(mqtt), x: () => broker.cut() });
      },
      () => {
        expect(lines()).to.deep.equal([
          'mqtt://broker: no. Next attempt in 0.01 s',
          'connected to mqtt://broker after 1 failed attempt',
        ]);
      },
    ),
  );

  it(
    'is named by its server, unless the error does that',
    afterwards(
      () => {
        const urls: [url: string, message: string][] = [
          ['mqtt://host', 'cannot connect to host:1883: no'],
          ['mqtt://host:7', 'cannot connect to host:7: no'],
          ['ws://host/mqtt', 'no WebSocket at host/mqtt: no'],
          ['mqtt://[::1]:7', 'no TLS with [::1]:7: no'],
          ['mqtt://host', 'cannot connect to the proxy localhost:8080: no'],
          ['mqtt://a', 'perAttempt answers'],
          ['mqtt://user:secret@host', 'no'],
        ];
        for (const [url, message] of urls) {
          const client = mqtt(url, { ...loud, transport: failing(['tcp', message]) });
          connects(client);
          timer(1).subscribe(() => client.close());
        }
      },
      () =>
        expect(lines().map(line => line.replace('. Next attempt in 0.01 s', ''))).to.deep.equal([
          'cannot connect to host:1883: no',
          'cannot connect to host:7: no',
          'no WebSocket at host/mqtt: no',
          'no TLS with [::1]:7: no',
          'mqtt://host: cannot connect to the proxy localhost:8080: no',
          'mqtt://a: perAttempt answers',
          'mqtt://host: no',
        ]),
    ),
  );
});

describe('the option quiet', () => {
  it(
    'keeps failed attempts and warnings off the console [S164]',
    afterwards(
      helpers => {
        for (const quiet of [true, false]) {
          const mqtt = unwatched(helpers, ['-a'], { quiet }, 20);
          mqtt.topic$('t', { ack: 'manual' }).subscribe(noMatter); // warns, as the session does not last
          connects(unwatched(helpers, [], { quiet }, 20));
        }
      },
      () =>
        expect(consoleLines().map(line => line.split(':')[1])).to.have.members([' mqtt', ' MANUAL_ACK_CLEAN_SESSION']),
    ),
  );

  it('belongs to the client, and is true or false', () => {
    const asked = (options: object) => () => mqtt('mqtt://broker', options);
    expect(asked({ quiet: 'yes' }))
      .to.throw(/quiet/)
      .with.property('code', 'INVALID_ARGUMENT');
    const server: object = { url: 'mqtt://broker', options: { quiet: true } };
    expect(() => mqtt([server as ServerOptions])).to.throw(/quiet.*belongs to the client/);
  });
});

describe('a console', () => {
  /** Runs the test with another console, as far as the client sees it. */
  const withConsole = (value: unknown, test: () => void) => () => {
    const saved = Object.getOwnPropertyDescriptor(globalThis, 'console')!;
    Object.defineProperty(globalThis, 'console', { value, configurable: true });
    try {
      test();
    } finally {
      Object.defineProperty(globalThis, 'console', saved);
    }
  };
  const connected = ({ broker, client, expectTimeline }: MqttHelpers) => {
    const mqtt = client(broker(['#', '-a'], packets), loud, 100);
    connects(mqtt);
    expectTimeline(timer(40).pipe(concatMap(() => of(mqtt.connection.status)))).toBe('40 connected', '40 |');
  };

  for (const [what, value] of [
    ['that the engine does not have', undefined],
    ['without warn()', {}],
  ] as const)
    it(`${what}: the client goes on [S164]`, withConsole(value, mqttMarbles(connected)));

  const throwing = {
    warn: () => {
      throw new Error('no console output, please');
    },
  };
  it('that throws is reported as RxJS reports it, and the client goes on [S164]', () => {
    expectUnhandled('no console output', 'no console output');
    withConsole(throwing, mqttMarbles(connected))();
  });
});
