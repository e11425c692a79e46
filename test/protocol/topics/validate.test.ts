import { expect } from 'chai';
import { MqttError } from '../../../src/errors.js';
import { TopicNameCheck, assertTopicFilter, assertTopicName } from '../../../src/protocol/topics/validate.js';

type Assert = (text: unknown) => void;
type Case = [title: string, text: string, message: RegExp];

const longest = 65_535;

function refusal(assert: Assert, text: unknown): MqttError {
  try {
    assert(text);
  } catch (error) {
    if (MqttError.is(error, 'INVALID_ARGUMENT')) return error;
    throw error;
  }
  throw new Error(`${JSON.stringify(text)} was accepted`);
}

function refuses(assert: Assert, cases: Case[]): void {
  for (const [title, text, message] of cases) {
    it(`refuses ${title}`, () => {
      const error = refusal(assert, text);
      expect(error.message).to.match(message);
      expect(error.message.length).to.be.below(300);
      expect(error.subject).to.equal(text);
      expect(error.retryable).to.equal(false);
    });
  }
}

function accepts(assert: Assert, texts: string[]): void {
  for (const text of texts) {
    it(`accepts ${JSON.stringify(text)}`, () => expect(() => assert(text)).to.not.throw());
  }
}

/** What holds for names and filters alike. */
function textRules(assert: Assert): void {
  describe('at least one character [MQTT-4.7.3-1]', () => {
    refuses(assert, [['the empty text', '', /at least one character/]]);
  });

  describe('no U+0000 [MQTT-4.7.3-2] [MQTT-1.5.4-2]', () => {
    refuses(assert, [
      ['a NUL alone', '\0', /'\\u0000' has U\+0000 at index 0/],
      ['a NUL at the end', 'a/b\0', /index 3/],
      ['a NUL behind a character beyond ASCII', 'é\0', /index 1/],
    ]);
  });

  describe('at most 65,535 bytes of UTF-8 [MQTT-4.7.3-3]', () => {
    refuses(assert, [
      ['65,536 bytes of ASCII', 'a'.repeat(longest + 1), /at most 65,535 bytes/],
      ['32,768 characters of two bytes', 'é'.repeat(32_768), /at most 65,535 bytes/],
      ['21,846 characters of three bytes', '€'.repeat(21_846), /at most 65,535 bytes/],
      ['16,384 characters of four bytes', '😀'.repeat(16_384), /at most 65,535 bytes/],
    ]);
    it('accepts 65,535 bytes', () => {
      for (const text of ['a'.repeat(longest), '/'.repeat(longest), `a${'é'.repeat(32_767)}`, '€'.repeat(21_845)]) {
        expect(() => assert(text)).to.not.throw();
      }
      assert(`abc${'😀'.repeat(16_383)}`);
    });
  });

  describe('well-formed Unicode [MQTT-1.5.4-1]', () => {
    refuses(assert, [
      ['a high surrogate alone', 'a/\ud83d', /half a surrogate pair/],
      ['a low surrogate alone', '\ude00/a', /half a surrogate pair/],
      ['a pair the wrong way round', '\ude00\ud83d', /half a surrogate pair/],
    ]);
    accepts(assert, ['😀', 'temperatur/küche', '\ufeffa', 'a b', '\uffff', '日本/東京']);
  });

  it('refuses what is not a string, naming what it is', () => {
    const values: [unknown, RegExp][] = [
      [undefined, /must be a string, not undefined/],
      [null, /must be a string, not null/],
      [42, /must be a string, not a number/],
      [['a'], /must be a string, not an array/],
      [new Uint8Array([97]), /must be a string, not an object of class Uint8Array/],
    ];
    for (const [value, message] of values) expect(refusal(assert, value).message).to.match(message);
  });
}

