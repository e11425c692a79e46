import { expect } from 'chai';
import type { PublishPacket } from '../../src/packets.js';
import { decode, itReads, itRefuses, wire } from './support.js';

const none = { retain: false, dup: false, packetId: 0, properties: undefined };
const message = { cmd: 'publish', topic: 'a/b', payload: wire("'x'"), qos: 0, ...none };
const withProperties = (properties: object) => ({ ...message, properties });

describe('PUBLISH', () => {
  for (const version of [4, 3] as const) {
    itReads(version, [
      ['QoS 0', "30 06 0003 'a/b' 'x'", message],
      ['retain', "31 06 0003 'a/b' 'x'", { ...message, retain: true }],
      ['QoS 1', "32 08 0003 'a/b' 0102 'x'", { ...message, qos: 1, packetId: 0x102 }],
      ['QoS 2 with DUP', "3c 08 0003 'a/b' ffff 'x'", { ...message, qos: 2, dup: true, packetId: 0xffff }],
      ['an empty payload', "30 05 0003 'a/b'", { ...message, payload: wire('') }],
      ['a payload that looks like properties', "30 06 0003 'a/b' 05", { ...message, payload: wire('05') }],
      ['a topic that is not ASCII', "30 08 0005 c3a9 e188b4 'x'", { ...message, topic: 'é\u1234' }],
    ]);
    itRefuses(version, [
      ['a PUBLISH of no bytes', '30 00'],
      ['half a topic length', '30 01 00'],
      ['a topic that reaches beyond the end', "30 04 0003 'a/'"],
      ['no packet identifier', "32 05 0003 'a/b'"],
      ['half a packet identifier', "32 06 0003 'a/b' 01"],
      ['packet identifier 0 [MQTT3-2.3.1-1]', "34 07 0003 'a/b' 0000", 0x82],
      ['an empty topic', "30 03 0000 'x'", 0x82],
      ['U+0000 in the topic [MQTT3-1.5.3-2]', "30 05 0003 'a' 00 'b'"],
      ['a topic that is no UTF-8 [MQTT3-1.5.3-1]', '30 04 0002 c3 28'],
      ['a surrogate in the topic [MQTT3-1.5.3-1]', '30 05 0003 ed a0 80'],
      ['+ in the topic [MQTT3-3.3.2-2]', "30 05 0003 'a/+'", 0x90],
      ['# in the topic', "30 03 0001 '#'", 0x90],
    ]);
  }

  itReads(5, [
    ['QoS 0', "30 07 0003 'a/b' 00 'x'", message],
    ['QoS 1', "33 09 0003 'a/b' 0102 00 'x'", { ...message, retain: true, qos: 1, packetId: 0x102 }],
    ['QoS 2 with DUP', "3c 09 0003 'a/b' 0001 00 'x'", { ...message, qos: 2, dup: true, packetId: 1 }],
    ['an empty payload', "30 06 0003 'a/b' 00", { ...message, payload: wire('') }],
    ['a topic alias alone', "30 07 0000 03 23 0001 'x'", { ...withProperties({ topicAlias: 1 }), topic: '' }],
    [
      'a byte order mark and more [MQTT-1.5.4-3]',
      "30 0c 0008 efbbbf f09f9880 'a' 00 'x'",
      { ...message, topic: '\ufeff\u{1f600}a' },
    ],
    [
      'every property',
      `30 [0003 'a/b' [01 01  02 0000003c  23 ffff  08 0003 'r/t'  09 0003 000102  26 0001 'a' 0001 '1'  0b 01
       26 0001 'a' 0001 '2'  0b ff ff ff 7f  03 000a 'text/plain'] 'x']`,
      withProperties({
        payloadFormatIndicator: true,
        messageExpiryInterval: 60,
        topicAlias: 0xffff,
        responseTopic: 'r/t',
        correlationData: wire('000102'),
        userProperties: [
          ['a', '1'],
          ['a', '2'],
        ],
        subscriptionIdentifier: [1, 0xfffffff],
        contentType: 'text/plain',
      }),
    ],
    ['one subscription identifier', "30 09 0003 'a/b' 02 0b 05 'x'", withProperties({ subscriptionIdentifier: 5 })],
    [
      'three subscription identifiers [MQTT-3.3.2.3.8]',
      "30 0d 0003 'a/b' 06 0b 05 0b 05 0b 06 'x'",
      withProperties({ subscriptionIdentifier: [5, 5, 6] }),
    ],
    ['payload format indicator 0', "30 09 0003 'a/b' 02 01 00 'x'", withProperties({ payloadFormatIndicator: false })],
    [
      'text announced, bytes that are none: the payload is not ours to judge',
      "30 09 0003 'a/b' 02 01 01 ff",
      { ...withProperties({ payloadFormatIndicator: true }), payload: wire('ff') },
    ],
    [
      'values that are false, 0 or empty',
      "30 0e 0003 'a/b' 07 02 00000000 01 00 'x'",
      withProperties({ messageExpiryInterval: 0, payloadFormatIndicator: false }),
    ],
    [
      'empty texts and data',
      "30 10 0003 'a/b' 09 03 0000 08 0000 09 0000 'x'",
      withProperties({ contentType: '', responseTopic: '', correlationData: wire('') }),
    ],
  ]);

  itRefuses(5, [
    ['a PUBLISH of no bytes', '30 00'],
    ['a topic that reaches beyond the end', "30 04 0003 'a/'"],
    ['no packet identifier', "32 05 0003 'a/b'"],
    ['packet identifier 0', "32 08 0003 'a/b' 0000 00", 0x82],
    ['no property length', "30 05 0003 'a/b'"],
    ['no property length, though a 0 stands behind the packet', "30 05 0003 'a/b' 00"],
    ['a property length beyond the end', "30 07 0003 'a/b' 02 01"],
    ['neither topic nor alias [MQTT-3.3.2.1]', "30 04 0000 00 'x'", 0x82],
    ['neither topic nor alias beside another property', "30 06 0000 02 01 01 'x'", 0x82],
    ['U+0000 in the topic [MQTT-1.5.4-2]', "30 06 0003 'a' 00 'b' 00"],
    ['a topic that is no UTF-8 [MQTT-1.5.4-1] [MQTT-3.3.2-1]', '30 05 0002 c3 28 00'],
    ['+ in the topic [MQTT-3.3.2-2]', "30 04 0001 '+' 00", 0x90],
    ['# in the topic', "30 04 0001 '#' 00", 0x90],
    ['topic alias 0 [MQTT-3.3.2-8]', "30 09 0003 'a/b' 03 23 0000", 0x94],
    ['subscription identifier 0 [MQTT-3.3.2.3.8]', "30 08 0003 'a/b' 02 0b 00", 0x82],
    ['a subscription identifier of five bytes', "30 0c 0003 'a/b' 06 0b ff ff ff ff 01"],
    ['a subscription identifier not in the shortest form', "30 09 0003 'a/b' 03 0b 81 00"],
  ]);

  it('topics that differ in a byte are kept apart, long ones too', () => {
    // Some of so many meet in the slots of any cache.
    const short = Array.from({ length: 30_000 }, (_, i) => `t/${i >> 6}/${String.fromCharCode(0x40 + (i & 63))}`);
    const topics = [...short, ...short.slice(0, 5000).map(topic => topic + 'x'.repeat(60))];
    const stream = topics.map(topic => wire(`30 [00${topic.length.toString(16).padStart(2, '0')} '${topic}']`));
    const packets = decode(4, Buffer.concat([...stream, ...stream]));
    expect(packets.map(packet => (packet as PublishPacket).topic)).to.deep.equal([...topics, ...topics]);
  });
});
