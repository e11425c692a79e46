import { map } from 'rxjs';
import { connack, pingresp } from '../src/testing/index.js';
import type { Diagram } from './diagram.js';

const a = connack();
const C = 'CONNECT v5';

export const connect: Diagram = {
  name: 'connect',
  sentence:
    'Creating a client opens nothing. The first that subscribes opens the link and sends CONNECT; when the broker accepts, connect() emits its CONNACK, and the client stays connected until it is told to leave.',
  rows: [
    { kind: 'states', marbles: 'i--c---C----' },
    {
      kind: 'stream',
      name: 'connect()',
      of: ({ client }) => client.connect().pipe(map(() => 'CONNACK')),
      subscribed: '---^',
      marbles: '   -------(a|)',
      values: { a: 'CONNACK' },
    },
    {
      kind: 'wire',
      links: ['---^'],
      sent: '  ---C',
      says: { C },
      broker: ['----a'],
      packets: { a },
    },
  ],
};

export const connectTimeout: Diagram = {
  name: 'connect-timeout',
  sentence:
    'A port that takes the connection and never answers CONNECT: after connectTimeout the client hangs up, says why, and tries again as its reconnect strategy wants it.',
  tick: 1000,
  options: { connectTimeout: 30_000, reconnect: { jitter: 'none' } },
  rows: [
    {
      kind: 'states',
      marbles: 'ic 29s rcC',
      values: { r: 'CONNECT_TIMEOUT, again in 1 s' },
    },
    {
      kind: 'stream',
      name: 'connect()',
      of: ({ client }) => client.connect().pipe(map(() => 'CONNACK')),
      subscribed: '-^',
      marbles: '   -- 29s --(a|)',
      values: { a: 'CONNACK' },
    },
    {
      kind: 'wire',
      links: ['-^ 29s !', '-- 29s -^'],
      sent: '  -C 29s -C',
      says: { C },
      broker: ['', '-a'],
      packets: { a },
    },
  ],
};

export const keepalive: Diagram = {
  name: 'keepalive',
  sentence:
    'After a silence of almost the keepalive the client pings; whatever comes then is a sign of life. When not a byte comes within pingTimeout the connection is dead, although the network has said nothing.',
  tick: 1000,
  options: { keepalive: 60, pingTimeout: 10_000, reconnect: { jitter: 'none' } },
  rows: [
    {
      kind: 'calls',
      marbles: '-c',
      does: { c: ['connect()', ({ client }) => client.connect()] },
    },
    {
      kind: 'states',
      marbles: 'icC 128.8s r',
      values: { r: 'KEEPALIVE_TIMEOUT, again in 1 s' },
    },
    {
      kind: 'wire',
      links: ['-^ 129.8s !'],
      sent: '  -C 59.9s p 58.9s p 9s d',
      says: { C, p: 'PINGREQ', d: 'DISCONNECT 0x8d' },
      broker: ['-a 60s r'],
      packets: { a, r: pingresp },
    },
  ],
};
