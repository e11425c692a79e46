import { expect } from 'chai';
import fc from 'fast-check';
import type { QoS } from '../../src/message.js';
import type { PublishPacket, PubrelPacket } from '../../src/packets.js';
import type { OutgoingPublish } from '../../src/protocol/outbound/outgoing-publish.js';
import { message, TestSession } from './support.js';

type Phase = 'publish' | 'pubrel';

/** A broker that answers when it is told to, and checks what it gets. */
class ModelBroker {
  readonly test = new TestSession({ queue: { maxMessages: 8, overflow: 'evictOldest' } });
  readonly accepted: OutgoingPublish[] = [];
  readonly cancelled: OutgoingPublish[] = [];
  connected = false;

  /** The identifiers that got a PUBREC, in that order. Lives with the session. */
  readonly #released = new Set<number>();
  /** What is unacknowledged, by identifier, in the order of sending. Lives with the session. */
  readonly #open = new Map<number, { sent: OutgoingPublish; phase: Phase }>();
  // lives with the connection
  #window = 0;
  /** What went out on this connection and is not settled. */
  readonly #used = new Set<number>();
  /** Where the last PUBLISH stands in the order of the calls. */
  #last = -1;
  /** What has to go out again before anything new, in the order of its messages. */
  #due: Phase[] = [];
  #duePublishes: number[] = [];
  #duePubrels: number[] = [];

  constructor() {
    this.test.onSettled = ({ topic, qos }) => {
      // some who are told of a settlement publish again at once
      if (topic.endsWith('!')) this.enqueue(qos, 'again');
    };
  }

  enqueue(qos: QoS, suffix: string): void {
    const fresh = message(`${this.accepted.length}${suffix}`, { qos });
    this.accepted.push(fresh);
    this.test.sender.enqueue(fresh);
  }

  cancel(n: number): void {
    const each = this.accepted[n % this.accepted.length];
    if (each && this.test.sender.cancel(each)) this.cancelled.push(each);
  }

  connect(session: 'present' | 'absent', window: number): void {
    this.cut();
    this.connected = true;
    this.#window = window;
    this.#used.clear();
    this.#last = -1;
    if (session === 'absent') {
      this.#open.clear();
      this.#released.clear();
    }
    this.#due = [...this.#open.values()].map(({ phase }) => phase);
    this.#duePublishes = [...this.#open.keys()].filter(id => !this.#released.has(id));
    this.#duePubrels = [...this.#released];
    this.test.connect(session, { receiveMaximum: window });
  }

  cut(): void {
    this.connected = false;
    this.test.cut();
  }

  /** Lets one packet go out. */
  send(): boolean {
    const { sender } = this.test;
    const packet = sender.next();
    if (packet === undefined) return false;
    if (packet.cmd === 'pubrel' || packet.dup) this.#sentAgain(packet);
    else this.#sentNew(packet as OutgoingPublish);
    return true;
  }

  /** Answers one of the packets that went out on this connection. */
  answer(n: number, refuse: boolean): void {
    const id = [...this.#used][n % this.#used.size];
    if (id === undefined) return;
    const { sent, phase } = this.#open.get(id)!;
    if (sent.qos === 1) this.#done(id, () => this.test.puback(id, refuse ? 0x97 : 0));
    else if (phase === 'pubrel') this.#done(id, () => this.test.pubcomp(id, refuse ? 0x92 : 0));
    else if (refuse) this.#done(id, () => this.test.pubrec(id, 0x97));
    else {
      expect(this.test.pubrec(id)).to.deep.equal({ cmd: 'pubrel', packetId: id });
      this.#open.get(id)!.phase = 'pubrel';
      this.#released.add(id);
    }
  }

  #done(id: number, acknowledge: () => unknown): void {
    this.#open.delete(id);
    this.#released.delete(id);
    this.#used.delete(id);
    acknowledge();
  }

