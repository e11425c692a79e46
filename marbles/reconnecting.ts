import { ReplaySubject, map } from 'rxjs';
import { failover, fixedDelay, whenOnline } from '../src/index.js';
import { connack, puback, pubcomp, publish, pubrec, suback } from '../src/testing/index.js';
import type { CallsRow, Diagram, StreamRow } from './diagram.js';
import { delayWords, serverWords } from './words.js';

const a = connack();
const p = connack({ sessionPresent: true });
const C = 'CONNECT v5';
const R = 'CONNECT v5 resume';
const lasting = { clean: false, clientId: 'me', reconnect: { initial: 4, jitter: 'none' } } as const;

const connecting: CallsRow = {
  kind: 'calls',
  marbles: '-c',
  does: { c: ['connect()', ({ client }) => client.connect()] },
};

const publishing = (qos: 1 | 2, marbles: string): StreamRow => ({
  kind: 'stream',
  name: `publish('t', 'x', { qos: ${qos} })`,
  of: ({ client }) => client.publish('t', 'x', { qos }).pipe(map(({ reached }) => reached)),
  subscribed: '-^',
  marbles,
  values: { a: 'acknowledged' },
});

export const reconnectBackoff: Diagram = {
  name: 'reconnect-backoff',
  sentence:
    'After a lost connection the client tries again after 1 s, then 2, 4, 8 and so on up to 60 s (here without the jitter that spreads many clients over each delay). After a connection that holds for 10 s, the delays start again at 1 s.',
  tick: 1000,
  options: { reconnect: { jitter: 'none' } },
  rows: [
    connecting,
    {
      kind: 'states',
      marbles: 'icC-rcs-cC',
      says: delayWords,
      values: { r: 'again in 1 s', s: 'again in 2 s' },
    },
    {
      kind: 'wire',
      links: ['-^--!    ', '-----^!', '--------^'],
      sent: '  -C---C--C',
      says: { C },
      broker: ['-a-#', '-#', '-a'],
      packets: { a },
    },
  ],
};

export const reconnectFailover: Diagram = {
  name: 'failover',
  sentence:
    'A list of servers: failover() tries the server that it was connected to, then the next one, and so on in turn (here with one retry for each server).',
  tick: 1000,
  servers: ['mqtt://first', 'mqtt://second'],
  options: { reconnect: failover({ minimum: 2000, maximum: 2000, jitter: 'none' }) },
  drawnFrom: 1000,
  rows: [
    connecting,
    {
      kind: 'states',
      marbles: 'ifF-r-fr-sS',
      says: serverWords,
      values: {
        f: 'connecting to first',
        F: 'connected',
        r: 'again in 2 s',
        s: 'connecting to second',
        S: 'connected',
      },
    },
    {
      kind: 'wire',
      links: ['-^--!', '------^!', '---------^'],
      sent: '  -C----C--C',
      says: { C },
      broker: ['-a-#', '-#', '-a'],
      packets: { a },
    },
  ],
};

export const reconnectWhenOnline: Diagram = {
  name: 'when-online',
  sentence:
    'whenOnline() waits as its strategy says, and then until the platform is online: a phone in a tunnel makes no attempts, and reconnects as soon as it is online.',
  tick: 1000,
  options: stage => {
    const online$ = new ReplaySubject<boolean>(1);
    stage
      .source('online$')
      .pipe(map(word => word === 'online'))
      .subscribe(online$);
    return { reconnect: whenOnline(fixedDelay(2000), online$) };
  },
  rows: [
    connecting,
    { kind: 'source', name: 'online$', marbles: 'y--n-----y', values: { y: 'online', n: 'offline' } },
    {
      kind: 'states',
      marbles: 'icCr-----cC',
      says: delayWords,
      values: { r: 'again in 2 s' },
    },
    {
      kind: 'wire',
      links: ['-^-!', '---------^'],
      sent: '  -C-------C',
      says: { C },
      broker: ['-a#', '-a'],
      packets: { a },
    },
    { kind: 'notes', marbles: '---n--', values: { n: '2 s, then until online' } },
  ],
};

export const resendQos1: Diagram = {
  name: 'resend-qos-1',
  sentence:
    'The link breaks before PUBACK arrives. The next connection resumes the session: the message goes out again with its packet identifier and DUP, and its stream emits as usual.',
  options: lasting,
  rows: [
    { kind: 'states', marbles: 'icC-r---cC-' },
    publishing(1, '-----------(a|)'),
    {
      kind: 'wire',
      links: ['-^--!   ', '--------^    '],
      broker: ['-a-#    ', '        -p-k'],
      packets: { a, p, k: puback(1) },
      sent: '  -Cp-----Cd--',
      says: { C: R, p: 'PUBLISH q1 #1 t "x"', d: 'PUBLISH q1 #1 dup t "x"' },
    },
  ],
};

export const resendQos2: Diagram = {
  name: 'resend-qos-2',
  sentence:
    'The link breaks after PUBREC. The broker has the message, so the client sends only the PUBREL again, which the broker may have missed.',
  options: lasting,
  rows: [
    { kind: 'states', marbles: 'icC--r---cC-' },
    publishing(2, '------------(a|)'),
    {
      kind: 'wire',
      links: ['-^---!   ', '---------^    '],
      broker: ['-a-r#    ', '         -p-c'],
      packets: { a, p, r: pubrec(1), c: pubcomp(1) },
      sent: '  -Cp-l----Cl--',
      says: { C: R, p: 'PUBLISH q2 #1 t "x"', l: 'PUBREL #1' },
    },
    { kind: 'notes', marbles: '----k', values: { k: 'keeps #1 only' } },
  ],
};

export const sessionLost: Diagram = {
  name: 'session-lost',
  sentence:
    'The broker has lost the session (no "session present"). The client subscribes again, and sends an unacknowledged QoS 1 message as a new one.',
  options: lasting,
  drawnFrom: 4,
  rows: [
    {
      kind: 'stream',
      name: "topic$('in')",
      of: ({ client }) => client.topic$('in').pipe(map(message => message.text())),
      marbles: '---------------x--',
      values: { x: 'news' },
    },
    { ...publishing(1, '--------------(a|)'), subscribed: '----^' },
    {
      kind: 'wire',
      links: ['^-----!    ', '----------^    '],
      broker: ['-as---#    ', '          -at-km'],
      packets: { a, s: suback(1, 1), t: suback(3, 1), k: puback(4), m: publish('in', { payload: 'news' }) },
      sent: '  CS--p-----C(Tq)',
      says: {
        C: R,
        S: 'SUBSCRIBE #1 in:1',
        p: 'PUBLISH q1 #2 t "x"',
        T: 'SUBSCRIBE #3 in:1',
        q: 'PUBLISH q1 #4 t "x"',
      },
    },
  ],
};
