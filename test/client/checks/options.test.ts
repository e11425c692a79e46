import { expect } from 'chai';
import { asyncScheduler, EMPTY } from 'rxjs';
import { validateOptions } from '../../../src/client/options/validate-options.js';
import type { MqttOptions } from '../../../src/options/options.js';
import { type Case, accepts, refuses } from './refusals.js';

const check = (options: unknown): unknown => validateOptions(options);
const long = 'x'.repeat(65_536);
const longInBytes = 'ü'.repeat(32_768);

/** Each key with values that it cannot have, and what the message says is allowed. */
const badValues: readonly (readonly [key: string, allowed: string, ...values: unknown[]])[] = [
  ['protocolVersion', "'auto', 5, 4 (MQTT 3.1.1) or 3 (MQTT 3.1)", 2, 6, '5', '3.1.1', 'AUTO', null],
  ['clientId', 'a string', 7, null, new Uint8Array(1)],
  ['clientId', 'at most 65,535 bytes', long, longInBytes],
  ['clientId', 'without U+0000', 'a\0b'],
  ['clientId', 'well-formed', 'a\ud800'],
  ['clean', 'true or false', 1, 'true', null],
  ['sessionExpiry', 'an integer from 0 to 4,294,967,295', -1, 1.5, 2 ** 32, '60', NaN, Infinity, 5n],
  ['username', 'a string', 7, null, {}],
  ['username', 'at most 65,535 bytes', long, longInBytes],
  ['username', 'without U+0000', '\0'],
  ['username', 'well-formed', '\udc00'],
  ['password', 'a string or a Uint8Array', 7, null, [1, 2], new ArrayBuffer(1)],
  ['password', 'at most 65,535 bytes', long, longInBytes, new Uint8Array(65_536)],
  ['password', 'well-formed', '\ud800'],
  ['will', 'a plain object', 'bye', null, [], new Map()],
  ['properties', 'a plain object', 'x', null, []],
  ['keepalive', 'an integer from 0 to 65,535', -1, 65_536, 0.5, '60', NaN, null],
  ['idlePing', 'a number of s from 0 to 2,147,483', -1, 2_147_484, NaN, '5'],
  ['pingTimeout', 'a number of ms above 0', 0, -1, 2 ** 31, NaN, '5'],
  ['probeTimeout', 'a number of ms above 0', 0, -1, 2 ** 31, NaN, '5'],
  ['connectTimeout', 'a number of ms above 0', 0, -1, 2 ** 31, Infinity, '5'],
  ['ackTimeout', 'a number of ms from 0 to 2,147,483,647', -1, 2 ** 31, NaN, Infinity, '5'],
  ['closeTimeout', 'a number of ms from 0 to 2,147,483,647', -1, 2 ** 31, NaN, '5'],
  ['autoConnect', 'true or false', 0, 'no', null],
  ['reconnect', 'a function, an object of backoff options, or false', true, 5, 'never', null, []],
  ['resubscribe', "'ifSessionLost', 'always' or 'never'", true, 'sometimes', null],
  ['republish', "'ifSessionLost' or 'never'", false, 'always', null],
  ['maxInFlight', 'an integer from 1 to 65,535', 0, -1, 1.5, 65_536, Infinity, NaN, '3', null],
  ['maxDeliveries', 'an integer from 1 to 9,007,199,254,740,991', 0, -1, 1.5, NaN, '3', null],
  ['resendInterval', 'a number of ms from 0 to 2,147,483,647', -1, 2 ** 31, '5'],
  ['queue', 'a plain object', 1000, null, []],
  ['topicAliases', 'true or false', 1, null],
  ['maximumQoS', '0, 1 or 2', 3, -1, '1', null],
  ['deliverQos2', "'publish' or 'release'", 'pubrel', true, null],
  ['tcp', 'a plain object', true, null],
  ['perAttempt', 'a function', {}, 'x', null],
  ['optionsTimeout', 'a number of ms above 0', 0, -1, 2 ** 31, Infinity, '5'],
  ['onConnectPacket', 'a function', {}, 'x', null],
  ['verdict', 'a function', {}, 'retry', null],
  ['transport', 'a function', 'tcp', {}, null],
  ['scheduler', 'a scheduler of RxJS', 'async', {}, { now: () => 0 }, null],
  ['random', 'a function', 0.5, null],
];

