import { expect } from 'chai';
import { caught, decode, itReads, itRefuses, versions, wire } from './support.js';

const hex = (byte: number): string => byte.toString(16).padStart(2, '0');

/** Of all 256 bytes those with which `notation` is read. */
function allowed(notation: (code: string) => string): number[] {
  return Array.from({ length: 256 }, (_, code) => code).filter(code => {
    try {
      return decode(5, wire(notation(hex(code)))).length === 1;
    } catch (error) {
      expect(error).to.include({ code: 'PROTOCOL_ERROR', reasonCode: 0x82 });
      return false;
    }
  });
}

describe('SUBACK', () => {
  itReads(5, [
    ['one code', '90 04 0001 00 02', { cmd: 'suback', packetId: 1, reasonCodes: [2] }],
    ['several codes', '90 06 0001 00 00 87 a2', { cmd: 'suback', packetId: 1, reasonCodes: [0, 0x87, 0xa2] }],
    [
      'properties',
      "90 [0001 [1f 0001 'r' 26 0001 '2' 0000 26 0001 '1' 0000] 01]",
      {
        cmd: 'suback',
        packetId: 1,
        reasonCodes: [1],
        properties: {
          reasonString: 'r',
          userProperties: [
            ['2', ''],
            ['1', ''],
          ],
        },
      },
    ],
  ]);
  itRefuses(5, [
    ['no bytes', '90 00'],
    ['no properties', '90 02 0001'],
    ['no codes', '90 03 0001 00'],
    ['packet identifier 0', '90 04 0000 00 00', 0x82],
    ['a property of another packet', '90 07 0001 03 23 0001 00'],
  ]);
  it('5: its codes are those of section 3.9.3 [MQTT-3.9.3-2]', () => {
    expect(allowed(code => `90 05 0001 00 00 ${code}`)).to.deep.equal([
      0x00, 0x01, 0x02, 0x80, 0x83, 0x87, 0x8f, 0x91, 0x97, 0x9e, 0xa1, 0xa2,
    ]);
  });

  for (const version of [4, 3] as const) {
    itReads(version, [
      ['all codes', '90 06 0102 00 01 02 80', { cmd: 'suback', packetId: 0x102, reasonCodes: [0, 1, 2, 0x80] }],
    ]);
    itRefuses(version, [
      ['no bytes', '90 00'],
      ['half a packet identifier', '90 01 01'],
      ['no codes', '90 02 0001'],
      ['packet identifier 0', '90 03 0000 00', 0x82],
      ['QoS 3 [MQTT3-3.9.3-2]', '90 03 0001 03', 0x82],
      ['a code of 5.0', '90 04 0001 00 87', 0x82],
    ]);
  }
});

describe('UNSUBACK', () => {
  itReads(5, [
    ['several codes', 'b0 05 0001 00 00 11', { cmd: 'unsuback', packetId: 1, reasonCodes: [0, 0x11] }],
    [
      'properties',
      "b0 [0001 [1f 0001 'r'] 87]",
      { cmd: 'unsuback', packetId: 1, reasonCodes: [0x87], properties: { reasonString: 'r' } },
    ],
  ]);
  itRefuses(5, [
    ['no bytes', 'b0 00'],
    ['the form of 3.1.1', 'b0 02 0001'],
    ['no codes', 'b0 03 0001 00'],
    ['packet identifier 0', 'b0 04 0000 00 00', 0x82],
  ]);
  it('5: its codes are those of section 3.11.3 [MQTT-3.11.3-2]', () => {
    expect(allowed(code => `b0 04 0001 00 ${code}`)).to.deep.equal([0x00, 0x11, 0x80, 0x83, 0x87, 0x8f, 0x91]);
  });

  for (const version of [4, 3] as const) {
    itReads(version, [
      ['two bytes [MQTT31-3.11]', 'b0 02 0102', { cmd: 'unsuback', packetId: 0x102, reasonCodes: [] }],
    ]);
    itRefuses(version, [
      ['no bytes', 'b0 00'],
      ['half a packet identifier', 'b0 01 01'],
      ['packet identifier 0', 'b0 02 0000', 0x82],
      ['codes', 'b0 03 0001 00'],
    ]);
  }
});

