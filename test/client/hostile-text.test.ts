import { expect } from 'chai';
import { inspect } from 'node:util';
import { catchError, ignoreElements, map, of } from 'rxjs';
import { handlerFailed, requestTimeout } from '../../src/client/requests/request-errors.js';
import { closedOn, notConnected, publishTimeout } from '../../src/client/publishing/publish-errors.js';
import { toMqttError } from '../../src/client/connection/connection-errors.js';
import { Router } from '../../src/client/connection/packets/router.js';
import { Warnings } from '../../src/client/warnings.js';
import { validateOptions } from '../../src/client/options/validate-options.js';
import { resolveAckAfterOptions } from '../../src/operators/ack-after-options.js';
import { MqttError, MqttMessage, json, mqtt } from '../../src/index.js';
import type { MqttWarning } from '../../src/warnings.js';
import { assertAccepted } from '../../src/operators/handshake/handshake.js';
import {
  evicted,
  expired,
  publishRefused,
  queueFull,
  sessionLost,
} from '../../src/protocol/outbound/delivery-errors.js';
import { negotiateLimits, publishObstacle } from '../../src/protocol/limits.js';
import { parseTemplate } from '../../src/protocol/topics/template.js';
import { assertTopicName } from '../../src/protocol/topics/validate.js';
import { connectFailure, tlsFailure, refusedUpgrade, upgradeFailure } from '../../src/transport/node/failures.js';
import { linkBroken } from '../../src/transport/node/socket-link.js';
import { closeReason } from '../../src/transport/web-socket-protocol.js';
import { connect } from '../protocol/support.js';
import { connack, publish, suback } from '../support/packets.js';
import { mqttMarbles } from '../support/marbles.js';

const hostile = `\x1b[2Jx\r\nINFO all is well\x9b31m\x07\u202eabc\u2028\u200b\ufeff\u{e0041}${'x'.repeat(65_000)}`;

const UNSAFE = /[\0-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff\u{e0000}-\u{e007f}]/u;

const isPrintable = (error: unknown): boolean => {
  const { message: words } = error as MqttError;
  return !UNSAFE.test(words) && words.length < 500;
};

const properties = { reasonString: hostile };
const message = publish(hostile);
const thrown = Object.assign(new Error(hostile), { code: 'EX' });

function errorOf(run: () => unknown): MqttError {
  try {
    return run() as MqttError;
  } catch (error) {
    return error as MqttError;
  }
}

/** Each place where foreign text goes into a message, and words that come after that text and must survive. */
const places: readonly [what: string, run: () => unknown, after?: string][] = [
  ['the reason string of CONNACK', () => assertAccepted(connack({ reasonCode: 0x87, properties }), connect())],
  [
    'the reason string of DISCONNECT',
    () => {
      const router = new Router();
      router.connack$.subscribe();
      router.route(connack());
      router.route({ cmd: 'disconnect', reasonCode: 0x8b, properties });
    },
  ],
  [
    'topic and reason string of PUBACK',
    () => publishRefused(message, { cmd: 'puback', packetId: 1, reasonCode: 0x87, properties }),
    ' by PUBACK 0x87',
  ],
  ['the topic of a full queue', () => queueFull(message, '1 message'), "raise the limits in option 'queue'"],
  ['the topic of an evicted message', () => evicted(message), 'evicted from the full queue'],
  ['the topic of an expired message', () => expired(message), 'expired while it waited'],
  ['the topic of a lost session', () => sessionLost(message), 'is unknown'],
  ['the topic without a connection', () => notConnected(hostile), "to 'queue'"],
  ['the topic of a timeout', () => publishTimeout(hostile, 1, 'rejected'), 'is dropped'],
  [
    'the topic of a closed client',
    () => closedOn(hostile, new MqttError('CLIENT_CLOSED', hostile), 'rejected'),
    'was not sent',
  ],
  ['the topic of a request', () => requestTimeout(hostile, 1, 'answering', 0), 'no reply came'],
  ['what a handler threw', () => handlerFailed(hostile, thrown), 'failed: '],
  [
    'the topic of a message too good for the broker',
    () => publishObstacle({ ...message, qos: 2 }, { ...negotiateLimits(connect(), connack()), maximumQoS: 1 }),
    'to have it lowered',
  ],
  ['a topic that is none', () => assertTopicName(`${hostile}#`), 'only filters have wildcards'],
  ['a filter that is none', () => parseTemplate(`${hostile.slice(0, 200)}#/a`), 'it must be a whole level'],
  ['a name that is none', () => parseTemplate(`+${hostile.slice(0, 200)}/a`), 'devices/+id'],
  ['what a transport threw', () => toMqttError(thrown)],
  ['what a transport threw that is no Error', () => toMqttError(hostile)],
  ['what a socket says', () => connectFailure(thrown, 'host'), '(EX)'],
  ['what breaks a connection', () => linkBroken(thrown)],
  [
    'the names in a certificate',
    () =>
      tlsFailure(
        Object.assign(new Error(hostile), { code: 'ERR_TLS_CERT_ALTNAME_INVALID', cert: { subjectaltname: hostile } }),
        { name: 'host', expected: 'host', showsCertificate: false, hasAuthority: false },
      ),
    "'tls.servername' sets the name to check",
  ],
  [
    'what TLS says',
    () => tlsFailure(thrown, { name: 'host', expected: 'host', showsCertificate: false, hasAuthority: false }),
    '(EX)',
  ],
  ['what HTTP says', () => upgradeFailure(thrown, new URL('ws://host/mqtt'))],
  ['the status of HTTP', () => refusedUpgrade(418, new URL('ws://host/mqtt'))],
  ['the reason of a WebSocket', () => new MqttError('CONNECTION_CLOSED', closeReason(4000, hostile)!)],
  ['a key of the options', () => validateOptions({ [hostile]: 1 }), 'known are'],
  ['a key of options of consume', () => resolveAckAfterOptions({ [hostile]: 1 }), 'known are'],
  ['a key beside a URL', () => mqtt([{ url: 'mqtt://h', [hostile]: 1 }])],
  ['a scheme', () => mqtt(`${'x'.repeat(65_000)}://host`)],
  [
    'a payload that is no JSON',
    () => new MqttMessage(hostile, new TextEncoder().encode(hostile), 0, false, false).json(),
  ],
  [
    'a payload that the codec cannot decode',
    () =>
      json().decode(new TextEncoder().encode(hostile), new MqttMessage(hostile, new Uint8Array(0), 0, false, false)),
  ],
  ['a place that has forgotten to quote', () => new MqttError('PROTOCOL_ERROR', hostile)],
];

