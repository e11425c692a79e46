import { expect } from 'chai';
import { MqttError } from '../../src/errors.js';
import type { OutgoingPublish } from '../../src/protocol/outbound/outgoing-publish.js';
import { message, TestSession } from './support.js';

const why = new MqttError('SERVER_DISCONNECTED', 'the broker ended the connection: packet too large (0x95)', {
  reasonCode: 0x95,
  reasonString: 'at most 1 kB',
});

type SessionPresent = 'present' | 'absent';

/** A broker that answers QoS 1 until it comes to `bad`, and hangs up there. */
class PickyBroker {
  readonly test: TestSession;
  connections = 0;
  readonly delivered = new Set<string>();

  constructor(
    readonly session: SessionPresent,
    readonly bad: (topic: string) => boolean,
    maxDeliveries = 3,
  ) {
    this.test = new TestSession({ maxDeliveries });
  }

  /** One connection; true if it held. With `swallow` the answers of a connection that ends are lost. */
  connection({ swallow = false, window = 1000, ms = 40 } = {}): boolean {
    const { test } = this;
    this.connections++;
    test.now += 1000;
    test.connect(this.session, { receiveMaximum: window });
    for (const wait of [0, 50_000, 0, 0]) {
      test.now += wait;
      for (;;) {
        const out: OutgoingPublish[] = [];
        for (let packet; (packet = test.sender.next()) !== undefined;) {
          if (packet.cmd === 'publish') out.push(packet as OutgoingPublish);
        }
        if (out.length === 0) break;
        const end = out.findIndex(({ topic }) => this.bad(topic));
        if (end < 0 || !swallow) {
          for (const { topic, packetId } of out.slice(0, end < 0 ? undefined : end)) {
            this.delivered.add(topic);
            test.puback(packetId);
          }
        }
        if (end >= 0) {
          test.now += ms;
          test.session.end({ error: why, unsent: false });
          return false;
        }
      }
    }
    return true;
  }

  run(options?: Parameters<PickyBroker['connection']>[0]): void {
    while (!this.connection(options) && this.connections < 500);
  }
}

const names = (n: number) => Array.from({ length: n }, (_, i) => `good/${i}`).join(' ');

