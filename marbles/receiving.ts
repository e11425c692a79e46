import { map, tap, timer } from 'rxjs';
import { connack, publish, pubrel, suback, unsuback } from '../src/testing/index.js';
import type { Diagram, StreamRow } from './diagram.js';

const a = connack();
const p = connack({ sessionPresent: true });
const s = suback(1, 1);
const C = 'CONNECT v5';

const topic = (marbles: string, given: Partial<StreamRow> = {}): StreamRow => ({
  kind: 'stream',
  name: "topic$('t')",
  of: ({ client }) => client.topic$('t').pipe(map(message => message.text())),
  marbles,
  ...given,
});

const subscribed = { C, S: 'SUBSCRIBE #1 t:1', U: 'UNSUBSCRIBE #2 t' };

export const subscribe: Diagram = {
  name: 'subscribe',
  sentence:
    'Filters that are subscribed in one turn go in one SUBSCRIBE. The routes exist before the broker answers, so even a retained message that arrives early is not lost. UNSUBSCRIBE goes out after the last subscriber of a filter.',
  rows: [
    topic('----x---', { subscribed: '-^----!' }),
    topic('-------y', {
      name: "topic$('u', { qos: 0 })",
      of: ({ client }) => client.topic$('u', { qos: 0 }).pipe(map(message => message.text())),
      subscribed: '-^',
    }),
    {
      kind: 'wire',
      links: ['-^'],
      sent: '  -CS---U',
      says: { C, S: 'SUBSCRIBE #1 t:1 u:0', U: 'UNSUBSCRIBE #2 t' },
      broker: ['-a-xs-y-u'],
      packets: {
        a,
        x: publish('t', { retain: true, payload: 'x' }),
        s: suback(1, 1, 0),
        y: publish('u', { payload: 'y' }),
        u: unsuback(2, 0),
      },
    },
  ],
};

export const receiveQos0: Diagram = {
  name: 'receive-qos-0',
  sentence: 'A message of QoS 0 arrives once or not at all. It has no acknowledgement.',
  drawnFrom: 4,
  rows: [
    topic('----x'),
    {
      kind: 'wire',
      sent: 'CS',
      says: subscribed,
      broker: ['-as-m'],
      packets: { a, s, m: publish('t', { payload: 'x' }) },
    },
  ],
};

export const receiveQos1: Diagram = {
  name: 'receive-qos-1',
  sentence:
    'A message of QoS 1 is acknowledged when it has been delivered to every subscriber. If the PUBACK is lost, the broker sends the message again, and it is emitted again.',
  drawnFrom: 4,
  rows: [
    topic('----x'),
    {
      kind: 'wire',
      sent: 'CS--k',
      says: { ...subscribed, k: 'PUBACK #7' },
      broker: ['-as-m'],
      packets: { a, s, m: publish('t', { qos: 1, packetId: 7, payload: 'x' }) },
    },
  ],
};

const m2 = publish('t', { qos: 2, packetId: 7, payload: 'x' });
const topic2 = (marbles: string, given: Partial<StreamRow> = {}) =>
  topic(marbles, {
    name: "topic$('t', { qos: 2 })",
    of: ({ client }) => client.topic$('t', { qos: 2 }).pipe(map(message => message.text())),
    ...given,
  });
const subscribed2 = { ...subscribed, S: 'SUBSCRIBE #1 t:2', r: 'PUBREC #7', c: 'PUBCOMP #7' };

export const receiveQos2: Diagram = {
  name: 'receive-qos-2',
  sentence:
    'A message of QoS 2 is emitted at its PUBLISH, and its packet identifier is remembered until PUBREL: a second PUBLISH with that identifier is not emitted.',
  drawnFrom: 4,
  rows: [
    topic2('----x'),
    {
      kind: 'wire',
      sent: 'CS--r-c',
      says: subscribed2,
      broker: ['-as-m-l'],
      packets: { a, s: suback(1, 2), m: m2, l: pubrel(7) },
    },
  ],
};

export const receiveQos2Release: Diagram = {
  name: 'receive-qos-2-release',
  sentence: "With deliverQos2: 'release' the message is kept until its PUBREL, and emitted then.",
  options: { deliverQos2: 'release' },
  drawnFrom: 4,
  rows: [
    topic2('------x'),
    {
      kind: 'wire',
      sent: 'CS--r-c',
      says: subscribed2,
      broker: ['-as-m-l'],
      packets: { a, s: suback(1, 2), m: m2, l: pubrel(7) },
    },
  ],
};

export const receiveQos2Once: Diagram = {
  name: 'receive-qos-2-once',
  sentence:
    'The link breaks before the broker gets PUBREC, so it sends the message again. The session remembers the packet identifier: the client acknowledges the duplicate and does not emit it.',
  options: { clean: false, clientId: 'me', reconnect: { initial: 2, jitter: 'none' } },
  drawnFrom: 3,
  rows: [
    topic2('---x'),
    {
      kind: 'wire',
      links: ['^---!', '------^'],
      sent: 'CS-r--C-rc',
      says: { ...subscribed2, C: 'CONNECT v5 resume' },
      broker: ['-asm#', '-pdl'],
      packets: { a, p, s: suback(1, 2), m: m2, d: { ...m2, dup: true }, l: pubrel(7) },
    },
    { kind: 'notes', marbles: '---r----k', values: { r: 'stores #7', k: 'has #7: not emitted again' } },
  ],
};