const nested: readonly Case[] = [
  [{ will: {} }, 'will.topic', 'missing'],
  [{ will: { payload: 'x' } }, 'will.topic', 'missing'],
  [{ will: { topic: 7 } }, 'will.topic', 'a string', 'number'],
  [{ will: { topic: '' } }, 'will.topic', 'at least one character'],
  [{ will: { topic: 'a/#' } }, 'will.topic', 'wildcard'],
  [{ will: { topic: '+' } }, 'will.topic', 'wildcard'],
  [{ will: { topic: 't', payload: {} } }, 'will.payload', 'a string, a Uint8Array or an ArrayBuffer', 'an object'],
  [{ will: { topic: 't', payload: long } }, 'will.payload', '65,535 bytes'],
  [{ will: { topic: 't', payload: new ArrayBuffer(65_536) } }, 'will.payload', '65,535 bytes'],
  [{ will: { topic: 't', qos: 3 } }, 'will.qos', '0, 1 or 2', '3'],
  [{ will: { topic: 't', retain: 'yes' } }, 'will.retain', 'true or false', "'yes'"],
  [{ will: { topic: 't', properties: [] } }, 'will.properties', 'a plain object'],
  [{ will: { topic: 't', properties: { willDelayInterval: -1 } } }, 'will.properties.willDelayInterval', '-1'],
  [{ will: { topic: 't', properties: { topicAlias: 1 } } }, 'will.properties.topicAlias', 'cannot be set'],
  [
    { will: { topic: 't', properties: { subscriptionIdentifier: 1 } } },
    'will.properties.subscriptionIdentifier',
    'cannot be set',
  ],
  [{ will: { topic: 't', properties: { responseTopic: 'a/+' } } }, 'will.properties.responseTopic', 'wildcard'],
  [{ properties: { receiveMaximum: 0 } }, 'properties.receiveMaximum', 'from 1 to 65,535', '0'],
  [{ properties: { receiveMaximum: 65_536 } }, 'properties.receiveMaximum', 'from 1 to 65,535'],
  [{ properties: { maximumPacketSize: 0 } }, 'properties.maximumPacketSize', 'from 1 to 4,294,967,295, or Infinity'],
  [
    { properties: { maximumPacketSize: 2 ** 32 } },
    'properties.maximumPacketSize',
    'from 1 to 4,294,967,295, or Infinity',
  ],
  [{ properties: { topicAliasMaximum: 65_536 } }, 'properties.topicAliasMaximum', 'from 0 to 65,535'],
  [{ properties: { requestResponseInformation: 1 } }, 'properties.requestResponseInformation', 'true or false', '1'],
  [{ properties: { requestProblemInformation: 0 } }, 'properties.requestProblemInformation', 'true or false', '0'],
  [{ properties: { userProperties: { a: 'b' } } }, 'properties.userProperties', 'pairs [name, value]', 'an object'],
  [{ properties: { userProperties: ['ab'] } }, 'properties.userProperties[0]', 'a pair', 'a string'],
  [{ properties: { userProperties: [['a', 'b'], ['c']] } }, 'properties.userProperties[1]', 'a pair', 'an array of 1'],
  [{ properties: { userProperties: [['a', 7]] } }, 'properties.userProperties[0][1]', 'a string', 'a number'],
  [{ properties: { userProperties: [['a\0', 'b']] } }, 'properties.userProperties[0][0]', 'U+0000'],
  [{ properties: { userProperties: [, ['a', 'b']] } }, 'properties.userProperties[0]', 'undefined'],
  [{ properties: { sessionExpiryInterval: 5 } }, 'properties.sessionExpiryInterval', "set option 'sessionExpiry'"],
  [{ properties: { authenticationMethod: 'x' } }, 'properties.authenticationMethod', 'cannot be set'],
  [{ properties: { authenticationData: new Uint8Array(3) } }, 'properties.authenticationData', 'cannot be set'],
  [{ authentication: 'SCRAM-SHA-256' }, 'authentication', 'a plain object', 'a string'],
  [{ authentication: { method: 'T' } }, 'authentication.exchange', 'is missing'],
  [{ authentication: { exchange: () => [] } }, 'authentication.method', 'is missing'],
  [{ authentication: { method: '', exchange: () => [] } }, 'authentication.method', 'an empty one'],
  [{ authentication: { method: 'T\0', exchange: () => [] } }, 'authentication.method', 'U+0000'],
  [{ authentication: { method: 'T', exchange: [] } }, 'authentication.exchange', 'a function', 'an array'],
  [
    { authentication: { method: 'T', exchange: () => [], serverFirst: 1 } },
    'authentication.serverFirst',
    'true or false',
  ],
  [{ authentication: { method: 'T', exchange: () => [], data: 'x' } }, 'authentication.data', 'known are'],
  [{ queue: { maxMessages: 0 } }, 'queue.maxMessages', 'an integer from 1', 'got 0'],
  [{ queue: { maxMessages: Infinity } }, 'queue.maxMessages', 'Infinity'],
  [{ queue: { maxMessages: '10' } }, 'queue.maxMessages', "the string '10'"],
  [{ queue: { maxBytes: 0 } }, 'queue.maxBytes', 'an integer from 1'],
  [{ queue: { maxBytes: 1.5 } }, 'queue.maxBytes', '1.5'],
  [{ queue: { overflow: 'evict' } }, 'queue.overflow', "'refuse' or 'evictOldest'", "'evict'"],
  [{ queue: { offlineQos0: true } }, 'queue.offlineQos0', "'refuse' or 'queue'", 'true'],
  [{ tcp: { noDelay: 1 } }, 'tcp.noDelay', 'true or false', '1'],
  [{ reconnect: { initial: 0 } }, 'reconnect.initial', 'from 1'],
  [{ reconnect: { initial: '1s' } }, 'reconnect.initial', "'1s'"],
  [{ reconnect: { max: 2 ** 31 } }, 'reconnect.max', 'to 2,147,483,647'],
  [{ reconnect: { factor: 0.5 } }, 'reconnect.factor', 'from 1 to 1,000'],
  [{ reconnect: { jitter: true } }, 'reconnect.jitter', "'full' or 'none'"],
  [{ reconnect: { maxRetries: -1 } }, 'reconnect.maxRetries', '-1'],
  [{ reconnect: { maxRetries: 1.5 } }, 'reconnect.maxRetries', '1.5'],
  [{ reconnect: { stableAfter: -1 } }, 'reconnect.stableAfter', '-1'],
];