describe('foreign text in messages [S141]', () => {
  for (const [what, run, after = ''] of places) {
    it(`${what}: is escaped and bounded, and the sentence goes on`, () => {
      const error = errorOf(run);
      expect(MqttError.is(error), inspect(error)).to.equal(true);
      expect(error.message).not.to.match(UNSAFE);
      expect(error.message).to.have.length.below(2_010).and.to.include(after);
      expect(error.stack!.split('\n    at ')[0]).to.equal(`MqttError: ${error.message}`);
    });
  }

  it('reasonString and subject stay as they came', () => {
    const error = publishRefused(message, { cmd: 'puback', packetId: 1, reasonCode: 0x87, properties });
    expect(error).to.include({ reasonString: hostile, subject: hostile });
  });

  it(
    'SUBACK: filter and reason string',
    mqttMarbles(({ broker, client, expectTimeline }) => {
      const refusal = { ...suback(1, 0x87), properties };
      const mqtt = client(broker(['-as'], { a: connack(), s: refusal }), {}, 20);
      const safe$ = mqtt.topic$(`a/\u202e${'y'.repeat(9_000)}`).pipe(
        ignoreElements(),
        catchError((error: unknown) => of(isPrintable(error))),
      );
      expectTimeline(safe$.pipe(map(String))).toBe('2 true', '2 |');
    }),
  );

  it('warnings, for those who listen and on the console', () => {
    const said: string[] = [];
    const warnings = new Warnings();
    const warning: MqttWarning = { code: 'HOLD_FULL', message: hostile, topic: hostile };
    const { warn } = console;
    console.warn = (words: string) => said.push(words);
    try {
      warnings.warn(warning);
    } finally {
      console.warn = warn;
    }
    warnings.warning$.subscribe(({ message: words }) => said.push(words));
    warnings.warn(warning);
    expect(said).to.have.length(2);
    for (const words of said) {
      expect(words).not.to.match(UNSAFE);
      expect(words).to.have.length.below(2_050);
    }
  });

  it('shows common text of any language as it is', () => {
    for (const words of ['größer 温度 температура 🌡️', 'it\'s 5 > 4 \\ "quoted"'])
      expect(new MqttError('PROTOCOL_ERROR', words).message).to.equal(words);
  });
});

describe('payloads that are no JSON [S142]', () => {
  const secret = 's3cr3t';
  for (const text of [
    secret,
    `{"a":"${secret}"`,
    `{"a":"${secret}",}`,
    `"${secret}`,
    `[1,\n${secret}]`,
    '',
    `12${secret}`,
  ]) {
    it(`${JSON.stringify(text)}: DECODE_FAILED with the topic, and nothing of the payload in error, cause and stack`, () => {
      const bytes = new TextEncoder().encode(text);
      const received = new MqttMessage('a/b', bytes, 0, false, false);
      for (const run of [
        () => received.json(),
        () => json().decode(bytes, received),
        () => json(String).decode(bytes, received),
      ]) {
        const error = errorOf(run);
        expect(error).to.include({ code: 'DECODE_FAILED', subject: 'a/b' });
        expect(error.message).to.match(/^cannot decode the message of 'a\/b': it is /);
        expect(error.cause).to.be.instanceOf(SyntaxError);
        expect(inspect(error, { showHidden: true, depth: null })).not.to.include(secret);
      }
    });
  }
});
