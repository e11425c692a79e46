import { expect } from 'chai';
import type { Packet } from '../../src/index.js';
import {
  connack,
  disconnect,
  mqttMarbles,
  pingresp,
  puback,
  suback,
  unsuback,
  describePacket,
} from '../../src/testing/index.js';

describe('packets in words', () => {
  const publish: Packet = {
    cmd: 'publish',
    topic: 't',
    payload: new Uint8Array(20),
    qos: 1,
    retain: true,
    dup: true,
    packetId: 3,
  };
  const cases: [packet: Packet, short: string, long?: string][] = [
    [
      { cmd: 'connect', protocolVersion: 4, clientId: 'a', clean: false, keepalive: 9 },
      'CONNECT v4 resume',
      'CONNECT v4 resume "a"',
    ],
    [connack({ sessionPresent: true }), 'CONNACK', 'CONNACK session present'],
    [connack({ reasonCode: 0x87 }), 'CONNACK', 'CONNACK 0x87'],
    [
      publish,
      'PUBLISH q1 #3 dup retain t',
      'PUBLISH q1 #3 dup retain t <00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 ... 20 bytes>',
    ],
    [puback(1, 0x10), 'PUBACK #1 0x10'],
    [{ cmd: 'subscribe', packetId: 1, subscriptions: [{ filter: 'a', qos: 2 }] }, 'SUBSCRIBE #1 a:2'],
    [suback(1, 2, 0x80), 'SUBACK', 'SUBACK #1 0x2 0x80'],
    [{ cmd: 'unsubscribe', packetId: 1, filters: ['a', 'b'] }, 'UNSUBSCRIBE #1 a b'],
    [unsuback(1, 0x11), 'UNSUBACK', 'UNSUBACK #1 0x11'],
    [pingresp, 'PINGRESP'],
    [disconnect(0x8b, { reasonString: 'bye' }), 'DISCONNECT 0x8b', 'DISCONNECT 0x8b { reasonString: "bye" }'],
  ];
  for (const [packet, short, long = short] of cases) {
    it(long, () => {
      expect(describePacket(packet)).to.equal(short);
      const failing = mqttMarbles(({ cold, expectObservable }) => {
        expectObservable(cold('a', { a: packet })).toBe('b', { b: { deep: { deeper: { deepest: { lost: {} } } } } });
      });
      expect(failing).to.throw(`\n  a  ${long}   (actual only)`);
      expect(failing).to.throw('b  { deep: { deeper: { deepest: ... } } }   (expected only)');
    });
  }
});