const contradictory: readonly Case[] = [
  [{ clientId: '', clean: false }, 'clientId', "'clean'", 'empty'],
  [{ clientId: '', protocolVersion: 3 }, 'clientId', '3.1'],
  [{ clean: false }, 'clientId', "option 'clientId' is missing", "'clean' false", "set a 'clientId'"],
  [{ clean: false, sessionExpiry: 60 }, 'clientId', "option 'clientId' is missing"],
  [{ authentication: { method: 'T', exchange: () => [] }, protocolVersion: 4 }, 'authentication', '5.0 only'],
  [{ password: 'x', protocolVersion: 4 }, 'password', "'username'", '3.1.1'],
  [{ password: 'x', protocolVersion: 3 }, 'password', "'username'"],
  [{ sessionExpiry: 60, protocolVersion: 4 }, 'sessionExpiry', '5.0 only'],
  [{ sessionExpiry: 60, protocolVersion: 3 }, 'sessionExpiry', '5.0 only'],
  [{ properties: { receiveMaximum: 5 }, protocolVersion: 4 }, 'properties', '5.0 only'],
  [{ will: { topic: 't', properties: { contentType: 'x' } }, protocolVersion: 4 }, 'will.properties', '5.0 only'],
  [{ resendInterval: 1000, protocolVersion: 5 }, 'resendInterval', '5.0 forbids'],
  [{ idlePing: 30, keepalive: 30 }, 'idlePing', "'keepalive'"],
  [{ reconnect: { initial: 2000, max: 1000 } }, 'reconnect.initial', "'reconnect.max'"],
  [{ reconnect: { initial: 60_001 } }, 'reconnect.initial', '60,000'],
  [{ reconnect: false, verdict: () => 'retry' }, 'verdict', "'reconnect' false"],
];

