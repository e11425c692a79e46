import { expect } from 'chai';
import { PacketEncoder } from '../../src/codec/encoder.js';
import type { ConnectPacket, Packet } from '../../src/packets.js';
import { connect, publish, will } from './examples.js';
import { caught, encode, hex } from './support.js';

const old = [4, 3] as const;
const connect5 = { ...connect, protocolVersion: 5 };
const subscribe = { cmd: 'subscribe', packetId: 1, subscriptions: [{ filter: 'a', qos: 0 }] };
const long = 'x'.repeat(65_536);
const withProperty = (properties: object) => ({ ...publish, properties });

/** Packets of 5.0 that have no form on the wire, and a word of what the message must say. */
const unencodable: readonly [packet: object, message: RegExp, statements?: string][] = [
  [{ cmd: 'nonsense' }, /NONSENSE.*no such packet/],
  [{ ...publish, topic: long }, /topic.*65535/],
  [{ ...publish, topic: 'é'.repeat(32_768) }, /topic.*65535/],
  [{ ...publish, topic: 'a\ud800' }, /topic.*well-formed/, '[MQTT-3.3.2-1]'],
  [{ ...publish, topic: 'a\0' }, /topic.*U\+0000/],
  [{ ...publish, topic: 7 }, /topic must be a string, it is 7/],
  [{ ...publish, payload: 'text' }, /payload/],
  [{ ...publish, payload: undefined }, /payload/],
  [{ ...publish, qos: 3 }, /QoS.*3/, '[MQTT-3.3.1-4] [MQTT3-3.3.1-4]'],
  [{ ...publish, qos: 1 }, /packet identifier/],
  [{ ...publish, qos: 1, packetId: 0 }, /packet identifier/, '[MQTT3-2.3.1-1]'],
  [{ ...publish, qos: 2, packetId: 65_536 }, /packet identifier/],
  [withProperty({ topicAlias: 0 }), /topicAlias/, '[MQTT-3.3.2-8]'],
  [withProperty({ topicAlias: 65_536 }), /topicAlias/],
  [withProperty({ topicAlias: NaN }), /topicAlias/],
  [withProperty({ messageExpiryInterval: 1.5 }), /messageExpiryInterval/],
  [withProperty({ messageExpiryInterval: -1 }), /messageExpiryInterval/],
  [withProperty({ messageExpiryInterval: 0x100000000 }), /messageExpiryInterval/],
  [withProperty({ messageExpiryInterval: null }), /messageExpiryInterval.*null/],
  [withProperty({ payloadFormatIndicator: 1 }), /payloadFormatIndicator.*boolean/],
  [withProperty({ responseTopic: '\ud800' }), /responseTopic/, '[MQTT-3.3.2-13]'],
  [withProperty({ contentType: '\udfff' }), /contentType/, '[MQTT-3.3.2-19]'],
  [withProperty({ contentType: long }), /contentType/],
  [withProperty({ correlationData: 'text' }), /correlationData.*Uint8Array/],
  [withProperty({ correlationData: new Uint8Array(65_536) }), /correlationData/],
  [withProperty({ userProperties: { a: 'b' } }), /userProperties.*pairs/],
  [withProperty({ userProperties: [['a']] }), /userProperties.*pairs/],
  [withProperty({ userProperties: [['a', 1]] }), /value.*string/],
  [withProperty({ userProperties: [['a\0', 'b']] }), /name of a user property/, '[MQTT-1.5.7-1]'],
  [withProperty({ subscriptionIdentifier: 0 }), /subscriptionIdentifier/],
  [withProperty({ receiveMaximum: 5 }), /PUBLISH.*no property receiveMaximum/],
  [withProperty({ constructor: 5 }), /no property constructor/],
  [{ cmd: 'puback', packetId: 0 }, /packet identifier/],
  [{ cmd: 'puback', packetId: 1, reasonCode: 256 }, /reason code/],
  [{ cmd: 'puback', packetId: 1, reasonCode: 256, properties: { reasonString: 'r' } }, /reason code/],
  [{ cmd: 'pubrel', packetId: NaN }, /packet identifier/],
  [{ cmd: 'pubrel', packetId: 1, properties: { topicAlias: 1 } }, /PUBREL.*no property topicAlias/],
  [{ ...connect5, protocolVersion: 4 }, /version/],
  [{ ...connect5, keepalive: 65_536 }, /keepalive/],
  [{ ...connect5, keepalive: 1.5 }, /keepalive/],
  [{ ...connect5, clientId: '\ud800' }, /client id/, '[MQTT-3.1.3-4]'],
  [{ ...connect5, clientId: long }, /client id/],
  [{ ...connect5, username: 'a\0' }, /user name/, '[MQTT-3.1.3-12]'],
  [{ ...connect5, password: new Uint8Array(65_536) }, /password/],
  [{ ...connect5, password: 'secret' }, /password must be a Uint8Array, it is string/],
  [{ ...connect5, will: { ...will, topic: '' } }, /will topic/],
  [{ ...connect5, will: { ...will, topic: '\ud800' } }, /will topic/, '[MQTT-3.1.3-11]'],
  [{ ...connect5, will: { ...will, qos: 3 } }, /will QoS/, '[MQTT-3.1.2-12]'],
  [{ ...connect5, will: { ...will, payload: new Uint8Array(65_536) } }, /will payload/],
  [{ ...connect5, will: { ...will, properties: { topicAlias: 1 } } }, /no property topicAlias/],
  [{ ...connect5, properties: { receiveMaximum: 0 } }, /receiveMaximum/],
  [{ ...connect5, properties: { maximumPacketSize: 0 } }, /maximumPacketSize/],
  [{ ...subscribe, packetId: 0 }, /packet identifier/, '[MQTT3-2.3.1-1]'],
  [{ ...subscribe, subscriptions: [] }, /SUBSCRIBE/, '[MQTT-3.8.3-2]'],
  [{ ...subscribe, subscriptions: [{ filter: 'a\0', qos: 0 }] }, /topic filter/, '[MQTT-3.8.3-1]'],
  [{ ...subscribe, subscriptions: [{ filter: 'a', qos: 3 }] }, /QoS/],
  [{ ...subscribe, subscriptions: [{ filter: 'a', qos: 0, retainHandling: 3 }] }, /retain handling/],
  [{ ...subscribe, properties: { subscriptionIdentifier: [1, 2] } }, /subscriptionIdentifier/],
  [{ cmd: 'unsubscribe', packetId: 1, filters: [] }, /UNSUBSCRIBE/, '[MQTT-3.10.3-2]'],
  [{ cmd: 'unsubscribe', packetId: 1, filters: ['\ud800'] }, /topic filter/, '[MQTT-3.10.3-1]'],
  [{ cmd: 'unsubscribe', packetId: 1, filters: [long] }, /topic filter/],
  [{ cmd: 'disconnect', reasonCode: -1 }, /reason code/],
  [{ cmd: 'auth', reasonCode: 256 }, /reason code/],
];

