import { expect } from 'chai';
import { PacketEncoder } from '../../src/codec/encoder.js';
import type { ConnectPacket, Packet } from '../../src/packets.js';
import { connect, publish } from './examples.js';
import { caught, encode, hex } from './support.js';
import { unencodable } from './unencodable.js';

const old = [4, 3] as const;
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

  it('is an empty client id without clean session in 3.1.1, and every empty one in 3.1 [MQTT3-3.1.3-7] [MQTT31-3.1-2]', () => {
    const packet = { ...connect, clientId: '' } as ConnectPacket;
    expect(caught(() => encode(4, { ...packet, protocolVersion: 4, clean: false })).code).to.equal('INVALID_ARGUMENT');
    expect(caught(() => encode(3, { ...packet, protocolVersion: 3 })).code).to.equal('INVALID_ARGUMENT');
  });

  it('is a packet that only a server sends', () => {
    const encoder = new PacketEncoder(5);
    const packets: Packet[] = [
      { cmd: 'connack', sessionPresent: false, reasonCode: 0 },
      { cmd: 'suback', packetId: 1, reasonCodes: [0] },
      { cmd: 'unsuback', packetId: 1, reasonCodes: [0] },
      { cmd: 'pingresp' },
    ];
    for (const packet of packets) {
      expect(caught(() => encoder.write(packet)).message).to.match(/a client sends no such packet/);
    }
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
