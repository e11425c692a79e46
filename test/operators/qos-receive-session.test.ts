import type { Session } from '../../src/protocol/session.js';
import { publish } from '../support/packets.js';
import { connected, limits, ours } from './support.js';
import { type Delivery, receiving, said, test } from './streams/receiving.js';

describe('qosReceive with its session', () => {
  describe('across connections (4.4)', () => {
    const lose = (session: Session, sessionPresent: boolean) => () => {
      session.end();
      session.begin(sessionPresent, limits(), ours);
    };

    it(
      'QoS 2 is not delivered again where the broker has the session: PUBREC, and PUBREL goes on [S60]',
      test(({ incoming, act, expectObservable }) => {
        const { session } = connected();
        const input = incoming('-t--------d--r-');
        const output = '        -(Tt)-----t--c-';
        act('                    ------x--------', { x: lose(session, true) });
        expectObservable(receiving(session, input)).toBe(output, said);
      }),
    );

    it(
      'QoS 2 is another message where the broker has lost the session',
      test(({ incoming, act, expectObservable }) => {
        const { session } = connected();
        const input = incoming('-t--------t----r-');
        const output = '        -(Tt)-----(Tt)-c-';
        act('                    ------x----------', { x: lose(session, false) });
        expectObservable(receiving(session, input)).toBe(output, said);
      }),
    );
  });

  describe('our own limits', () => {
    const few = (receiveMaximum: number, topicAliasMaximum = 0) => {
      const { session } = connected();
      session.receiver.begin({ receiveMaximum, topicAliasMaximum });
      return session;
    };

    it(
      'more QoS 2 messages than our Receive Maximum break the protocol (3.3.4); a repeated one does not count twice',
      test(({ incoming, expectObservable }) => {
        const input = incoming('-t------d--u--');
        const output = '        -(Tt)---t--#  ';
        expectObservable(receiving(few(1), input)).toBe(output, said, 'PROTOCOL_ERROR 0x93 retryable');
      }),
    );

    it(
      'PUBREL makes room',
      test(({ incoming, expectObservable }) => {
        const input = incoming('-t------r--u---');
        const output = '        -(Tt)---c--(Uu)';
        expectObservable(receiving(few(1), input)).toBe(output, said);
      }),
    );

    it(
      'a topic alias stands for the topic it was given, on QoS 2 as well (3.3.2.3.4)',
      test(({ hot, expectObservable }) => {
        const input = hot<Delivery>('-a--b--c---', {
          a: publish('long/topic', { properties: { topicAlias: 1 } }),
          b: publish('', { properties: { topicAlias: 1 } }),
          c: publish('', { qos: 2, packetId: 2, properties: { topicAlias: 1 } }),
        });
        const output = '            -L--L--(Lt)';
        expectObservable(receiving(few(9, 1), input)).toBe(output, { ...said, L: 'deliver long/topic' });
      }),
    );

    for (const [what, topic, topicAlias, error] of [
      ['of 0', 'x', 0, 'PROTOCOL_ERROR 0x94 retryable'],
      ['above our maximum', 'x', 3, 'PROTOCOL_ERROR 0x94 retryable'],
      ['that was never given a topic', '', 2, 'PROTOCOL_ERROR 0x82 retryable'],
    ] as const) {
      it(
        `a topic alias ${what} breaks the protocol, and nothing is delivered or acknowledged (3.3.2.3.4)`,
        test(({ hot, expectObservable }) => {
          const input = hot('-x', { x: publish(topic, { qos: 1, packetId: 1, properties: { topicAlias } }) });
          const output = '   -#';
          expectObservable(receiving(few(9, 2), input)).toBe(output, said, error);
        }),
      );
    }
  });
});
