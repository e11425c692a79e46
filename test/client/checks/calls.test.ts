import { checkDisconnectOptions } from '../../../src/client/options/check-disconnect.js';
import { checkOutgoingMessage, checkPublishOptions } from '../../../src/client/options/check-publish.js';
import { checkTopicOptions } from '../../../src/client/options/check-topics.js';
import { type Case, accepts, refuses } from './refusals.js';

const property = (key: string, value: unknown, ...words: string[]): Case => [
  { properties: { [key]: value } },
  `properties.${key}`,
  `publish option 'properties.${key}'`,
  ...words,
];
const deepFreeze = (value: unknown): unknown => {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(deepFreeze);
  return value;
};

describe('checkPublishOptions', () => {
  refuses(checkPublishOptions, [
    [null, 'options', 'the publish options must be a plain object', 'null'],
    [1, 'options', 'a number'],
    [[], 'options', 'an array'],
    [Object.create({ qos: 3 }), 'options', 'a plain object'],
    [{ qos: 3 }, 'qos', "publish option 'qos' must be 0, 1 or 2; got 3"],
    [{ qos: '1' }, 'qos', "the string '1'"],
    [{ qos: null }, 'qos', 'null'],
    [{ retain: 1 }, 'retain', 'true or false'],
    [{ withdraw: 1 }, 'withdraw', 'true or false'],
    [{ withdraw: 'yes' }, 'withdraw', 'true or false'],
    [{ until: 'delivered' }, 'until', "'queued', 'sent' or 'acknowledged'", "'delivered'"],
    [{ timeout: 0 }, 'timeout', 'above 0'],
    [{ timeout: 2 ** 31 }, 'timeout', 'at most 2,147,483,647'],
    [{ timeout: '5' }, 'timeout', "the string '5'"],
    [{ properties: null }, 'properties', 'a plain object'],
    [{ retian: true }, 'retian', "unknown publish option 'retian'; did you mean 'retain'?"],
    [{ QoS: 1 }, 'QoS', "did you mean 'qos'?"],
    [{ dup: true }, 'dup', 'known are qos, retain, properties, until, timeout'],
    [{ qos: 1, retain: true, retian: true }, 'retian', 'unknown publish option'],
    [{ qos: 1, retain: 'yes' }, 'retain', 'true or false'],
    [{ retain: false, qos: 3 }, 'qos', 'must be 0, 1 or 2'],
    [Object.create({ qos: 1 }), 'options', 'a plain object'],
    [Object.assign(Object.create({}) as object, { qos: 1 }), 'options', 'a plain object'],
    property('topicAlias', 1, 'the client chooses topic aliases'),
    property('subscriptionIdentifier', 1, 'only a broker'),
    property('payloadFormatIndicator', 1, 'true or false'),
    property('messageExpiryInterval', -1, 'an integer from 0 to 4,294,967,295', '-1'),
    property('messageExpiryInterval', 2 ** 32, '4294967296'),
    property('messageExpiryInterval', 1.5, '1.5'),
    property('responseTopic', 'a/+', 'wildcard'),
    property('responseTopic', '', 'at least one character'),
    property('responseTopic', 7, 'number'),
    property('correlationData', 'abc', 'a Uint8Array', 'a string'),
    property('correlationData', new Uint8Array(65_536), '65,535 bytes'),
    property('userProperties', { a: 'b' }, 'pairs [name, value]', 'an object'),
    property('contentType', 7, 'a string', 'a number'),
    property('contentType', 'a\0', 'U+0000'),
    property('contentType', '\ud800', 'well-formed'),
    property('contentType', 'ü'.repeat(32_768), '65,535 bytes'),
    [
      {
        properties: {
          userProperties: [
            ['a', 'b'],
            ['c', null],
          ],
        },
      },
      'properties.userProperties[1][1]',
      'null',
    ],
    [{ properties: { contenttype: 'x' } }, 'properties.contenttype', "did you mean 'properties.contentType'?"],
  ]);
  accepts(checkPublishOptions, [
    {},
    { qos: undefined, properties: undefined },
    { qos: 2, retain: true, until: 'sent', timeout: 0.5, withdraw: true },
    {
      properties: {
        payloadFormatIndicator: false,
        messageExpiryInterval: 0xffffffff,
        responseTopic: 'replies/ü',
        correlationData: Buffer.from('x'),
        userProperties: [['a', 'ü']],
        contentType: 'x'.repeat(65_535),
      },
    },
    deepFreeze({ qos: 1, properties: { userProperties: [['a', 'b']] } }),
  ]);

  describe('looks again at what it accepted before', () => {
    const options = { qos: 1, properties: { contentType: 'x' } };
    const later = (change: () => void) => () => {
      checkPublishOptions(options);
      change();
      checkPublishOptions(options);
    };
    refuses(
      later(() => Object.assign(options, { qos: 3 })),
      [['changed', 'qos']],
    );
    const shallow = Object.freeze({ properties: { contentType: 'x' } });
    const deep = () => {
      checkPublishOptions(shallow);
      Object.assign(shallow.properties, { contentType: 7 });
      checkPublishOptions(shallow);
    };
    refuses(deep, [['changed inside what is frozen', 'properties.contentType']]);
  });
});

