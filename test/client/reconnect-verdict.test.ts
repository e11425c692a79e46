import { expect } from 'chai';
import { serverReasonCodes } from '../../src/codec/gate/reason-codes.js';
import { MqttError, type MqttErrorCode, type Verdict } from '../../src/index.js';
import { type Remedies, standardVerdict } from '../../src/operators/reconnect/verdict.js';
import { isFailure, isRetryable } from '../../src/protocol/reason-codes.js';
import { connack, disconnect } from '../support/packets.js';
import { mqttMarbles } from '../support/marbles.js';
import { connecting, journey } from '../support/journey.js';

const all: Remedies = { freshOptions: true, freshCredentials: true, freshClientId: true, acceptedBefore: true };
const none: Remedies = { freshOptions: false, freshCredentials: false, freshClientId: false, acceptedBefore: false };
const hex = (code: number) => `0x${code.toString(16).padStart(2, '0')}`;

const verdictOn = (code: MqttErrorCode, reasonCode: number, remedies: Remedies) =>
  standardVerdict(new MqttError(code, 'no', { reasonCode, retryable: isRetryable(reasonCode) }), remedies);

/** Reason code: the verdict with every remedy at hand, and without any where that differs. */
type Table = Readonly<Record<number, readonly [Verdict, Verdict?]>>;

const onConnack: Table = {
  0x80: ['retry'],
  0x81: ['stop'],
  0x82: ['stop'],
  0x83: ['retry'],
  0x84: ['stop'],
  0x85: ['newClientId', 'stop'],
  0x86: ['refreshOptions', 'stop'],
  0x87: ['refreshOptions', 'stop'],
  0x88: ['retry'],
  0x89: ['retry'],
  0x8a: ['stop'],
  0x8c: ['refreshOptions', 'stop'],
  0x90: ['stop'],
  0x95: ['stop'],
  0x97: ['retry'],
  0x99: ['stop'],
  0x9a: ['stop'],
  0x9b: ['stop'],
  0x9c: ['redirect'],
  0x9d: ['redirect'],
  0x9f: ['retry'],
};

const onDisconnect: Table = {
  0x00: ['retry'],
  0x80: ['retry'],
  0x81: ['retry'],
  0x82: ['retry'],
  0x83: ['retry'],
  0x87: ['refreshOptions', 'retry'],
  0x89: ['retry'],
  0x8b: ['retry'],
  0x8d: ['retry'],
  0x8e: ['stop'],
  0x8f: ['retry'],
  0x90: ['retry'],
  0x93: ['retry'],
  0x94: ['retry'],
  0x95: ['retry'],
  0x96: ['retry'],
  0x97: ['retry'],
  0x98: ['retry'],
  0x99: ['retry'],
  0x9a: ['retry'],
  0x9b: ['retry'],
  0x9c: ['redirect'],
  0x9d: ['redirect'],
  0x9e: ['retry'],
  0x9f: ['retry'],
  0xa0: ['retry'],
  0xa1: ['retry'],
  0xa2: ['retry'],
};

/** Of an error that says it is retryable, and of one that does not. */
const onError: Partial<Record<MqttErrorCode, readonly [Verdict, Verdict]>> = {
  INVALID_ARGUMENT: ['stop', 'stop'],
  NOT_SUPPORTED: ['stop', 'stop'],
  UNSUPPORTED_PROTOCOL_VERSION: ['stop', 'stop'],
  PACKET_TOO_LARGE: ['retry', 'stop'],
  CONNECTION_FAILED: ['retry', 'stop'],
  CONNECTION_CLOSED: ['retry', 'stop'],
  CONNECTION_REFUSED: ['retry', 'stop'],
  CONNECT_TIMEOUT: ['retry', 'stop'],
  SERVER_DISCONNECTED: ['retry', 'stop'],
  KEEPALIVE_TIMEOUT: ['retry', 'stop'],
  ACK_TIMEOUT: ['retry', 'stop'],
  MALFORMED_PACKET: ['retry', 'stop'],
  PROTOCOL_ERROR: ['retry', 'stop'],
  TRANSPORT_ERROR: ['retry', 'stop'],
  OPTIONS_FAILED: ['retry', 'stop'],
  AUTHENTICATION_FAILED: ['retry', 'stop'],
};

const tables: [packet: string, code: MqttErrorCode, known: readonly number[], table: Table][] = [
  ['CONNACK', 'CONNECTION_REFUSED', serverReasonCodes.connack.filter(isFailure), onConnack],
  ['DISCONNECT', 'SERVER_DISCONNECTED', serverReasonCodes.disconnect, onDisconnect],
];

