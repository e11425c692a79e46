import { map } from 'rxjs';
import { connack, puback, publish, suback } from '../src/testing/index.js';
import type { Diagram } from './diagram.js';

const a = connack();
const C = 'CONNECT v5';
const me = { clientId: 'me' };
const correlationData = new TextEncoder().encode('ffffffffffffffff-1');

export const request: Diagram = {
  name: 'request',
  sentence:
    'request() subscribes to the topic for replies, which all requests of the client share, then publishes. It emits the message with the correlation data of this request, and completes.',
  options: me,
  rows: [
    {
      kind: 'stream',
      name: "request('time', '?')",
      of: ({ client }) => client.request('time', '?').pipe(map(message => message.text())),
      marbles: '------(r|)',
      values: { r: '12:00' },
    },
    {
      kind: 'wire',
      sent: 'CSp',
      says: { C, S: 'SUBSCRIBE #1 rxjs-mqtt/reply/me:1', p: 'PUBLISH q1 #2 time "?"' },
      broker: ['-as-k-r'],
      packets: {
        a,
        s: suback(1, 1),
        k: puback(2),
        r: publish('rxjs-mqtt/reply/me', { payload: '12:00', properties: { correlationData } }),
      },
    },
  ],
};

export const respond: Diagram = {
  name: 'respond',
  sentence:
    'respond() is the other side: it calls the handler with each request, and publishes the result to the response topic of the request, with its correlation data.',
  options: me,
  drawnFrom: 3,
  rows: [
    {
      kind: 'stream',
      name: "respond('time', () => '12:00')",
      of: ({ client }) => client.respond('time', () => '12:00').pipe(map(({ status }) => status)),
      marbles: '-----r',
      values: { r: 'replied' },
    },
    {
      kind: 'wire',
      sent: 'CS-r',
      says: { C, S: 'SUBSCRIBE #1 time:1', r: 'PUBLISH q1 #2 reply/you "12:00"' },
      broker: ['-asq-k'],
      packets: {
        a,
        s: suback(1, 1),
        q: publish('time', { payload: '?', properties: { responseTopic: 'reply/you', correlationData } }),
        k: puback(2),
      },
    },
  ],
};
