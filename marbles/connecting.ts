import { concat, filter, map, of, switchMap } from 'rxjs';
import { type Authentication, type AuthPacket, mqtt$ } from '../src/index.js';
import { connack, pingresp, puback, publish, suback } from '../src/testing/index.js';
import type { CallsRow, Diagram, Stage } from './diagram.js';
import { delayWords, reasonWords } from './words.js';

const a = connack();
const C = 'CONNECT v5';

/** Somebody connects, and that is all. */
const connecting = (marbles: string): CallsRow => ({
  kind: 'calls',
  marbles,
  does: { c: ['connect()', ({ client }) => client.connect()] },
});

export const connect: Diagram = {
  name: 'connect',
  sentence:
    'Creating a client opens nothing. The first subscription opens the link and sends CONNECT. When the broker accepts, connect() emits its CONNACK, and the client stays connected until you disconnect it.',
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
    'A port accepts the connection and never answers CONNECT. After connectTimeout the client closes the link, reports the reason, and tries again as its reconnect strategy decides.',
  tick: 1000,
  options: { connectTimeout: 30_000, reconnect: { jitter: 'none' } },
  rows: [
    {
      kind: 'states',
      marbles: 'ic 29s rcC',
      says: reasonWords,
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
    { kind: 'notes', marbles: '31s n', values: { n: '30 s without CONNACK' } },
  ],
};

export const keepalive: Diagram = {
  name: 'keepalive',
  sentence:
    'After a silence of three quarters of the keepalive the client sends PINGREQ. Any byte that arrives then is a sign of life. If no byte arrives within pingTimeout, the client ends the connection, although the network has reported no error.',
  tick: 1000,
  options: { keepalive: 60, pingTimeout: 10_000, reconnect: { jitter: 'none' } },
  rows: [
    connecting('-c'),
    {
      kind: 'states',
      marbles: 'icC 99s r',
      says: reasonWords,
      values: { r: 'KEEPALIVE_TIMEOUT, again in 1 s' },
    },
    {
      kind: 'wire',
      links: ['-^ 100s !'],
      sent: '  -C 45s p 44s p',
      says: { C, p: 'PINGREQ' },
      broker: ['-a 45s r'],
      packets: { a, r: pingresp },
    },
    { kind: 'notes', marbles: '48s y 53s n', values: { y: 'alive', n: '10 s without a byte' } },
  ],
};

const bytes = (words: string) => new TextEncoder().encode(words);
const authentication = (words: string) => ({ authenticationMethod: 'SCRAM', authenticationData: bytes(words) });
const auth = (reasonCode: number, words: string): AuthPacket => ({
  cmd: 'auth',
  reasonCode,
  properties: authentication(words),
});

/** Says who it is, then proves it. */
const scram = (stage: Stage): Authentication => ({
  method: 'SCRAM',
  exchange: challenge$ => {
    const proof$ = challenge$.pipe(
      filter(({ final }) => !final),
      map(() => 'proof'),
    );
    return stage.watch('authentication.exchange', concat(of('who'), proof$));
  },
});

export const authenticatedHandshake: Diagram = {
  name: 'authenticated-handshake',
  sentence:
    'Enhanced authentication: the first value of the exchange function goes into CONNECT, and each further one into an AUTH that answers a challenge. The client is connected when the broker has accepted it and the function has completed, that is, has accepted the broker.',
  options: stage => ({ authentication: scram(stage) }),
  rows: [
    connecting('-c'),
    { kind: 'states', marbles: 'ic----C' },
    { kind: 'spans', name: 'authentication.exchange', spans: ['-^----!'] },
    {
      kind: 'wire',
      links: ['-^'],
      sent: '  -C--p',
      says: { C: 'CONNECT v5 SCRAM "who"', p: 'AUTH 0x18 SCRAM "proof"' },
      broker: ['---c-a'],
      packets: { c: auth(0x18, 'nonce'), a: connack({ properties: authentication('proof') }) },
    },
  ],
};

const token = { authenticationMethod: 'TOKEN' };

export const reauthenticate: Diagram = {
  name: 'reauthenticate',
  sentence:
    'Re-authentication on the live connection, before a token expires: the exchange function is called again, and everything else continues meanwhile.',
  options: stage => ({
    authentication: { method: 'TOKEN', exchange: () => stage.watch('authentication.exchange', of('token')) },
  }),
  rows: [
    connecting('c'),
    {
      kind: 'stream',
      name: 'reauthenticate()',
      of: ({ client }) => client.reauthenticate().pipe(map(() => 'accepted')),
      subscribed: '-----^',
      marbles: '   -------(a|)',
      values: { a: 'accepted' },
    },
    { kind: 'spans', name: 'authentication.exchange', spans: ['(^!)', '-----(^!)'] },
    {
      kind: 'wire',
      sent: 'C----r-----',
      says: { C: 'CONNECT v5 TOKEN "token"', r: 'AUTH 0x19 TOKEN "token"' },
      broker: ['-a-----k'],
      packets: { a: connack({ properties: token }), k: { cmd: 'auth', reasonCode: 0, properties: token } },
    },
  ],
};

export const ackDeadline: Diagram = {
  name: 'ack-deadline',
  sentence:
    'A broker answers pings and never acknowledges. Between one and one and a half times ackTimeout after the message, the client ends the connection. The next connection sends the message again.',
  tick: 1000,
  options: { clean: false, clientId: 'me', keepalive: 60, reconnect: { jitter: 'none' } },
  rows: [
    connecting('-c'),
    {
      kind: 'states',
      marbles: 'icC 69s r',
      says: reasonWords,
      values: { r: 'ACK_TIMEOUT, again in 1 s' },
    },
    {
      kind: 'stream',
      name: "publish('t', 'x', { qos: 1 })",
      of: ({ client }) => client.publish('t', 'x', { qos: 1 }).pipe(map(({ reached }) => reached)),
      subscribed: '12s ^',
      marbles: '',
    },
    {
      kind: 'wire',
      links: ['-^ 70s !'],
      sent: '  -C 10s m 34s p',
      says: { C: 'CONNECT v5 resume', m: 'PUBLISH q1 #1 t "x"', p: 'PINGREQ' },
      broker: ['-a 45s r'],
      packets: { a, r: pingresp },
    },
    { kind: 'notes', marbles: '72s n', values: { n: 'PUBACK is overdue' } },
  ],
};

export const mqttStream: Diagram = {
  name: 'mqtt-stream',
  sentence:
    'mqtt$ makes a client that belongs to a subscription. Subscribing creates and connects it, unsubscribing sends DISCONNECT and closes it.',
  rows: [
    {
      kind: 'stream',
      name: "mqtt$(url).pipe(switchMap(client => client.topic$('t')))",
      of: ({ transport }) =>
        mqtt$('mqtt://broker', { transport, protocolVersion: 5 }).pipe(
          switchMap(client => client.topic$('t')),
          map(message => message.text()),
        ),
      subscribed: '--^--------!',
      marbles: '   --------x---',
      values: { x: 'x' },
    },
    {
      kind: 'wire',
      links: ['--^--------!'],
      sent: '  --C-s------d',
      says: { C, s: 'SUBSCRIBE #1 t:1', d: 'DISCONNECT' },
      broker: ['--as--m'],
      packets: { a, s: suback(1, 0), m: publish('t', { payload: 'x' }) },
    },
  ],
};

export const connectionStates: Diagram = {
  name: 'connection-states',
  sentence:
    'All states of connection$: the first connection breaks, disconnect() ends the second one, and the stream completes after closed.',
  tick: 1000,
  options: { reconnect: { jitter: 'none', initial: 2000 } },
  rows: [
    {
      kind: 'calls',
      marbles: '-c-------d',
      does: {
        c: ['connect()', ({ client }) => client.connect()],
        d: ['disconnect()', ({ client }) => client.disconnect()],
      },
    },
    {
      kind: 'states',
      marbles: 'icC-r-cC-(dx|)',
      says: delayWords,
      values: { r: 'again in 2 s' },
    },
    {
      kind: 'wire',
      links: ['-^--!', '------^--!'],
      sent: '  -C----C--d',
      says: { C, d: 'DISCONNECT' },
      broker: ['-a-#', '-a'],
      packets: { a },
    },
  ],
};

export const disconnect: Diagram = {
  name: 'disconnect',
  sentence:
    'disconnect() ends the connection in order: with drain it waits that long for messages that are unsettled, then streams of topics complete, and DISCONNECT is the last packet. Every publish settles.',
  drawnFrom: 3,
  rows: [
    {
      kind: 'stream',
      name: "topic$('t')",
      of: ({ client }) => client.topic$('t').pipe(map(message => message.text())),
      marbles: '--------|',
    },
    {
      kind: 'stream',
      name: "publish('u', 'x', { qos: 1 })",
      of: ({ client }) => client.publish('u', 'x', { qos: 1 }).pipe(map(({ reached }) => reached)),
      subscribed: '---^',
      marbles: '   --------(a|)',
      values: { a: 'acknowledged' },
    },
    {
      kind: 'stream',
      name: 'disconnect({ drain: 2000 })',
      of: ({ client }) => client.disconnect({ drain: 2000 }),
      subscribed: '-----^',
      marbles: '   --------|',
    },
    {
      kind: 'wire',
      links: ['^-------!'],
      sent: '  CS-p----d',
      says: { C, S: 'SUBSCRIBE #1 t:1', p: 'PUBLISH q1 #2 u "x"', d: 'DISCONNECT' },
      broker: ['-as-----k|'],
      packets: { a, s: suback(1, 1), k: puback(2) },
    },
  ],
};
