import { expect } from 'chai';
import { EMPTY, throwError } from 'rxjs';
import { mqttMarbles } from '../../support/marbles.js';
import { connack, publish, suback } from '../../support/packets.js';
import { answers } from './support.js';

const lasting = { clean: false, clientId: 'me', reconnect: { initial: 3, jitter: 'none' } } as const;
const packets = {
  a: connack(),
  p: connack({ sessionPresent: true }),
  s: suback(1, 2),
  x: publish('t', { qos: 2, packetId: 1 }),
  d: publish('t', { qos: 2, packetId: 1, dup: true }),
  r: { cmd: 'pubrel', packetId: 1 },
} as const;

describe('a QoS 2 message that was left', () => {
  for (const { deliverQos2, attempts, sent } of [
    {
      deliverQos2: 'publish',
      attempts: ['-a-s-x-#', '-p-d-r'],
      sent: ['13 PUBREC #1', '15 PUBCOMP #1'],
    },
    {
      deliverQos2: 'release',
      attempts: ['-a-s-x-r-#', '-p-r'],
      sent: ['5 PUBREC #1', '15 PUBCOMP #1'],
    },
  ] as const) {
    it(
      `is handled again on the next connection, handed over on ${deliverQos2}`,
      mqttMarbles(({ broker, client, act, expectTimeline }) => {
        const mqtt = client(broker(attempts, packets), { ...lasting, deliverQos2 }, 30);
        const how: string[] = [];
        let calls = 0;
        mqtt
          .consume('t', () => (++calls === 1 ? throwError(() => new Error('no')) : EMPTY), { qos: 2, onError: 'leave' })
          .subscribe(({ status, acknowledged }) => how.push(`${status} ${acknowledged}`));
        act('25ms e', { e: () => expect(how).to.deep.equal(['failed false', 'done true']) });
        expectTimeline(answers(mqtt)).toBe(...sent);
      }),
    );
  }

  it(
    'stays with the stream that has yet to answer, and is not handed over anew',
    mqttMarbles(({ broker, client, act, expectTimeline }) => {
      const mqtt = client(broker(['-a-s-x-#', '-p-d'], packets), lasting, 30);
      const got: { ack(): boolean; leave(): boolean }[] = [];
      for (let i = 0; i < 2; i++) mqtt.topic$('t', { qos: 2, ack: 'manual' }).subscribe(message => got.push(message));
      act('------l----------e', {
        l: () => got[0]!.leave(),
        e: () => {
          expect(got).to.have.length(2);
          expect(got[1]!.ack()).to.equal(true);
        },
      });
      expectTimeline(answers(mqtt)).toBe(); // one has left it, so it comes again on the next connection
    }),
  );
});
