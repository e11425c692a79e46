import { map } from 'rxjs';
import { connack, puback } from '../src/testing/index.js';
import type { Diagram } from './diagram.js';

export const resendQos1: Diagram = {
  name: 'resend-qos-1',
  sentence:
    'The link breaks before PUBACK comes. The next connection resumes the session: the message goes out again with its packet identifier and DUP, and whoever waits for it notices nothing.',
  options: { clean: false, clientId: 'me', reconnect: { initial: 4, jitter: 'none' } },
  rows: [
    { kind: 'states', marbles: 'icC-r---cC-' },
    {
      kind: 'stream',
      name: "publish('t', 'x', { qos: 1 })",
      of: ({ client }) => client.publish('t', 'x', { qos: 1 }).pipe(map(({ reached }) => reached)),
      subscribed: '-^',
      marbles: '   -----------(a|)',
      values: { a: 'acknowledged' },
    },
    {
      kind: 'wire',
      links: ['-^--!   ', '--------^    '],
      broker: ['-a-#    ', '        -p-k'],
      packets: { a: connack(), p: connack({ sessionPresent: true }), k: puback(1) },
      sent: '  -Cp-----Cd--',
      says: { C: 'CONNECT v5 resume', p: 'PUBLISH q1 #1 t "x"', d: 'PUBLISH q1 #1 dup t "x"' },
    },
  ],
};