  #sentAgain(packet: PublishPacket | PubrelPacket): void {
    const id = packet.packetId!;
    expect(id).to.equal((packet.cmd === 'pubrel' ? this.#duePubrels : this.#duePublishes).shift());
    // PUBRELs go out in the place of their messages, and before it where those before them wait for the window
    const place = this.#due.indexOf(packet.cmd);
    if (place !== 0) expect(packet.cmd).to.equal('pubrel');
    if (place !== 0) expect(this.#used.size).to.be.at.least(this.#window);
    this.#due.splice(place, 1);
    const { sent, phase } = this.#open.get(id)!;
    expect(packet.cmd).to.equal(phase);
    if (packet.cmd === 'publish') {
      expect(packet).to.equal(sent);
      expect(packet.dup).to.equal(true);
      this.#inOrder(sent);
      this.#takesPlace(id);
    }
    this.#used.add(id);
  }

  #sentNew(packet: OutgoingPublish): void {
    expect(this.#due).to.deep.equal([]);
    expect(packet.dup).to.equal(false);
    this.#inOrder(packet);
    if (packet.qos === 0) return this.test.sender.flushed(packet);
    expect(packet.packetId).to.be.within(1, 0xffff);
    expect(this.#open.has(packet.packetId)).to.equal(false);
    this.#open.set(packet.packetId, { sent: packet, phase: 'publish' });
    this.#takesPlace(packet.packetId);
  }

  #takesPlace(id: number): void {
    this.#used.add(id);
    expect(this.#used.size).to.be.at.most(this.#window);
  }

  /** The order on the wire is the order of the calls, on every connection. */
  #inOrder(packet: OutgoingPublish): void {
    const place = this.accepted.indexOf(packet);
    expect(place).to.be.greaterThan(this.#last);
    this.#last = place;
  }

  /** A connection that holds: everything is sent and answered. */
  finish(session: 'present' | 'absent'): void {
    this.connect(session, 3);
    for (let moved = true; moved;) {
      moved = false;
      while (this.send()) moved = true;
      while (this.#used.size > 0) {
        this.answer(0, false);
        moved = true;
      }
    }
  }
}

const step = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(fc.constant('enqueue' as const), fc.nat(2), fc.constantFrom('', '!')) },
  { weight: 5, arbitrary: fc.tuple(fc.constant('send' as const), fc.integer({ min: 1, max: 5 })) },
  { weight: 5, arbitrary: fc.tuple(fc.constant('answer' as const), fc.nat(), fc.boolean()) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('cancel' as const), fc.nat()) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('cut' as const)) },
  {
    weight: 2,
    arbitrary: fc.tuple(
      fc.constant('connect' as const),
      fc.constantFrom('present' as const, 'absent' as const),
      fc.integer({ min: 1, max: 4 }),
    ),
  },
);

describe('the sender against a model of a broker', () => {
  it('settles every message once, keeps the order, the window and the identifiers, whatever happens [MQTT-4.1.0-1] [MQTT-4.6.0-1] [MQTT-4.6.0-4]', () => {
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 80, size: 'max' }),
        fc.constantFrom('present' as const, 'absent' as const),
        (steps, last) => {
          const broker = new ModelBroker();
          for (const [what, ...args] of steps) {
            if (what === 'enqueue') broker.enqueue(args[0] as QoS, args[1] as string);
            if (what === 'send') for (let i = 0; i < (args[0] as number) && broker.send(); i++);
            if (what === 'answer' && broker.connected) broker.answer(args[0] as number, args[1] as boolean);
            if (what === 'cancel') broker.cancel(args[0] as number);
            if (what === 'cut') broker.cut();
            if (what === 'connect') broker.connect(args[0] as 'present' | 'absent', args[1] as number);
          }
          broker.finish(last);

          const { settlements, session } = broker.test;
          const settled = settlements.map(({ message: each }) => each);
          expect(new Set(settled).size, 'nothing twice').to.equal(settled.length);
          expect(settled.length + broker.cancelled.length, 'nothing lost').to.equal(broker.accepted.length);
          expect(broker.accepted.every(({ stage }) => stage === 'settled')).to.equal(true);
          const left = { queued: 0, inFlight: 0, received: 0, packetIdsInUse: 0, requests: 0 };
          expect(session.snapshot()).to.deep.equal(left);
        },
      ),
      { numRuns: 500 },
    );
  });
});
