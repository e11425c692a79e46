import { checkRequestOptions, checkRespond } from '../../../src/client/options/check-requests.js';
import { accepts, refuses } from './refusals.js';

const topics = { requestTopic: () => 'a', replyTopic: () => 'b' };
const codec = { encode: () => '', decode: () => 1 };

describe('checkRequestOptions', () => {
  refuses(checkRequestOptions, [
    [null, 'options', 'the request options must be a plain object', 'null'],
    [{ qos: 3 }, 'qos', "request option 'qos' must be 0, 1 or 2; got 3"],
    [{ replies: 0 }, 'replies', 'an integer of at least 1, or Infinity', '0'],
    [{ replies: 1.5 }, 'replies', '1.5'],
    [{ replies: -Infinity }, 'replies', '-Infinity'],
    [{ replies: '1' }, 'replies', "the string '1'"],
    [{ timeout: -1 }, 'timeout', 'a number of ms from 0 to 2,147,483,647, or Infinity', '-1'],
    [{ timeout: NaN }, 'timeout', 'NaN'],
    [{ timeout: 2 ** 31 }, 'timeout', '2147483648'],
    [{ responseTopic: 'a/+' }, 'responseTopic', 'wildcard'],
    [{ responseTopic: '' }, 'responseTopic', 'at least one character'],
    [{ convention: 'topic' }, 'convention', "'auto', 'properties', 'topics' or an object", "'topic'"],
    [{ convention: { requestTopic: topics.requestTopic } }, 'convention.replyTopic', 'is missing'],
    [{ convention: { ...topics, replyTopic: 'b' } }, 'convention.replyTopic', 'a function'],
    [{ convention: 'topics', responseTopic: 'a' }, 'responseTopic', "the convention 'properties'"],
    [{ convention: topics, responseTopic: 'a' }, 'responseTopic', "the convention 'properties'"],
    [{ properties: { responseTopic: 'a' } }, 'properties.responseTopic', "set option 'responseTopic'"],
    [{ properties: { correlationData: Buffer.from('a') } }, 'properties.correlationData', 'cannot be set'],
    [{ encode: {} }, 'encode', "'encode'"],
    [{ decode: {} }, 'decode', "'decode'"],
    [{ retain: true }, 'retain', 'unknown request option', 'known are qos'],
    [{ replise: 2 }, 'replise', "did you mean 'replies'?"],
  ]);
  accepts(checkRequestOptions, [
    {},
    { timeout: 0, replies: Infinity, qos: 0, responseTopic: 'a/b' },
    { timeout: Infinity, replies: 3, convention: 'properties', responseTopic: 'a' },
    { convention: topics, encode: codec, decode: codec, properties: { contentType: 'x', userProperties: [] } },
    Object.freeze({ convention: 'topics', timeout: 0.5 }),
  ]);
});

describe('checkRespond', () => {
  const check = (input: unknown) => {
    const [filters, handler, options] = input as [unknown, unknown, unknown];
    checkRespond(filters, handler, options);
  };
  const handler = () => 'reply';
  refuses(check, [
    [[[], handler, {}], 'filters', "argument 'filters'", 'at least one'],
    [[[7], handler, {}], 'filters[0]', 'a number'],
    [[['a'], 'handler', {}], 'handler', "argument 'handler' must be a function", 'a string'],
    [[['a'], undefined, {}], 'handler', 'undefined'],
    [[['a'], handler, null], 'options', 'the respond options must be a plain object'],
    [[['a'], handler, { concurrency: 0 }], 'concurrency', 'an integer of at least 1, or Infinity'],
    [[['a'], handler, { convention: null }], 'convention', 'null'],
    [[['a'], handler, { qos: '1' }], 'qos', "the string '1'"],
    [[['a'], handler, { timeout: 1 }], 'timeout', 'unknown respond option'],
    [
      [['a'], handler, { properties: { responseTopic: 'a' } }],
      'properties.responseTopic',
      'whose reply goes to that topic',
    ],
  ]);
  accepts(check, [
    [['a'], handler, {}],
    [['a', 'b/#'], handler, { concurrency: 1, convention: 'auto', encode: codec, decode: codec, qos: 2 }],
    [['a'], handler, { concurrency: Infinity, convention: topics }],
  ]);
});