describe('reconnect: the standard verdict', () => {
  for (const [packet, code, known, table] of tables) {
    it(`has a line for every reason code of ${packet}`, () => {
      expect(Object.keys(table).map(Number)).to.deep.equal([...known]);
    });
    for (const [key, [helped, helpless = helped]] of Object.entries(table)) {
      const reasonCode = Number(key);
      it(`${packet} ${hex(reasonCode)}: ${helped}${helped === helpless ? '' : `, or ${helpless}`}`, () => {
        expect(verdictOn(code, reasonCode, all)).to.equal(helped);
        expect(verdictOn(code, reasonCode, none)).to.equal(helpless);
      });
    }
  }

  for (const [code, [retryable, final]] of Object.entries(onError)) {
    it(`${code}: ${retryable}${retryable === final ? '' : `, or ${final} when it says that no retry can help`}`, () => {
      const error = (mendable: boolean) => new MqttError(code as MqttErrorCode, 'no', { retryable: mendable });
      expect(standardVerdict(error(true), all)).to.equal(retryable);
      expect(standardVerdict(error(false), all)).to.equal(final);
    });
  }

  it('0x87 from us, as in PROTOCOL_ERROR, is not the word of the broker', () => {
    const error = new MqttError('PROTOCOL_ERROR', 'no', { reasonCode: 0x87, retryable: true });
    expect(standardVerdict(error, all)).to.equal('retry');
  });
});

describe('reconnect: a verdict of the user', () => {
  const fixed = { initial: 3, jitter: 'none' } as const;
  const a = connack();
  const unauthorized = connack({ reasonCode: 0x87 });
  const busy = connack({ reasonCode: 0x89 });

  it(
    'overrules the standard one, which it is told [S70]',
    mqttMarbles(({ broker, expectTimeline }) => {
      const told: string[] = [];
      const client = connecting(
        'mqtt://a',
        {
          transport: broker(['-u', '-b'], { u: unauthorized, b: busy }),
          reconnect: fixed,
          verdict: (error, standard) => {
            told.push(`${hex(error.reasonCode!)} ${standard}`);
            return standard === 'stop' ? 'retry' : 'stop';
          },
        },
        100,
      );
      expectTimeline(journey(client)).toBe(
        '0 connecting mqtt://a',
        '1 waiting 3: CONNECTION_REFUSED',
        '4 connecting mqtt://a',
        '5 closed: CONNECTION_REFUSED',
        '5 |',
      );
      client.connection$.subscribe({
        complete: () => expect(told).to.deep.equal(['0x87 stop', '0x89 retry']),
      });
    }),
  );

  const wrong: [what: string, verdict: () => Verdict, code: string][] = [
    [
      'throws',
      () => {
        throw new Error('no');
      },
      'OPTIONS_FAILED',
    ],
    ['says what is no verdict', () => 'later' as Verdict, 'INVALID_ARGUMENT'],
    ['says nothing', () => undefined as never, 'INVALID_ARGUMENT'],
    ['asks for fresh options where there is no perAttempt', () => 'refreshOptions', 'CONNECTION_REFUSED'],
  ];
  for (const [what, verdict, code] of wrong) {
    it(
      `that ${what} is the end: ${code}`,
      mqttMarbles(({ broker, expectTimeline }) => {
        const transport = broker(['-b'], { b: busy });
        const client = connecting('mqtt://a', { transport, reconnect: fixed, verdict }, 100);
        expectTimeline(journey(client)).toBe('0 connecting mqtt://a', `1 closed: ${code}`, '1 |');
      }),
    );
  }

  it(
    'is not asked with reconnect: false; then nothing is done at once either',
    mqttMarbles(({ broker, expectTimeline }) => {
      const moved = connack({ reasonCode: 0x9c, properties: { serverReference: 'b' } });
      for (const first of [moved, connack({ reasonCode: 0x85 }), busy]) {
        const client = connecting(
          'mqtt://a',
          { transport: broker(['-f', '-a'], { f: first, a }), reconnect: false },
          9,
        );
        expectTimeline(journey(client)).toBe('0 connecting mqtt://a', '1 closed: CONNECTION_REFUSED', '1 |');
      }
      expect(() => connecting('mqtt://a', { reconnect: false, verdict: () => 'retry' }, 9)).to.throw(/verdict/);
    }),
  );
});

describe('reconnect: "session taken over" must not be answered with an endless fight', () => {
  it(
    'the client stops, and the error names the usual cause and the client id',
    mqttMarbles(({ broker, expectTimeline }) => {
      const transport = broker(['-a-t', '-a'], { a: connack(), t: disconnect(0x8e, { reasonString: 'gone' }) });
      const client = connecting('mqtt://a', { transport, clientId: 'kitchen', reconnect: { initial: 1 } }, 100);
      expectTimeline(journey(client)).toBe(
        '0 connecting mqtt://a',
        '1 connected',
        '3 closed: SERVER_DISCONNECTED',
        '3 |',
      );
      client.connection$.subscribe(state => {
        if (state.status !== 'closed') return;
        const { error } = state;
        expect(error?.message).to.match(/another client .* same client id 'kitchen'.*give each its own 'clientId'/);
        expect(error).to.include({ reasonCode: 0x8e, reasonString: 'gone', retryable: false });
        expect(MqttError.is(error?.cause, 'SERVER_DISCONNECTED')).to.equal(true);
      });
    }),
  );
});
