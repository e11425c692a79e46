import { map } from 'rxjs';
import type { PublishOptions } from '../src/index.js';
import { connack, puback, pubcomp, pubrec } from '../src/testing/index.js';
import type { Diagram, StreamRow } from './diagram.js';

const a = connack();
const C = 'CONNECT v5';

export const publishQos0: Diagram = {
  name: 'publish-qos-0',
  sentence:
    'QoS 0, at most once. The first subscription connects. The message leaves as soon as the broker has accepted the client. It has no acknowledgement: the result comes when the link has taken the message.',
  rows: [
    {
      kind: 'stream',
      name: "publish('t', 'x')",
      of: ({ client }) => client.publish('t', 'x').pipe(map(({ qos }) => `sent, QoS ${qos}`)),
      subscribed: '--^',
      marbles: '   -----(r|)',
      besideSent: true,
      values: { r: 'sent, QoS 0' },
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
    'QoS 1, at least once. The client keeps the message until PUBACK arrives with its packet identifier; then the stream emits the result and completes.',
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
    'QoS 2, exactly once. PUBREC says that the broker has the message and will not accept it twice; from then on the client keeps only the packet identifier. After PUBREL and PUBCOMP both sides forget it.',
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
    { kind: 'notes', marbles: '---k-f', values: { k: 'keeps #1 only', f: 'forgets #1' } },
  ],
};

const until = (until: NonNullable<PublishOptions['until']>, marbles: string): StreamRow => ({
  besideSent: until === 'sent',
  kind: 'stream',
  name: `publish('t', 'x', { qos: 1, until: '${until}' })`,
  of: ({ client }) => client.publish('t', 'x', { qos: 1, until }).pipe(map(({ reached }) => reached)),
  subscribed: '^',
  marbles,
  values: { q: 'queued', s: 'sent', a: 'acknowledged' },
});

export const publishUntil: Diagram = {
  name: 'publish-until',
  sentence:
    'The option until decides when the stream emits: when the message is in the queue, when the link has taken it, or when the broker has acknowledged it. The three messages are published in one turn, before there is a connection.',
  rows: [
    until('queued', '      (q|)'),
    until('sent', '        ---(s|)'),
    until('acknowledged', '-----(a|)'),
    {
      kind: 'wire',
      sent: 'C--(pqr)',
      says: { C, p: 'PUBLISH q1 #1 t "x"', q: 'PUBLISH q1 #2 t "x"', r: 'PUBLISH q1 #3 t "x"' },
      broker: ['---a-k'],
      packets: { a, k: puback(3) },
    },
  ],
};

export const publishAll: Diagram = {
  name: 'publish-all',
  sentence:
    'publishAll() takes a stream of messages and emits the outcome of each. The Receive Maximum of the broker limits the rate: here it allows one unacknowledged message at a time, and the others wait.',
  rows: [
    { kind: 'source', name: 'message$', marbles: '--xyz', values: { x: 'x', y: 'y', z: 'z' } },
    { kind: 'box', text: 'publishAll()' },
    {
      kind: 'stream',
      name: 'outcomes',
      of: stage =>
        stage.source('message$').pipe(
          map(payload => ({ topic: 't', payload, qos: 1 as const })),
          stage.client.publishAll(),
          map(({ status, message }) => `${message.payload as string} ${status}`),
        ),
      marbles: '-----x--y--z',
      values: { x: 'x published', y: 'y rejected', z: 'z published' },
    },
    {
      kind: 'wire',
      links: ['--^'],
      sent: '  --Cp-q--r',
      says: { C, p: 'PUBLISH q1 #1 t "x"', q: 'PUBLISH q1 #2 t "y"', r: 'PUBLISH q1 #3 t "z"' },
      broker: ['-a-k--l--m'],
      packets: {
        a: connack({ properties: { receiveMaximum: 1 } }),
        k: puback(1),
        l: puback(2, 0x97),
        m: puback(3),
      },
    },
    { kind: 'notes', marbles: '---r', values: { r: 'Receive Maximum: 1' } },
  ],
};
