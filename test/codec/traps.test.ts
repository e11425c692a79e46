import { expect } from 'chai';
import mqttPacket, { type Packet as WirePacket } from 'mqtt-packet';
import { PacketDecoder } from '../../src/codec/decoder.js';
import { PacketEncoder } from '../../src/codec/encoder.js';
import type { Packet } from '../../src/packets.js';
import { peerReads } from './peer.js';
import { caught, decode, versions, wire } from './support.js';

/**
 * What mqtt-packet 9.0.2 does alone, and what comes of it here. Where it is shown that the library still does so, a failing
 * test means that a workaround may have become superfluous.
 */
describe('The traps of reading with mqtt-packet', () => {
  it('62 00 gives a PUBREL with packet identifier -1, whose answer ends the process', () => {
    expect(peerReads(4, wire('62 00'))).to.have.nested.property('[0].messageId', -1);
    for (const version of versions) expect(caught(() => decode(version, wire('62 00'))).reasonCode).to.equal(0x81);
  });

  it('F0 00 is an error, though legal (section 3.15.2.1)', () => {
    expect(() => peerReads(5, wire('f0 00'))).to.throw('Invalid auth reason code');
    expect(decode(5, wire('f0 00'))).to.deep.equal([{ cmd: 'auth', reasonCode: 0 }]);
  });

  it('E0 00 takes its reason code from the next packet', () => {
    expect(() => peerReads(5, wire('e0 00 d0 00'))).to.throw('Invalid disconnect reason code');
    expect(decode(5, wire('e0 00 d0 00'))).to.deep.equal([{ cmd: 'disconnect' }, { cmd: 'pingresp' }]);
  });

  it('40 00 takes its packet identifier from the next packet', () => {
    expect(peerReads(4, wire('40 00 40 02 00 01'))).to.have.nested.property('[0].messageId', 0x4002);
    expect(caught(() => decode(4, wire('40 00 40 02 00 01'))).reasonCode).to.equal(0x81);
  });

  it('a property given twice becomes a list', () => {
    const bytes = wire('20 [00 00 [21 0001 21 0002]]');
    expect(peerReads(5, bytes)).to.have.deep.nested.property('[0].properties.receiveMaximum', [1, 2]);
    expect(caught(() => decode(5, bytes)).reasonCode).to.equal(0x82);
  });

  it('a property given twice, first 0, is the second alone', () => {
    const bytes = wire('20 [00 00 [24 00 24 01]]');
    expect(peerReads(5, bytes)).to.have.deep.nested.property('[0].properties.maximumQoS', 1);
    expect(caught(() => decode(5, bytes)).reasonCode).to.equal(0x82);
  });

  it('user properties lose their order, and empty values where the name comes again', () => {
    const bytes = wire("40 [0001 00 [26 0001 'b' 0000 26 0001 '1' 0001 'x' 26 0001 'b' 0001 'y']]");
    expect(Object.entries((peerReads(5, bytes)[0] as any).properties.userProperties)).to.deep.equal([
      ['1', 'x'],
      ['b', 'y'],
    ]);
    expect(decode(5, bytes)).to.have.deep.nested.property('[0].properties.userProperties', [
      ['b', ''],
      ['1', 'x'],
      ['b', 'y'],
    ]);
  });

  it('a user property __proto__ becomes a key', () => {
    const bytes = wire("40 [0001 00 [26 0009 '__proto__' 0001 'x']]");
    const [packet] = decode(5, bytes) as unknown as [{ properties: object }];
    expect(packet.properties).to.deep.equal({ userProperties: [['__proto__', 'x']] });
    expect(Object.getPrototypeOf(packet.properties)).to.equal(Object.prototype);
  });

  const accepted: [what: string, version: 5 | 4, bytes: string, reasonCode: number][] = [
    ['UTF-8 that is none', 4, '30 04 0002 c328', 0x81],
    ['U+0000 in a topic', 4, "30 05 0003 'a' 00 'b'", 0x81],
    ['a wildcard in a topic', 4, "30 03 0001 '#'", 0x90],
    ['an empty topic', 4, '30 02 0000', 0x82],
    ['topic alias 0', 5, "30 [0001 'a' [23 0000]]", 0x94],
    ['receive maximum 0', 5, '20 [00 00 [21 0000]]', 0x82],
    ['maximum QoS 7', 5, '20 [00 00 [24 07]]', 0x82],
    ['a boolean of 2', 5, '20 [00 00 [25 02]]', 0x82],
    ['a property of another packet', 5, "30 [0001 'a' [21 0001]]", 0x81],
    ['packet identifier 0', 4, '40 02 0000', 0x82],
    ['DUP with QoS 0', 4, "38 03 0001 'a'", 0x81],
    ['trailing bytes in an acknowledgement', 4, '40 04 0001 0000', 0x81],
    ['a body in PINGRESP', 4, 'd0 01 00', 0x81],
    ['a CONNACK of no bytes', 4, '20 00', 0x81],
    ['return code 200', 4, '20 02 00 c8', 0x82],
    ['session present in a refusal', 4, '20 02 01 05', 0x82],
    ['a SUBACK without codes', 4, '90 02 0001', 0x81],
    ['an UNSUBACK without codes', 5, 'b0 03 0001 00', 0x81],
    ['a client-only packet', 4, 'c0 00', 0x82],
    ['a remaining length that is not in the shortest form', 4, 'd0 80 00', 0x81],
  ];
  for (const [what, version, bytes, reasonCode] of accepted) {
    it(`it accepts ${what}`, () => {
      expect(() => peerReads(version, wire(bytes))).not.to.throw();
      expect(caught(() => decode(version, wire(bytes))).reasonCode).to.equal(reasonCode);
    });
  }

  it('it has no bound on the size of a packet', () => {
    const decoder = new PacketDecoder(4, { maximumPacketSize: 1000 });
    decoder.push(wire('30 ff ff ff 7f'));
    expect(caught(() => decoder.next()).code).to.equal('PACKET_TOO_LARGE');
  });

  it('its payloads are Buffers, whose slice() is a view', () => {
    const [packet] = decode(4, wire("30 04 0001 'a' ff")) as unknown as [{ payload: Uint8Array }];
    const copy = packet.payload.slice();
    packet.payload[0] = 1;
    expect(copy).to.deep.equal(wire('ff'));
  });
});