describe('a message at which connections end', () => {
  for (const session of ['present', 'absent'] as const) {
    describe(`session ${session}`, () => {
      it('is isolated after maxDeliveries, then given up; all others are delivered [S110] [S111]', () => {
        const broker = new PickyBroker(session, topic => topic === 'bad');
        broker.test.enqueue(`bad ${names(60)}`);
        broker.run();
        expect(broker.delivered.size).to.equal(60);
        expect(broker.connections).to.equal(5);
        const failed = broker.test.settlements.filter(({ error }) => error);
        expect(failed.map(({ message }) => message.topic)).to.deep.equal(['bad']);
        expect(failed[0]!.error).to.include({
          code: 'DELIVERY_GIVEN_UP',
          delivery: 'indeterminate',
          reasonCode: 0x95,
          reasonString: 'at most 1 kB',
          subject: 'bad',
          cause: why,
        });
        expect(broker.test.session.snapshot()).to.include({ queued: 0, inFlight: 0, packetIdsInUse: 0 });
      });

      it('is found among 1,000 good ones whose answers are lost with each connection, in a bounded number [S111]', () => {
        const broker = new PickyBroker(session, topic => topic === 'bad');
        broker.test.enqueue(`${names(500)} bad ${names(499).replaceAll('good', 'fine')}`);
        broker.run({ swallow: true, window: 100 });
        expect(broker.delivered.size).to.equal(999);
        expect(broker.connections).to.be.at.most(10);
        expect(broker.test.settled.filter(each => each.includes('GIVEN_UP'))).to.deep.equal(['bad DELIVERY_GIVEN_UP']);
      });

      it('may be one of several: each is given up, and nothing else [S111]', () => {
        const broker = new PickyBroker(session, topic => topic.startsWith('bad'));
        broker.test.enqueue(`a bad/1 b bad/2 bad/3 c`);
        broker.run();
        expect([...broker.delivered].sort()).to.deep.equal(['a', 'b', 'c']);
        expect(broker.connections).to.equal(3 * 3 + 3 + 1);
        expect(broker.test.settled.filter(each => each.includes('GIVEN_UP')).length).to.equal(3);
      });

      it('stays in flight for ever with maxDeliveries Infinity [S110]', () => {
        const broker = new PickyBroker(session, topic => topic === 'bad', Infinity);
        broker.test.enqueue('bad a');
        broker.run();
        expect(broker.test.settled).to.deep.equal([]);
      });

      it('is not given up on a network that dies every 2 s before it can be answered [S112]', () => {
        const test = new TestSession({ maxDeliveries: 3 });
        test.enqueue('slow');
        for (let i = 0; i < 100; i++) {
          test.connect(session);
          test.sent();
          test.now += 2000;
          test.sent();
          test.session.end({ error: why, unsent: true });
        }
        for (let i = 0; i < 100; i++) {
          test.connect(session);
          test.sent();
          test.now += 2000;
          test.sent();
          test.session.end({ error: why, unsent: false });
        }
        expect(test.settled).to.deep.equal([]);
      });

      it('is not blamed for an end of ours, nor for a silent one [S112]', () => {
        const test = new TestSession({ maxDeliveries: 1 });
        test.enqueue('a b');
        for (let i = 0; i < 20; i++) {
          test.connect(session);
          expect(test.sent().length).to.equal(2);
          test.cut();
        }
        expect(test.settled).to.deep.equal([]);
      });
    });
  }

  it('is held back, and cleared by a connection that ends without it [S112]', () => {
    const test = new TestSession({ maxDeliveries: 1 });
    test.enqueue('a');
    test.connect();
    test.sent();
    test.session.end({ error: why, unsent: false });
    test.connect();
    expect(test.sent()).to.deep.equal([]);
    expect(test.session.oldestUnacknowledged, 'nothing is owed for what has not gone out').to.equal(undefined);
    test.session.end({ error: why, unsent: false });
    test.connect();
    expect(test.sent()).to.deep.equal(['a #1 dup']);
  });

  it('is rejected if it expires before it is sent alone in a new session [S39]', () => {
    const test = new TestSession({ maxDeliveries: 1 });
    test.sender.enqueue(message('a', { expiresAt: 1500 }));
    test.connect();
    test.sent();
    test.session.end({ error: why, unsent: false });
    test.connect('absent');
    test.enqueue('b');
    expect(test.sent()).to.deep.equal(['b #2']);
    test.puback(2);
    test.now = 2000;
    test.enqueue('c');
    expect(test.sent()).to.deep.equal(['c #3']);
    expect(test.settled).to.deep.equal(['b', 'a MESSAGE_EXPIRED']);
    expect(test.settlements[1]!.error!.delivery).to.equal('indeterminate');
  });

  it('of QoS 2 keeps its identifier until the session is lost, and is never given up after PUBREC [S113]', () => {
    const test = new TestSession({ maxDeliveries: 1 });
    test.enqueue('a b', 2);
    test.connect();
    test.sent();
    test.pubrec(1);
    for (let i = 0; i < 2; i++) {
      test.session.end({ error: why, unsent: false });
      test.connect();
      expect(test.sent()).to.deep.equal(i === 0 ? ['pubrel #1'] : []);
      if (i === 0) test.pubcomp(1);
      test.now += 1000;
      test.sent();
    }
    test.session.end({ error: why, unsent: false });
    expect(test.settled).to.deep.equal(['a', 'b DELIVERY_GIVEN_UP']);
    expect(test.session.snapshot().packetIdsInUse).to.equal(1);
    test.connect('absent');
    expect(test.session.snapshot().packetIdsInUse).to.equal(0);
  });
});

describe('a message that is withdrawn', () => {
  it('leaves the queue, and is not sent again where it was sent [S114]', () => {
    const test = new TestSession();
    const [queued, sent] = test.enqueue('queued sent') as [OutgoingPublish, OutgoingPublish];
    expect(test.sender.withdraw(queued)).to.equal(true);
    test.connect();
    test.sent();
    expect(test.sender.withdraw(sent)).to.equal(true);
    expect(test.settled).to.deep.equal([]);
    test.cut();
    expect(test.settled).to.deep.equal(['sent DELIVERY_GIVEN_UP']);
    test.connect();
    expect(test.sent()).to.deep.equal([]);
  });

  it('is gone at once between connections, and delivered where the answer comes first [S114]', () => {
    const test = new TestSession();
    const [a, b] = test.enqueue('a b') as [OutgoingPublish, OutgoingPublish];
    test.connect();
    test.sent();
    test.sender.withdraw(b);
    test.puback(2);
    test.cut();
    test.sender.withdraw(a);
    expect(test.settled).to.deep.equal(['b', 'a DELIVERY_GIVEN_UP']);
  });

  it('of QoS 2 is released after PUBREC all the same [S114]', () => {
    const test = new TestSession();
    const [a] = test.enqueue('a', 2) as [OutgoingPublish];
    test.connect();
    test.sent();
    test.pubrec(1);
    expect(test.sender.withdraw(a)).to.equal(false);
    test.cut();
    test.connect();
    expect(test.sent()).to.deep.equal(['pubrel #1']);
  });
});
