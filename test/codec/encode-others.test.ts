import { pairBytes, pairs, publish } from './examples.js';
import { itWrites, versions as all, wire } from './support.js';

const old = [4, 3] as const;

describe('The bytes of', () => {
  itWrites([
    ['PUBLISH [MQTT-2.2.2-1] [MQTT-3.3.2-1]', [5], publish, "30 [0003 'a/b' 00 'x']"],
    ['PUBLISH', old, publish, "30 [0003 'a/b' 'x']"],
    ['PUBLISH, QoS 1', [5], { ...publish, qos: 1, packetId: 0x102, retain: true }, "33 [0003 'a/b' 0102 00 'x']"],
    ['PUBLISH, QoS 2 again', old, { ...publish, qos: 2, packetId: 0xffff, dup: true }, "3c [0003 'a/b' ffff 'x']"],
    [
      'PUBLISH, QoS 0 with an id that is not sent [MQTT-2.2.1-2]',
      [5],
      { ...publish, packetId: 7 },
      "30 [0003 'a/b' 00 'x']",
    ],
    [
      'PUBLISH, QoS 0 with an id that is not sent [MQTT3-2.3.1-5]',
      old,
      { ...publish, packetId: 7 },
      "30 [0003 'a/b' 'x']",
    ],
    ['PUBLISH without payload', old, { ...publish, payload: wire('') }, "30 [0003 'a/b']"],
    [
      'PUBLISH, a topic that is not ASCII [MQTT3-3.3.2-1]',
      old,
      { ...publish, topic: 'é\u{1f600}' },
      "30 [0006 c3a9 f09f9880 'x']",
    ],
    ['PUBLISH by alias', [5], { ...publish, topic: '', properties: { topicAlias: 1 } }, "30 [0000 [23 0001] 'x']"],
    [
      'PUBLISH with a property that is undefined',
      [5],
      { ...publish, properties: { topicAlias: undefined } },
      "30 [0003 'a/b' 00 'x']",
    ],
    [
      'PUBLISH of 3.1.1 without the properties of 5.0',
      old,
      { ...publish, properties: { contentType: 'c' } },
      "30 [0003 'a/b' 'x']",
    ],
    [
      'PUBLISH with every property',
      [5],
      {
        ...publish,
        properties: {
          payloadFormatIndicator: true,
          messageExpiryInterval: 0x01020304,
          topicAlias: 0xffff,
          responseTopic: 'r',
          correlationData: wire('0001'),
          userProperties: pairs,
          subscriptionIdentifier: [1, 0x80, 0xfffffff],
          contentType: 'é',
        },
      },
      `30 [0003 'a/b' [01 01 02 01020304 23 ffff 08 0001 'r' 09 0002 0001 ${pairBytes} 0b 01 0b 8001 0b ffffff7f
        03 0002 c3a9] 'x']`,
    ],

    ['PUBACK', all, { cmd: 'puback', packetId: 1 }, '40 02 0001'],
    ['PUBREC', all, { cmd: 'pubrec', packetId: 0x102 }, '50 02 0102'],
    ['PUBREL [MQTT-3.6.1-1] [MQTT3-3.6.1-1]', all, { cmd: 'pubrel', packetId: 0x102 }, '62 02 0102'],
    ['PUBCOMP', all, { cmd: 'pubcomp', packetId: 0xffff }, '70 02 ffff'],
    ['PUBACK with reason code 0', all, { cmd: 'puback', packetId: 1, reasonCode: 0 }, '40 02 0001'],
    ['PUBACK with empty properties', all, { cmd: 'puback', packetId: 1, properties: {} }, '40 02 0001'],
    ['PUBCOMP with a reason code', [5], { cmd: 'pubcomp', packetId: 1, reasonCode: 0x92 }, '70 03 0001 92'],
    ['PUBCOMP without the reason code of 5.0', old, { cmd: 'pubcomp', packetId: 1, reasonCode: 0x92 }, '70 02 0001'],
    [
      'PUBREL with properties',
      [5],
      { cmd: 'pubrel', packetId: 1, properties: { reasonString: 'r', userProperties: pairs } },
      `62 [0001 00 [1f 0001 'r' ${pairBytes}]]`,
    ],
    [
      'PUBREL without the properties of 5.0',
      old,
      { cmd: 'pubrel', packetId: 1, properties: { reasonString: 'r' } },
      '62 02 0001',
    ],

    [
      'SUBSCRIBE [MQTT3-3.8.1-1]',
      old,
      {
        cmd: 'subscribe',
        packetId: 1,
        subscriptions: [
          { filter: 'a/#', qos: 1 },
          { filter: '+', qos: 2 },
        ],
      },
      "82 [0001 0003 'a/#' 01 0001 '+' 02]",
    ],
    [
      'SUBSCRIBE without the options of 5.0 [MQTT3-3.8.3-4]',
      old,
      {
        cmd: 'subscribe',
        packetId: 1,
        subscriptions: [{ filter: 'a', qos: 0, noLocal: true, retainAsPublished: true, retainHandling: 2 }],
      },
      "82 [0001 0001 'a' 00]",
    ],
    [
      'SUBSCRIBE with each option [MQTT-3.8.1-1] [MQTT-3.8.3-5]',
      [5],
      {
        cmd: 'subscribe',
        packetId: 1,
        subscriptions: [
          { filter: 'a', qos: 0 },
          { filter: 'b', qos: 2, noLocal: true },
          { filter: 'c', qos: 1, retainAsPublished: true },
          { filter: 'd', qos: 0, noLocal: false, retainAsPublished: false, retainHandling: 2 },
        ],
      },
      "82 [0001 00 0001 'a' 00 0001 'b' 06 0001 'c' 09 0001 'd' 20]",
    ],
    [
      'SUBSCRIBE with properties',
      [5],
      {
        cmd: 'subscribe',
        packetId: 1,
        subscriptions: [{ filter: 'a', qos: 0 }],
        properties: { subscriptionIdentifier: 0x80, userProperties: pairs },
      },
      `82 [0001 [0b 8001 ${pairBytes}] 0001 'a' 00]`,
    ],
    [
      'UNSUBSCRIBE [MQTT3-3.10.1-1]',
      old,
      { cmd: 'unsubscribe', packetId: 1, filters: ['a', 'b/+'] },
      "a2 [0001 0001 'a' 0003 'b/+']",
    ],
    [
      'UNSUBSCRIBE with user properties [MQTT-3.10.1-1]',
      [5],
      { cmd: 'unsubscribe', packetId: 1, filters: ['a'], properties: { userProperties: pairs } },
      `a2 [0001 [${pairBytes}] 0001 'a']`,
    ],
    ['PINGREQ [MQTT-2.1.3-1] [MQTT3-2.2.2-1]', all, { cmd: 'pingreq' }, 'c0 00'],
    ['DISCONNECT [MQTT-3.14.1-1] [MQTT3-3.14.1-1]', all, { cmd: 'disconnect' }, 'e0 00'],
    ['DISCONNECT with reason code 0', all, { cmd: 'disconnect', reasonCode: 0, properties: {} }, 'e0 00'],
    ['DISCONNECT with a reason code', [5], { cmd: 'disconnect', reasonCode: 4 }, 'e0 01 04'],
    ['DISCONNECT without the reason code of 5.0', old, { cmd: 'disconnect', reasonCode: 4 }, 'e0 00'],
    [
      'DISCONNECT with properties',
      [5],
      { cmd: 'disconnect', properties: { sessionExpiryInterval: 0, reasonString: 'r', userProperties: pairs } },
      `e0 [00 [11 00000000 1f 0001 'r' ${pairBytes}]]`,
    ],
    [
      'AUTH [MQTT-3.15.1-1]',
      [5],
      { cmd: 'auth', reasonCode: 0x18, properties: { authenticationMethod: 'm', authenticationData: wire('00') } },
      "f0 [18 [15 0001 'm' 16 0001 00]]",
    ],
    ['AUTH, success', [5], { cmd: 'auth', reasonCode: 0 }, 'f0 00'],

    // What a server sends, for brokers made of this codec.
    [
      'CONNACK',
      [5],
      { cmd: 'connack', sessionPresent: true, reasonCode: 0, properties: { maximumQoS: 1 } },
      '20 [01 00 [24 01]]',
    ],
    ['CONNACK', old, { cmd: 'connack', sessionPresent: false, reasonCode: 0x87 }, '20 02 00 05'],
    ['SUBACK', [5], { cmd: 'suback', packetId: 1, reasonCodes: [0, 0x87] }, '90 [0001 00 00 87]'],
    ['SUBACK', old, { cmd: 'suback', packetId: 1, reasonCodes: [2, 0x80] }, '90 [0001 02 80]'],
    ['UNSUBACK', [5], { cmd: 'unsuback', packetId: 1, reasonCodes: [0x11] }, 'b0 [0001 00 11]'],
    ['UNSUBACK', old, { cmd: 'unsuback', packetId: 1, reasonCodes: [] }, 'b0 02 0001'],
    ['PINGRESP', all, { cmd: 'pingresp' }, 'd0 00'],
  ]);
});
