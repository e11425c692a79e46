import { expect } from 'chai';
import type { ProtocolVersion } from '../../src/packets.js';
import { caught, decode, versions, wire } from './support.js';

const hex = (byte: number): string => byte.toString(16).padStart(2, '0');

/** The first bytes that a server may send, by version: everything else is refused at the fixed header. */
const legal: Record<ProtocolVersion, number[]> = {
  5: [0x20, 0x40, 0x50, 0x62, 0x70, 0x90, 0xb0, 0xd0, 0xe0, 0xf0],
  4: [0x20, 0x40, 0x50, 0x62, 0x70, 0x90, 0xb0, 0xd0],
  // 3.1 sends PUBREL again with DUP (section 3.6).
  3: [0x20, 0x40, 0x50, 0x62, 0x6a, 0x70, 0x90, 0xb0, 0xd0],
};
const publish = [0x30, 0x31, 0x32, 0x33, 0x34, 0x35, 0x3a, 0x3b, 0x3c, 0x3d];
const clientOnly = [0x10, 0x82, 0xa2, 0xc0];

describe('The first byte of a packet', () => {
  for (const version of versions) {
    it(`${version}: is one of those that a server may send [MQTT-2.1.3-1] [MQTT-3.6.1-1] [MQTT-3.15.1-1] [MQTT3-2.2.2-2] [MQTT31-3.14]`, () => {
      for (let byte = 0; byte < 256; byte++) {
        // A body so long that only the fixed header can have been judged.
        const run = () => decode(version, Uint8Array.of(byte, 0x7f));
        if (legal[version].includes(byte) || publish.includes(byte)) expect(run(), hex(byte)).to.deep.equal([]);
        else expect(caught(run).phase, hex(byte)).to.equal('mqtt');
      }
    });

    it(`${version}: names client-only packets`, () => {
      for (const byte of clientOnly) {
        const error = caught(() => decode(version, Uint8Array.of(byte, 0)));
        expect(error.reasonCode).to.equal(0x82);
        expect(error.message).to.match(/^protocol error in (CONNECT|SUBSCRIBE|UNSUBSCRIBE|PINGREQ) .*only clients/);
      }
    });

    it(`${version}: has no reserved flags set [MQTT-2.1.3-1] [MQTT3-2.2.2-2]`, () => {
      for (const byte of [0x21, 0x42, 0x51, 0x60, 0x72, 0x98, 0xb1, 0xd8]) {
        const error = caught(() => decode(version, Uint8Array.of(byte, 2, 0, 1)));
        expect(error.reasonCode).to.equal(0x81);
        expect(error.message).to.contain('flags');
      }
    });

    it(`${version}: is not type 0`, () => {
      expect(caught(() => decode(version, wire('00 00'))).reasonCode).to.equal(0x81);
    });

    it(`${version}: is no PUBLISH of QoS 3, and none of QoS 0 with DUP [MQTT-3.3.1-4] [MQTT-3.3.1-2] [MQTT3-3.3.1-4]`, () => {
      for (const byte of [0x36, 0x37, 0x3e, 0x3f]) {
        expect(caught(() => decode(version, Uint8Array.of(byte, 0x7f))).message).to.contain('QoS 3');
      }
      for (const byte of [0x38, 0x39]) {
        expect(caught(() => decode(version, Uint8Array.of(byte, 0x7f))).message).to.contain('DUP');
      }
    });

    it(`${version}: an answer in HTTP is called by its name`, () => {
      const answer = wire("'HTTP/1.1 400 Bad Request'");
      for (const size of [1, 2, 100])
        expect(caught(() => decode(version, answer, size)).message).to.match(/HTTP.*ws:\/\//);
    });

    it(`${version}: an answer in TLS is called by its name`, () => {
      // An alert, "unexpected message", and a handshake record.
      for (const record of ['15 03 01 00 02 02 0a', '16 03 03 00 7a 02']) {
        expect(caught(() => decode(version, wire(record))).message).to.match(/TLS.*mqtts:\/\//);
      }
    });
  }

  it('DISCONNECT and AUTH have no flags [MQTT-3.14.1-1] [MQTT-3.15.1-1]', () => {
    for (const byte of [0xe1, 0xe2, 0xe4, 0xe8, 0xf1, 0xf2, 0xf4, 0xf8]) {
      expect(caught(() => decode(5, Uint8Array.of(byte, 0)))).to.include({
        code: 'MALFORMED_PACKET',
        reasonCode: 0x81,
      });
    }
  });

  it('only the first packet can be HTTP or TLS', () => {
    expect(caught(() => decode(4, wire('d0 00 15 03 01 00 02'))).message).to.match(/CONNECT.*only clients/);
  });

  it("DISCONNECT is the client's before 5.0, AUTH reserved", () => {
    expect(caught(() => decode(4, wire('e0 00')))).to.include({ code: 'PROTOCOL_ERROR', reasonCode: 0x82 });
    expect(caught(() => decode(4, wire('f0 00')))).to.include({ code: 'MALFORMED_PACKET', reasonCode: 0x81 });
  });
});