describe('The traps of writing with mqtt-packet, which this library does not', () => {
  const generate = (packet: object) => mqttPacket.generate(packet as WirePacket, { protocolVersion: 5 });
  const encode = (packet: object) => {
    const encoder = new PacketEncoder(5);
    encoder.write(packet as Packet);
    return Buffer.from(encoder.take()).toString('hex');
  };
  const connect = { cmd: 'connect', protocolVersion: 5, clientId: 'a', clean: true, keepalive: 0 };

  it('nothing waits for the next tick', () => {
    expect(encode(connect)).to.equal('100e00044d51545405020000000001' + '61');
  });

  it('DISCONNECT of 5.0 is four bytes', () => {
    expect(generate({ cmd: 'disconnect' }).toString('hex')).to.equal('e0020000');
    expect(encode({ cmd: 'disconnect' })).to.equal('e000');
  });

  it('an empty list of user properties silences the packet', () => {
    expect(generate({ ...connect, properties: { userProperties: [] } })).to.have.length(0);
    expect(encode({ ...connect, properties: { userProperties: [] } })).to.equal(encode(connect));
    const properties = { receiveMaximum: 5 };
    expect(
      encode({ ...connect, properties: { ...properties, userProperties: [], topicAliasMaximum: undefined } }),
    ).to.equal(encode({ ...connect, properties }));
  });

  it('a property that is NaN becomes 0', () => {
    expect(generate({ ...connect, properties: { receiveMaximum: NaN } })).not.to.have.length(0);
    expect(caught(() => encode({ ...connect, properties: { receiveMaximum: NaN } })).code).to.equal('INVALID_ARGUMENT');
  });

  it('a string above 65,535 bytes is announced and not written', () => {
    expect(generate({ ...connect, clientId: 'x'.repeat(65_536) })).to.have.length(15);
    expect(caught(() => encode({ ...connect, clientId: 'x'.repeat(65_536) })).code).to.equal('INVALID_ARGUMENT');
  });

  it('a lone surrogate is replaced', () => {
    expect(generate({ ...connect, clientId: '\ud800' }).toString('hex')).to.match(/0003efbfbd$/);
    expect(caught(() => encode({ ...connect, clientId: '\ud800' })).code).to.equal('INVALID_ARGUMENT');
  });

  it('user properties are an object: names that look like numbers come first', () => {
    const order = [
      ['b', '1'],
      ['2', '2'],
      ['b', '3'],
    ];
    expect(encode({ ...connect, properties: { userProperties: order } })).to.contain(
      Buffer.from(wire("26 0001 'b' 0001 '1' 26 0001 '2' 0001 '2' 26 0001 'b' 0001 '3'")).toString('hex'),
    );
  });

  it('a password without a user name, and no client id without Clean Start, are refused though legal in 5.0', () => {
    const packet = { ...connect, clientId: '', clean: false, password: Buffer.from('p') };
    expect(() => generate({ ...packet, clean: true })).to.throw('Username is required');
    expect(() => generate({ ...packet, username: 'u' })).to.throw('clientId must be given');
    expect(encode(packet)).to.equal(Buffer.from(wire("10 [0004 'MQTT' 05 40 0000 00 0000 0001 'p']")).toString('hex'));
  });
});