const unknown: readonly Case[] = [
  [{ keepAlive: 5 }, 'keepAlive', "unknown option 'keepAlive'; did you mean 'keepalive'?"],
  [{ clientID: 'x' }, 'clientID', "did you mean 'clientId'?"],
  [{ pasword: 'x' }, 'pasword', "did you mean 'password'?"],
  [{ user: 'x' }, 'user', "did you mean 'username'?"],
  [{ reconnectPeriod: 1000 }, 'reconnectPeriod', "is 'reconnect' here", 'fixedDelay(ms)'],
  [{ sessionExpiryInterval: 5 }, 'sessionExpiryInterval', "did you mean 'sessionExpiry'?"],
  [{ zzz: 5 }, 'zzz', "unknown option 'zzz'", 'keepalive'],
  [{ constructor: 5 }, 'constructor', 'unknown option'],
  [JSON.parse('{"__proto__":{"keepalive":5}}'), '__proto__', 'unknown option'],
  [{ will: { topic: 't', retained: true } }, 'will.retained', "did you mean 'will.retain'?"],
  [
    { will: { topic: 't', properties: { willDelay: 1 } } },
    'will.properties.willDelay',
    "did you mean 'will.properties.willDelayInterval'?",
  ],
  [{ properties: { recieveMaximum: 5 } }, 'properties.recieveMaximum', "did you mean 'properties.receiveMaximum'?"],
  [{ queue: { maxMesages: 5 } }, 'queue.maxMesages', "did you mean 'queue.maxMessages'?"],
  [{ queue: { size: 5 } }, 'queue.size', 'known are maxMessages, maxBytes, overflow, offlineQos0'],
  [{ tcp: { nodelay: true } }, 'tcp.nodelay', "did you mean 'tcp.noDelay'?"],
  [{ reconnect: { maximum: 5 } }, 'reconnect.maximum', 'unknown option'],
];

class Config {
  keepalive = 5;
}