describe('PINGRESP', () => {
  for (const version of versions) {
    itReads(version, [['two bytes', 'd0 00', { cmd: 'pingresp' }]]);
    itRefuses(version, [['a body', 'd0 01 00']]);
  }
});

describe('DISCONNECT', () => {
  itReads(5, [
    ['no bytes: reason 0', 'e0 00', { cmd: 'disconnect' }],
    ['a reason code', 'e0 01 8b', { cmd: 'disconnect', reasonCode: 0x8b }],
    ['a property length of 0', 'e0 02 8e 00', { cmd: 'disconnect', reasonCode: 0x8e }],
    [
      'properties',
      "e0 [9c [1f 0001 'r' 1c 0001 's' 26 0000 0000]]",
      {
        cmd: 'disconnect',
        reasonCode: 0x9c,
        properties: { reasonString: 'r', serverReference: 's', userProperties: [['', '']] },
      },
    ],
  ]);
  itRefuses(5, [
    ['a property length beyond the end', 'e0 02 8b 01'],
    ['trailing bytes', 'e0 03 8b 00 00'],
    ["session expiry interval, which is the client's [MQTT-3.14.2-2]", 'e0 [8b [11 00000001]]', 0x82],
    ["the client's reason code 4", 'e0 01 04', 0x82],
  ]);
  it('5: its codes are those that section 3.14.2.1 gives to servers [MQTT-3.14.2-1]', () => {
    expect(allowed(code => `e0 01 ${code}`)).to.deep.equal([
      0x00, 0x80, 0x81, 0x82, 0x83, 0x87, 0x89, 0x8b, 0x8d, 0x8e, 0x8f, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99,
      0x9a, 0x9b, 0x9c, 0x9d, 0x9e, 0x9f, 0xa0, 0xa1, 0xa2,
    ]);
  });
});

describe('AUTH', () => {
  itReads(5, [
    ['no bytes: success', 'f0 00', { cmd: 'auth', reasonCode: 0 }],
    [
      'continue',
      "f0 [18 [15 0005 'SCRAM' 16 0002 00ff 1f 0001 'r' 26 0001 'a' 0001 'b']]",
      {
        cmd: 'auth',
        reasonCode: 0x18,
        properties: {
          authenticationMethod: 'SCRAM',
          authenticationData: wire('00ff'),
          reasonString: 'r',
          userProperties: [['a', 'b']],
        },
      },
    ],
  ]);
  itRefuses(5, [
    ['a reason code without a property length', 'f0 01 00'],
    ['no authentication method [MQTT-3.15.2.2.2]', 'f0 02 18 00', 0x82],
    ['data without a method', 'f0 [18 [16 0001 ff]]', 0x82],
    ["the client's reason code 0x19", "f0 [19 [15 0001 'm']]", 0x82],
    ['trailing bytes', "f0 [18 [15 0001 'm'] 00]"],
  ]);
  it('5: its codes are those that section 3.15.2.1 gives to servers [MQTT-3.15.2-1]', () => {
    expect(allowed(code => `f0 [${code} [15 0001 'm']]`)).to.deep.equal([0x00, 0x18]);
  });
});

describe('CONNACK', () => {
  it('5: its codes are those of section 3.2.2.2 [MQTT-3.2.2-8]', () => {
    expect(allowed(code => `20 03 00 ${code} 00`)).to.deep.equal([
      0x00, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8c, 0x90, 0x95, 0x97, 0x99, 0x9a, 0x9b,
      0x9c, 0x9d, 0x9f,
    ]);
  });
});

describe('What the messages say', () => {
  const said: [string, string, RegExp][] = [
    ['40 02 0000', '5', /protocol error in PUBACK from the broker: packet identifier 0/],
    ["30 [0003 'a/b' [23 0000]]", '5', /protocol error in PUBLISH.*topicAlias must be at least 1/],
    ['90 03 0001 00', '5', /malformed SUBACK.*no reason codes/],
    ['20 01 00', '4', /malformed CONNACK.*ends within/],
    ['d0 01 00', '4', /malformed PINGRESP.*trailing bytes \(1\)/],
    ['e0 01 04', '5', /protocol error in DISCONNECT.*reason code 0x04/],
  ];
  for (const [notation, version, message] of said) {
    it(`${notation}: ${message.source}`, () => {
      expect(caught(() => decode(Number(version) as 5, wire(notation))).message).to.match(message);
    });
  }
});
