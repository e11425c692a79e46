import { map } from 'rxjs';
import { connack, puback, pubcomp, pubrec } from '../src/testing/index.js';
import type { Diagram } from './diagram.js';

const a = connack();
const C = 'CONNECT v5';

export const publishQos0: Diagram = {
  name: 'publish-qos-0',
  sentence:
    'QoS 0, at most once. The first subscription connects. The message leaves as soon as the broker has accepted us, and nobody will ever say whether it arrived: the result comes when the link has taken it.',
  rows: [
    {
      kind: 'stream',
      name: "publish('t', 'x')",
      of: ({ client }) => client.publish('t', 'x').pipe(map(({ qos }) => `handed over, QoS ${qos}`)),
      subscribed: '--^',
      marbles: '   -----(r|)',
      values: { r: 'handed over, QoS 0' },
    },
    {
      kind: 'wire',
      links: ['--^'],
      sent: '  --C--p',
      says: { C, p: 'PUBLISH q0 t "x"' },
      broker: ['---a'],
      packets: { a },
    },
  ],
};

export const publishQos1: Diagram = {
  name: 'publish-qos-1',
  sentence:
    'QoS 1, at least once. The client keeps the message until PUBACK comes with its packet identifier; then the stream emits the result and completes.',
  rows: [
    {
      kind: 'stream',
      name: "publish('t', 'x', { qos: 1 })",
      of: ({ client }) => client.publish('t', 'x', { qos: 1 }).pipe(map(({ reached }) => reached)),
      marbles: '---(a|)',
      values: { a: 'acknowledged' },
    },
    {
      kind: 'wire',
      sent: ' Cp',
      says: { C, p: 'PUBLISH q1 #1 t "x"' },
      broker: ['-a-k'],
      packets: { a, k: puback(1) },
    },
  ],
};

export const publishQos2: Diagram = {
  name: 'publish-qos-2',
  sentence:
    'QoS 2, exactly once. PUBREC says that the broker has the message and will not take it twice; from then on the client keeps the packet identifier only. PUBREL and PUBCOMP let both forget it.',
  rows: [
    {
      kind: 'stream',
      name: "publish('t', 'x', { qos: 2 })",
      of: ({ client }) => client.publish('t', 'x', { qos: 2 }).pipe(map(({ reached }) => reached)),
      marbles: '-----(a|)',
      values: { a: 'acknowledged' },
    },
    {
      kind: 'wire',
      sent: ' Cp-r',
      says: { C, p: 'PUBLISH q2 #1 t "x"', r: 'PUBREL #1' },
      broker: ['-a-r-c'],
      packets: { a, r: pubrec(1), c: pubcomp(1) },
    },
  ],
};