describe('What cannot be encoded', () => {
  for (const [packet, message, statements = ''] of unencodable) {
    it(`says ${message.source} ${statements}`.trim(), () => {
      const error = caught(() => encode(5, packet));
      expect(error.code).to.equal('INVALID_ARGUMENT');
      expect(error.retryable).to.equal(false);
      expect(error.message).to.match(message);
      expect(error.message).not.to.contain('secret');
    });
  }

  it('is an empty client id without clean session in 3.1.1, and every empty one in 3.1 [MQTT3-3.1.3-7]', () => {
    const packet = { ...connect, clientId: '' } as ConnectPacket;
    expect(caught(() => encode(4, { ...packet, protocolVersion: 4, clean: false })).code).to.equal('INVALID_ARGUMENT');
    expect(caught(() => encode(3, { ...packet, protocolVersion: 3 })).code).to.equal('INVALID_ARGUMENT');
  });

  it('is AUTH before 5.0', () => {
    for (const version of old) {
      expect(caught(() => encode(version, { cmd: 'auth', reasonCode: 0 })).message).to.match(/AUTH.*in MQTT 5\.0 only/);
    }
  });

  it('is a packet above 268,435,455 bytes', () => {
    const payload = new Uint8Array(0x10000000);
    expect(caught(() => encode(4, { ...publish, payload })).message).to.match(/cannot hold/);
  });

  it('leaves what was written before it intact', () => {
    const encoder = new PacketEncoder(5);
    encoder.write({ cmd: 'puback', packetId: 1 });
    for (const [packet] of unencodable)
      expect(caught(() => encoder.write(packet as Packet)).code).to.equal('INVALID_ARGUMENT');
    expect(encoder.size).to.equal(4);
    encoder.write({ cmd: 'puback', packetId: 2 });
    expect(hex(encoder.take())).to.equal('4002000140020002');
  });
});