export const topicSharing: Diagram = {
  name: 'topic-sharing',
  sentence:
    'Streams of one filter share its subscription: SUBSCRIBE for the first subscriber, nothing for the second, UNSUBSCRIBE after the last. A late subscriber gets only later messages.',
  rows: [
    topic('---x--y--', { subscribed: '^------!' }),
    topic('------y--z', { name: "topic$('t')   // a second time", subscribed: '----^------!' }),
    {
      kind: 'wire',
      sent: 'CS---------U',
      says: subscribed,
      broker: ['-asx--y--z'],
      packets: {
        a,
        s,
        x: publish('t', { payload: 'x' }),
        y: publish('t', { payload: 'y' }),
        z: publish('t', { payload: 'z' }),
      },
    },
    { kind: 'notes', marbles: '----n', values: { n: 'no SUBSCRIBE' } },
  ],
};

const lingering = (marbles: string, given: Partial<StreamRow>): StreamRow =>
  topic(marbles, {
    name: "topic$('t', { linger: 5000 })",
    of: ({ client }) => client.topic$('t', { linger: 5000 }).pipe(map(message => message.text())),
    ...given,
  });

export const topicLinger: Diagram = {
  name: 'topic-linger',
  sentence:
    'With linger the route outlives its last subscriber for a while: closing and reopening a view causes no UNSUBSCRIBE and no SUBSCRIBE.',
  tick: 1000,
  rows: [
    lingering('---x', { subscribed: '^---!' }),
    lingering('---------y', { subscribed: '-------^--!' }),
    {
      kind: 'wire',
      sent: 'CS-------------U',
      says: subscribed,
      broker: ['-asx-----y'],
      packets: { a, s, x: publish('t', { payload: 'x' }), y: publish('t', { payload: 'y' }) },
    },
    { kind: 'notes', marbles: '----n--k-------u', values: { n: '5 s start', k: 'route kept', u: '5 s are over' } },
  ],
};

const latest = (marbles: string, given: Partial<StreamRow>): StreamRow =>
  topic(marbles, {
    name: "topic$('+/state', { latest: true })",
    of: ({ client }) =>
      client.topic$('+/state', { latest: true }).pipe(map(message => `${message.topic[0]} ${message.text()}`)),
    ...given,
  });

export const topicLatest: Diagram = {
  name: 'topic-latest',
  sentence:
    'With latest a late subscriber first gets the last message of each topic that the route has received, which is the current state.',
  drawnFrom: 3,
  rows: [
    latest('---x-y-z-----v', { subscribed: '^', values: { x: 'a on', y: 'b on', z: 'a off', v: 'b off' } }),
    latest('---------(yz)v', {
      subscribed: '---------^',
      values: { y: 'b on', z: 'a off', v: 'b off' },
    }),
    {
      kind: 'wire',
      sent: 'CS',
      says: { C, S: 'SUBSCRIBE #1 +/state:1' },
      broker: ['-asx-y-z-----v'],
      packets: {
        a,
        s,
        x: publish('a/state', { payload: 'on' }),
        y: publish('b/state', { payload: 'on' }),
        z: publish('a/state', { payload: 'off' }),
        v: publish('b/state', { payload: 'off' }),
      },
    },
    { kind: 'notes', marbles: '---------n', values: { n: 'no SUBSCRIBE' } },
  ],
};

const one = publish('t', { qos: 1, packetId: 1, payload: 'one' });
const two = publish('t', { qos: 1, packetId: 2, payload: 'two' });
const lasting = { clean: false, clientId: 'me' };
const acks = { ...subscribed, C: 'CONNECT v5 resume', k: 'PUBACK #1', l: 'PUBACK #2' };

export const manualAcks: Diagram = {
  name: 'manual-acks',
  options: lasting,
  sentence:
    "With ack: 'manual' the subscriber acknowledges. MQTT requires acknowledgements in the order of the messages, so that of the second message waits for the first.",
  drawnFrom: 3,
  rows: [
    topic('---xy', {
      name: "topic$('t', { ack: 'manual' })",
      of: ({ client, messages }) =>
        client.topic$('t', { ack: 'manual' }).pipe(
          tap(message => messages.set(message.text(), message)),
          map(message => message.text()),
        ),
      values: { x: 'one', y: 'two' },
    }),
    {
      kind: 'calls',
      marbles: '------t----o',
      does: {
        t: ['two.ack()', ({ messages }) => messages.get('two')!.ack()],
        o: ['one.ack()', ({ messages }) => messages.get('one')!.ack()],
      },
    },
    {
      kind: 'wire',
      sent: 'CS---------(kl)',
      says: acks,
      broker: ['-asxy'],
      packets: { a, s, x: one, y: two },
    },
    { kind: 'notes', marbles: '------w', values: { w: '#2 waits for #1' } },
  ],
};

export const consume: Diagram = {
  name: 'consume',
  options: lasting,
  sentence:
    'consume() calls a handler for each message and acknowledges the message when the handler has completed; the next message waits. If the program ends before that, the broker sends the message again.',
  drawnFrom: 3,
  rows: [
    {
      kind: 'stream',
      name: "consume('t', handler)",
      of: stage =>
        stage.client
          .consume('t', () => stage.watch('handler', timer(5)))
          .pipe(map(({ status, message }) => `${message.text()} ${status}`)),
      marbles: '--------x----y',
      values: { x: 'one done', y: 'two done' },
    },
    { kind: 'spans', name: 'handler', spans: ['---^----!', '--------^----!'] },
    {
      kind: 'wire',
      sent: 'CS------k----l',
      says: acks,
      broker: ['-asxy'],
      packets: { a, s, x: one, y: two },
    },
  ],
};