describe('checkOutgoingMessage', () => {
  const message = { topic: 't', payload: 'p', qos: 1, retain: false };
  refuses(checkOutgoingMessage, [
    [{ ...message, retained: true }, 'retained', "did you mean 'retain'?"],
    [{ ...message, qos: 3 }, 'qos', 'must be 0, 1 or 2'],
    [{ topic: 't', payloud: 'p', qos: 1 }, 'payloud', "did you mean 'payload'?"],
    [{ topik: 't', payload: 'p' }, 'topik', "did you mean 'topic'?"],
    [{ topic: 't', payload: undefined, qos: 1, dup: true }, 'dup', 'unknown message key'],
    [Object.create(message), 'message', 'plain objects'],
  ]);
  accepts(checkOutgoingMessage, [
    message,
    { topic: 't' },
    { topic: 't', payload: undefined, qos: undefined, retain: undefined },
    { topic: 't', payload: 'p', until: 'sent', tag: 'x' },
    Object.assign(Object.create(null) as object, message),
  ]);
});

describe('checkTopicOptions', () => {
  const check = (input: unknown) => {
    const [filters, options] = input as [unknown, unknown];
    checkTopicOptions(filters, options);
  };
  refuses(check, [
    [[[], {}], 'filters', "argument 'filters'", 'at least one', 'an empty array'],
    [[undefined, {}], 'filters', 'a string or an array', 'undefined'],
    [[new Set(['a']), {}], 'filters', 'Set'],
    [[['a', 7], {}], 'filters[1]', 'a string', 'a number'],
    [[[, 'a'], {}], 'filters[0]', 'undefined'],
    [[['a'], null], 'options', 'the topic options must be a plain object'],
    [[['a'], { qos: 3 }], 'qos', "topic option 'qos' must be 0, 1 or 2; got 3"],
    [[['a'], { noLocal: 1 }], 'noLocal', 'true or false'],
    [[['a'], { retainAsPublished: 'x' }], 'retainAsPublished', 'true or false'],
    [[['a'], { retainHandling: 3 }], 'retainHandling', '0, 1 or 2'],
    [[['a'], { nolocal: true }], 'nolocal', "did you mean 'noLocal'?"],
    [[['a', '$share/g/f'], { noLocal: true }], 'noLocal', 'shared subscription'],
  ]);
  accepts(check, [
    [['a'], {}],
    [['a', 'b/#'], { qos: 2, noLocal: true, retainAsPublished: false, retainHandling: 2 }],
    [['$share/g/f'], { noLocal: false }],
  ]);
});

describe('checkDisconnectOptions', () => {
  refuses(checkDisconnectOptions, [
    [null, 'options', 'the disconnect options must be a plain object'],
    [{ drain: -1 }, 'drain', 'a number of ms', '-1'],
    [{ drain: Infinity }, 'drain', 'Infinity'],
    [{ will: 1 }, 'will', 'true or false'],
    [{ reasonCode: 1 }, 'reasonCode', '0x04', 'got 0x01'],
    [{ reasonCode: 0x8e }, 'reasonCode', 'got 0x8e'],
    [{ reasonCode: '4' }, 'reasonCode', 'a string'],
    [{ reasonCode: 0, will: true }, 'reasonCode', "'will'", '0x04'],
    [{ sessionExpiry: 2 ** 32 }, 'sessionExpiry', '4,294,967,295'],
    [{ properties: 'bye' }, 'properties', 'a plain object'],
    [{ properties: { reasonString: 7 } }, 'properties.reasonString', 'a string'],
    [{ properties: { userProperties: 'x' } }, 'properties.userProperties', 'pairs'],
    [{ properties: { sessionExpiryInterval: 5 } }, 'properties.sessionExpiryInterval', "'sessionExpiry'"],
    [{ properties: { serverReference: 'x' } }, 'properties.serverReference', 'only a broker'],
    [{ properties: { reason: 'x' } }, 'properties.reason', "did you mean 'properties.reasonString'?"],
    [{ sendWill: true }, 'sendWill', 'known are drain, will'],
  ]);
  accepts(checkDisconnectOptions, [
    {},
    { drain: 0, will: false, reasonCode: 0, sessionExpiry: 0 },
    { drain: 5000, will: true, sessionExpiry: 0xffffffff, properties: { reasonString: 'bye', userProperties: [] } },
    { will: true, reasonCode: 4 },
    { reasonCode: 0x98 },
  ]);
});