describe('assertTopicName', () => {
  textRules(assertTopicName);

  describe('no wildcards [MQTT-4.7.0-1] [MQTT-3.3.2-2] [MQTT3-4.7.1-1] [MQTT3-3.3.2-2]', () => {
    refuses(assertTopicName, [
      ['#', '#', /topic '#' has the wildcard '#' at index 0/],
      ['a/+/b', 'a/+/b', /wildcard '\+' at index 2.* only filters/],
      ['a wildcard within a level', 'a/b#', /wildcard '#' at index 3/],
      ['a wildcard beyond ASCII', 'ü/+', /wildcard '\+' at index 2/],
    ]);
  });

  accepts(assertTopicName, ['a', '/', '/finance', 'a//b', 'a/', '$SYS/x', '$share/g/f', '$share', '__proto__', ' ']);
});

describe('TopicNameCheck', () => {
  it('refuses undefined before it has checked a topic', () => {
    expect(refusal(topic => new TopicNameCheck().assert(topic), undefined).message).to.match(/not undefined/);
  });

  it('refuses a topic each time, whatever passed before', () => {
    const check = new TopicNameCheck();
    const assert: Assert = topic => check.assert(topic);
    for (const topic of ['a', 'a/#', 'a/#', 'a', 'a', '', '']) {
      if (topic === 'a') expect(() => check.assert(topic)).to.not.throw();
      else expect(refusal(assert, topic).subject).to.equal(topic);
    }
  });
});

describe('assertTopicFilter', () => {
  textRules(assertTopicFilter);

  describe('# alone in its level, and last [MQTT-4.7.1-1]', () => {
    accepts(assertTopicFilter, ['#', 'sport/#', 'sport/tennis/#', '/#', '+/#', '$SYS/#']);
    refuses(assertTopicFilter, [
      ['sport/tennis#', 'sport/tennis#', /'#' at index 12 beside other characters.*'sport\/#'/],
      ['sport/tennis/#/ranking', 'sport/tennis/#/ranking', /'#' at index 13, before the end/],
      ['#/a', '#/a', /'#' at index 0, before the end/],
      ['#a', '#a', /beside other characters/],
      ['##', '##', /beside other characters/],
      ['a/#b', 'a/#b', /beside other characters/],
      ['#/', '#/', /before the end/],
    ]);
  });

  describe('+ alone in its level [MQTT-4.7.1-2]', () => {
    accepts(assertTopicFilter, ['+', '+/tennis/#', 'sport/+/player1', '/+', '+/', '+/+', '$SYS/+']);
    refuses(assertTopicFilter, [
      ['sport+', 'sport+', /'\+' at index 5 beside other characters.*'sport\/\+'/],
      ['+id', '+id', /beside other characters/],
      ['a/b+/c', 'a/b+/c', /index 3 beside/],
      ['++', '++', /index 0 beside/],
      ['+#', '+#', /index 0 beside/],
    ]);
  });

  describe('a shared subscription has a group and a filter [MQTT-4.8.2-1]', () => {
    accepts(assertTopicFilter, [
      '$share/g/f',
      '$share/g/#',
      '$share/g/+/a',
      '$share/g//',
      '$share/g//f',
      '$share/g/$SYS/#',
    ]);
    accepts(assertTopicFilter, ['$shared', '$shared/#', '/$share', '$SHARE']);
    refuses(assertTopicFilter, [
      ['$share', '$share', /has no group; a shared subscription is '\$share\/group\/filter'/],
      ['$share/', '$share/', /has no group/],
      ['$share//f', '$share//f', /has no group/],
      ['$share/g', '$share/g', /has no filter after the group/],
      ['$share/g/', '$share/g/', /has no filter after the group/],
    ]);
  });

  describe('a group is a name without wildcards [MQTT-4.8.2-2]', () => {
    refuses(assertTopicFilter, [
      ['$share/#', '$share/#', /wildcard in its group/],
      ['$share/+/f', '$share/+/f', /wildcard in its group/],
      ['$share/g+/f', '$share/g+/f', /wildcard in its group/],
      ['$share/g#/f', '$share/g#/f', /wildcard in its group/],
    ]);
  });

  describe('the filter of a group follows the rules of filters (4.8.2)', () => {
    refuses(assertTopicFilter, [
      ['$share/g/#/a', '$share/g/#/a', /index 9, before the end/],
      ['$share/g/a+', '$share/g/a+', /index 10 beside/],
    ]);
  });
});
