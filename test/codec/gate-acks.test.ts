import { itReads, itRefuses, versions, type Read, type Refused } from './support.js';

const received = [0x00, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99];
const released = [0x00, 0x92];
const packets = [
  { cmd: 'puback', first: '40', codes: received },
  { cmd: 'pubrec', first: '50', codes: received },
  { cmd: 'pubrel', first: '62', codes: released },
  { cmd: 'pubcomp', first: '70', codes: released },
];

const hex = (byte: number): string => byte.toString(16).padStart(2, '0');
const bytes = Array.from({ length: 256 }, (_, byte) => byte);

for (const { cmd, first, codes } of packets) {
  const packet = { cmd, packetId: 0x102 };
  describe(cmd.toUpperCase(), () => {
    for (const version of versions) {
      itReads(version, [
        ['two bytes', `${first} 02 0102`, packet],
        ['packet identifier 65535', `${first} 02 ffff`, { cmd, packetId: 0xffff }],
      ]);
      itRefuses(version, [
        ['no bytes', `${first} 00`],
        ['half a packet identifier', `${first} 01 01`],
        ['packet identifier 0', `${first} 02 0000`, 0x82],
      ]);
    }
    for (const version of [4, 3] as const) {
      itRefuses(version, [
        ['a reason code', `${first} 03 0102 00`],
        ['properties', `${first} 04 0102 00 00`],
      ]);
    }

    itReads(5, [
      ...codes.map((code): Read => [
        `reason code ${hex(code)}`,
        `${first} 03 0102 ${hex(code)}`,
        { ...packet, reasonCode: code },
      ]),
      ['a property length of 0 [MQTT-3.4.2.1]', `${first} 04 0102 00 00`, { ...packet, reasonCode: 0 }],
      [
        'both properties',
        `${first} [0102 ${hex(codes[1]!)} [26 0001 'a' 0001 'b' 1f 0003 'why' 26 0001 'a' 0001 'c']]`,
        {
          ...packet,
          reasonCode: codes[1],
          properties: {
            reasonString: 'why',
            userProperties: [
              ['a', 'b'],
              ['a', 'c'],
            ],
          },
        },
      ],
    ]);
    itRefuses(5, [
      ['packet identifier 0 with a reason code', `${first} 03 0000 00`, 0x82],
      ['packet identifier 0 with properties', `${first} 04 0000 00 00`, 0x82],
      ...bytes
        .filter(code => !codes.includes(code))
        .filter((code, index) => index % 16 === 0 || code === 0x92 || code === 0x10)
        .map((code): Refused => [`reason code ${hex(code)}`, `${first} 03 0102 ${hex(code)}`, 0x82]),
      ['a property length beyond the end', `${first} 04 0102 00 01`],
      ['trailing bytes', `${first} 05 0102 00 00 00`],
      ['a property of another packet', `${first} 07 0102 00 03 23 0001`],
    ]);
  });
}

describe('PUBREL', () => {
  itReads(3, [['DUP, as 3.1 sends it again [MQTT31-3.6]', '6a 02 0102', { cmd: 'pubrel', packetId: 0x102 }]]);
});