describe('validateOptions', () => {
  describe('the wrong type or range', () => {
    refuses(
      check,
      badValues.flatMap(([key, allowed, ...values]) =>
        values.map((value): Case => [{ [key]: value }, key, `option '${key}' must be `, allowed, 'got ']),
      ),
    );
    refuses(check, nested);
  });

  describe('contradictions', () => {
    refuses(check, contradictory);
    it('a password goes without the option username where the URL has one', () => {
      const withoutName = { password: 'x', protocolVersion: 4 } as const;
      expect(() => validateOptions(withoutName, [{ username: 'u' }])).to.not.throw();
      expect(() => validateOptions(withoutName, [{}])).to.throw("'username'");
    });
    it('a session is kept for the client id of each server, or for the one that perAttempt gives [S145]', () => {
      const ids = [{ options: { clientId: 'a' } }, { options: { clientId: 'b' } }];
      expect(() => validateOptions({ clean: false }, ids)).to.not.throw();
      expect(() => validateOptions({ clean: false }, [...ids, {}])).to.throw("'clientId' is missing");
      expect(() => validateOptions({}, [{}, { options: { clean: false } }])).to.throw("'clientId' is missing");
      expect(() => validateOptions({ clean: false, perAttempt: () => EMPTY })).to.not.throw();
      expect(() => validateOptions({ sessionExpiry: 60 })).to.not.throw();
    });
  });

  describe('contradictions of one server of several', () => {
    const at = (own: MqttOptions, options: MqttOptions = {}) =>
      validateOptions(options, [{ name: 'mqtt://a' }, { name: 'mqtt://b', options: own }]);
    refuses(
      own => at(own as MqttOptions),
      contradictory
        .filter(([options]) => !Object.keys(options as object).some(key => key === 'verdict' || key === 'reconnect'))
        .map(([options, subject, ...words]) => [
          options,
          subject,
          ...words,
          "in the options for the server 'mqtt://b'",
        ]),
    );
    it('are looked for in all the options of a server together [S168]', () => {
      expect(() => at({ clean: false }, { clientId: '' })).to.throw("'clientId' is empty");
      expect(() => at({ protocolVersion: 4 }, { sessionExpiry: 5 })).to.throw(
        "'sessionExpiry' exists in MQTT 5.0 only",
      );
      expect(() => at({ protocolVersion: 4, password: 'x' })).to.throw("'password' needs 'username'");
      expect(() => at({ protocolVersion: 4, password: 'x' }, { username: 'u' })).to.not.throw();
    });
    it('a server may make right what contradicts itself without it', () => {
      const own = { clientId: 'me' };
      expect(() =>
        validateOptions({ clientId: '', clean: false }, [{ name: 'mqtt://a', options: own }]),
      ).to.not.throw();
    });
    it('perAttempt may give a user name and a client id, and mends nothing else', () => {
      const perAttempt = () => EMPTY;
      expect(() => at({ clean: false }, { perAttempt })).to.not.throw();
      expect(() => at({ protocolVersion: 4, password: 'x' }, { perAttempt })).to.not.throw();
      expect(() => at({ clean: false, clientId: '' }, { perAttempt })).to.throw("'clientId' is empty");
    });
    it('one server alone, without options of its own, is not named', () => {
      expect(() => validateOptions({ clean: false }, [{ name: 'mqtt://a' }])).to.throw(/leave 'clean' out$/);
    });
  });

  describe('unknown keys', () => refuses(check, unknown));

  describe('no options at all', () =>
    refuses(check, [
      [null, 'options', 'the options must be a plain object', 'null'],
      ['mqtt://host', 'options', 'a string'],
      [[], 'options', 'an array'],
      [7, 'options', 'a number'],
      [new Map(), 'options', 'Map'],
      [new Config(), 'options', 'Config'],
      [Object.create({ keepalive: 5 }), 'options', 'a plain object'],
    ]));

  describe('what is right', () =>
    accepts(check, [
      {},
      Object.create(null),
      { keepalive: undefined, will: undefined, noSuchKey: undefined },
      { protocolVersion: 'auto', sessionExpiry: 0xffffffff, properties: {}, password: 'x' },
      { protocolVersion: 5, password: new Uint8Array(65_535), clientId: '', clean: true },
      { protocolVersion: 4, username: '', password: '', clean: false, clientId: 'x'.repeat(65_535) },
      { protocolVersion: 3, resendInterval: 5000, will: { topic: 't' } },
      { clientId: 'Zoë 🚀', username: 'ü'.repeat(32_767), password: 'a\0b' },
      { keepalive: 0, idlePing: 30 },
      { password: 'x', protocolVersion: 4, perAttempt: () => EMPTY },
      { keepalive: 65_535, idlePing: 0 },
      { idlePing: 30 },
      { pingTimeout: 1, connectTimeout: 2 ** 31 - 1, ackTimeout: 0, closeTimeout: 0 },
      { autoConnect: false, reconnect: false, resubscribe: 'always', republish: 'never' },
      { reconnect: () => EMPTY, random: () => 0.5, scheduler: asyncScheduler, transport: () => EMPTY },
      { reconnect: { initial: 1, max: 1, factor: 1, jitter: 'none', maxRetries: 0, stableAfter: 0 } },
      { reconnect: { max: 500, maxRetries: Infinity }, maxDeliveries: Infinity },
      { maxDeliveries: 1 },
      { maxInFlight: 1 },
      { maxInFlight: 65_535, protocolVersion: 4 },
      { queue: { maxMessages: 1, maxBytes: 1, overflow: 'evictOldest', offlineQos0: 'queue' } },
      { maximumQoS: 0, deliverQos2: 'release', tcp: { noDelay: false } },
      {
        properties: {
          receiveMaximum: 1,
          maximumPacketSize: 0xffffffff,
          topicAliasMaximum: 0,
          requestResponseInformation: true,
          requestProblemInformation: false,
          userProperties: [
            ['a', ''],
            ['a', 'again'],
          ],
        },
      },
      {
        will: {
          topic: 'gone/🚀',
          payload: new ArrayBuffer(65_535),
          qos: 2,
          retain: true,
          properties: {
            willDelayInterval: 0xffffffff,
            payloadFormatIndicator: true,
            messageExpiryInterval: 0,
            responseTopic: 'a/b',
            correlationData: new Uint8Array(0),
            userProperties: [],
            contentType: '',
          },
        },
      },
    ]));
});
