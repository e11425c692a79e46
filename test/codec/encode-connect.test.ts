import { connect, pairBytes, pairs, will } from './examples.js';
import { itWrites, wire } from './support.js';

describe('The bytes of CONNECT', () => {
  itWrites([
    ['CONNECT', [5], { ...connect, protocolVersion: 5 }, "10 [0004 'MQTT' 05 02 003c 00 0002 'id']"],
    ['CONNECT', [4], { ...connect, protocolVersion: 4 }, "10 [0004 'MQTT' 04 02 003c 0002 'id']"],
    ['CONNECT [MQTT31-3.1-1]', [3], { ...connect, protocolVersion: 3 }, "10 [0006 'MQIsdp' 03 02 003c 0002 'id']"],
    [
      'CONNECT without clean session',
      [4],
      { ...connect, protocolVersion: 4, clean: false },
      "10 [0004 'MQTT' 04 00 003c 0002 'id']",
    ],
    [
      'CONNECT with no client id',
      [4],
      { ...connect, protocolVersion: 4, clientId: '' },
      "10 [0004 'MQTT' 04 02 003c 0000]",
    ],
    [
      'CONNECT with neither client id nor clean start (section 3.1.3.1)',
      [5],
      { ...connect, protocolVersion: 5, clientId: '', clean: false },
      "10 [0004 'MQTT' 05 00 003c 00 0000]",
    ],
    [
      'CONNECT with user name and password',
      [4],
      { ...connect, protocolVersion: 4, username: 'u', password: wire('00ff') },
      "10 [0004 'MQTT' 04 c2 003c 0002 'id' 0001 'u' 0002 00ff]",
    ],
    [
      'CONNECT with a user name alone',
      [5],
      { ...connect, protocolVersion: 5, username: 'u' },
      "10 [0004 'MQTT' 05 82 003c 00 0002 'id' 0001 'u']",
    ],
    [
      'CONNECT with a user name alone',
      [4],
      { ...connect, protocolVersion: 4, username: 'u' },
      "10 [0004 'MQTT' 04 82 003c 0002 'id' 0001 'u']",
    ],
    [
      'CONNECT with a user name alone: an empty password',
      [3],
      { ...connect, protocolVersion: 3, username: 'u' },
      "10 [0006 'MQIsdp' 03 c2 003c 0002 'id' 0001 'u' 0000]",
    ],
    [
      'CONNECT with a password alone (section 3.1.2.9)',
      [5],
      { ...connect, protocolVersion: 5, password: wire("'p'") },
      "10 [0004 'MQTT' 05 42 003c 00 0002 'id' 0001 'p']",
    ],
    [
      'CONNECT with a password alone, where the remaining length becomes a byte shorter',
      [5],
      { ...connect, protocolVersion: 5, password: new Uint8Array(110) },
      `10 7f 0004 'MQTT' 05 42 003c 00 0002 'id' 006e ${'00'.repeat(110)}`,
    ],
    [
      'CONNECT with a password alone: an empty user name [MQTT3-3.1.2-22]',
      [4],
      { ...connect, protocolVersion: 4, password: wire("'p'") },
      "10 [0004 'MQTT' 04 c2 003c 0002 'id' 0000 0001 'p']",
    ],
    [
      'CONNECT with a password alone: an empty user name [MQTT31-3.1-3]',
      [3],
      { ...connect, protocolVersion: 3, password: wire("'p'") },
      "10 [0006 'MQIsdp' 03 c2 003c 0002 'id' 0000 0001 'p']",
    ],
    [
      'CONNECT with a will',
      [4],
      { ...connect, protocolVersion: 4, will },
      "10 [0004 'MQTT' 04 2e 003c 0002 'id' 0001 'w' 0001 'p']",
    ],
    [
      'CONNECT with an empty will',
      [4],
      { ...connect, protocolVersion: 4, will: { ...will, payload: wire(''), retain: false, qos: 2 } },
      "10 [0004 'MQTT' 04 16 003c 0002 'id' 0001 'w' 0000]",
    ],
    [
      'CONNECT with every property',
      [5],
      {
        ...connect,
        protocolVersion: 5,
        will: {
          ...will,
          properties: {
            willDelayInterval: 1,
            payloadFormatIndicator: true,
            messageExpiryInterval: 2,
            contentType: 'c',
            responseTopic: 'r',
            correlationData: wire('00'),
            userProperties: [['w', '']],
          },
        },
        properties: {
          sessionExpiryInterval: 0xffffffff,
          receiveMaximum: 1,
          maximumPacketSize: 0x10000,
          topicAliasMaximum: 0,
          requestResponseInformation: true,
          requestProblemInformation: false,
          userProperties: pairs,
          authenticationMethod: 'm',
          authenticationData: wire('ff'),
        },
      },
      `10 [0004 'MQTT' 05 2e 003c
        [11 ffffffff 21 0001 27 00010000 22 0000 19 01 17 00 ${pairBytes} 15 0001 'm' 16 0001 ff] 0002 'id'
        [18 00000001 01 01 02 00000002 03 0001 'c' 08 0001 'r' 09 0001 00 26 0001 'w' 0000] 0001 'w' 0001 'p']`,
    ],
    [
      'CONNECT of 3.1.1 without the properties of 5.0',
      [4],
      {
        ...connect,
        protocolVersion: 4,
        properties: { receiveMaximum: 5 },
        will: { ...will, properties: { contentType: 'c' } },
      },
      "10 [0004 'MQTT' 04 2e 003c 0002 'id' 0001 'w' 0001 'p']",
    ],
  ]);
});
