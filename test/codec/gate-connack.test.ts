import { itReads, itRefuses, wire } from './support.js';

const success = { cmd: 'connack', sessionPresent: false, reasonCode: 0 };

describe('CONNACK', () => {
  itReads(5, [
    ['success', '20 03 00 00 00', success],
    ['session present', '20 03 01 00 00', { ...success, sessionPresent: true }],
    ['a refusal', '20 03 00 87 00', { ...success, reasonCode: 0x87 }],
    [
      'every property',
      `20 [00 00 [11 00000e10  21 000a  24 01  25 00  27 00010000  12 0002 'id'  22 0005  1f 0001 'r'
       26 0001 'a' 0001 'b'  28 01  29 00  2a 01  13 001e  1a 0001 'i'  1c 0001 's'  15 0001 'm'  16 0002 ff00
       26 0001 'a' 0000]]`,
      {
        ...success,
        properties: {
          sessionExpiryInterval: 3600,
          receiveMaximum: 10,
          maximumQoS: 1,
          retainAvailable: false,
          maximumPacketSize: 65536,
          assignedClientIdentifier: 'id',
          topicAliasMaximum: 5,
          reasonString: 'r',
          userProperties: [
            ['a', 'b'],
            ['a', ''],
          ],
          wildcardSubscriptionAvailable: true,
          subscriptionIdentifiersAvailable: false,
          sharedSubscriptionAvailable: true,
          serverKeepAlive: 30,
          responseInformation: 'i',
          serverReference: 's',
          authenticationMethod: 'm',
          authenticationData: wire('ff00'),
        },
      },
    ],
    ['the refusal of a 3.1.1 broker, two bytes', '20 02 00 01', { ...success, reasonCode: 0x84, returnCode: 1 }],
    ['the acceptance of a 3.1.1 broker, two bytes [S101]', '20 02 00 00', { ...success, returnCode: 0 }],
    ['a refusal without a property length', '20 02 00 84', { ...success, reasonCode: 0x84 }],
  ]);

  for (const version of [4, 3] as const) {
    itReads(version, [
      ['success', '20 02 00 00', { ...success, returnCode: 0 }],
      ['session present', '20 02 01 00', { ...success, sessionPresent: true, returnCode: 0 }],
      ['return code 1', '20 02 00 01', { ...success, reasonCode: 0x84, returnCode: 1 }],
      ['return code 2', '20 02 00 02', { ...success, reasonCode: 0x85, returnCode: 2 }],
      ['return code 3', '20 02 00 03', { ...success, reasonCode: 0x88, returnCode: 3 }],
      ['return code 4', '20 02 00 04', { ...success, reasonCode: 0x86, returnCode: 4 }],
      ['return code 5', '20 02 00 05', { ...success, reasonCode: 0x87, returnCode: 5 }],
    ]);
    itRefuses(version, [
      ['a CONNACK of no bytes', '20 00'],
      ['a CONNACK of one byte', '20 01 00'],
      ['a CONNACK with properties', '20 03 00 00 00'],
      ['reserved flags', '20 02 02 00'],
      ['return code 6', '20 02 00 06', 0x82],
      ['a reason code of 5.0', '20 02 00 84', 0x82],
      ['session present in a refusal [MQTT3-3.2.2-4]', '20 02 01 05', 0x82],
    ]);
  }

  itRefuses(5, [
    ['a CONNACK of no bytes', '20 00'],
    ['a CONNACK of one byte', '20 01 00'],
    ['reserved flags [MQTT-3.2.2-1]', '20 03 02 00 00'],
    ['reserved flags beside session present', '20 03 81 00 00'],
    ['a reason code that no packet has', '20 03 00 7f 00', 0x82],
    ['a reason code of another packet', '20 03 00 92 00', 0x82],
    ['a return code of 3.x in the form of 5.0', '20 03 00 01 00', 0x82],
    ['session present in a refusal [MQTT-3.2.2-6]', '20 03 01 87 00', 0x82],
    ['session present in a refusal of two bytes', '20 02 01 01', 0x82],
    ['trailing bytes', '20 04 00 00 00 00'],
    ['a property length beyond the end', '20 03 00 00 01'],
  ]);
});
