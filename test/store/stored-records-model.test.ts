import { expect } from 'chai';
import fc from 'fast-check';
import { VirtualAction, VirtualTimeScheduler } from 'rxjs';
import { RestoredPublication } from '../../src/client/publishing/publication.js';
import { MqttError } from '../../src/errors.js';
import type { QoS } from '../../src/message.js';
import type { OutgoingPublish } from '../../src/protocol/outbound/outgoing-publish.js';
import { Journal } from '../../src/store/journal.js';
import { messageKey, positionKey } from '../../src/store/records.js';
import { message, TestSession } from '../protocol/support.js';
import { SynchronousStore, journalConfig, load } from './loading.js';

/** A session that writes to a store at the end of each turn, and sends only what is durable. */
class StoredSessionModel {
  readonly clock = new VirtualTimeScheduler(VirtualAction, Infinity);
  readonly store = new SynchronousStore();
  readonly test: TestSession;
  readonly accepted: OutgoingPublish[] = [];
  readonly #sent = new Set<OutgoingPublish>();
  #connected = false;

  constructor(readonly keepsQos0: boolean) {
    const journal: Journal = new Journal(
      this.store,
      journalConfig({
        scheduler: this.clock,
        tick: this.clock,
        wallClock: () => this.clock.now(),
        keepsQos0,
        receiptOf: packetId => this.test.session.receiver.receiptOf(packetId),
        spentIds: () => this.test.session.sender.inFlight.spentIds.all,
        onFailed: (error, messages) => {
          for (const lost of messages) this.test.sender.refuse(lost, new MqttError('STORE_FAILED', error.message));
        },
      }),
    );
    this.test = new TestSession({ recorder: journal, queue: { maxMessages: 6, overflow: 'evictOldest' } });
    journal.open().subscribe(restored => this.test.session.restore(restored));
  }

  enqueue(qos: QoS, size: number): void {
    const fresh = message(`${this.accepted.length}`, { qos, size, expiresAt: size % 2 === 0 ? undefined : size });
    if (size % 3 === 0) fresh.tag = `tag-${size}`;
    this.accepted.push(fresh);
    this.test.sender.enqueue(fresh);
  }

  send(): void {
    const packet = this.test.sender.next();
    if (packet?.cmd === 'publish') this.#sent.add(packet as OutgoingPublish);
  }

  /** The broker answers a message that it can have: one that is durable. */
  answer(n: number, refuses: boolean): void {
    this.endTurn();
    const all = this.test.sender.inFlight.all.filter(({ onThisConnection }) => onThisConnection);
    const { packetId, qos, stage } = all[n % all.length] ?? { packetId: 0 };
    if (packetId === 0) return;
    if (qos === 1) this.test.puback(packetId, refuses ? 0x97 : 0);
    else if (stage === 'released') this.test.pubcomp(packetId);
    else this.test.pubrec(packetId, refuses ? 0x97 : 0);
  }

  withdraw(n: number): void {
    const each = this.accepted[n % this.accepted.length];
    if (each) this.test.sender.withdraw(each);
  }

  connect(session: 'present' | 'absent'): void {
    if (this.#connected) this.test.cut();
    this.#connected = true;
    this.test.connect(session, { receiveMaximum: 3 });
  }

  cut(): void {
    if (this.#connected) this.test.cut();
    this.#connected = false;
  }

  receive(packetId: number, release: boolean, isHeld: boolean): void {
    if (!this.#connected) return;
    const handling = {
      protocolVersion: 5,
      deliverQos2: isHeld ? 'release' : 'publish',
      deliver: () => undefined,
    } as const;
    const { receiver } = this.test.session;
    if (release) receiver.pubrel({ cmd: 'pubrel', packetId }, handling);
    else
      receiver.publish(
        { cmd: 'publish', topic: 'in', payload: Uint8Array.of(packetId), qos: 2, retain: false, dup: false, packetId },
        handling,
      );
  }

  /** Writes what has changed. */
  endTurn(): void {
    this.store.fails = false;
    this.clock.flush();
  }

  /** Fails to write, so that what is new is rejected. What was durable stays. */
  endTurnInFailure(): void {
    this.store.fails = true;
    const frames = this.clock.frame;
    this.clock.maxFrames = frames;
    this.clock.flush();
    this.clock.maxFrames = Infinity;
  }

  get unsettled(): OutgoingPublish[] {
    const { queue, inFlight } = this.test.sender;
    return [...inFlight.all, ...queue.all].filter(({ qos, requestedQoS, stage }) =>
      stage === 'queued' ? requestedQoS > 0 || this.keepsQos0 : qos > 0,
    );
  }
}

const shown = ({
  topic,
  payload,
  qos,
  requestedQoS,
  retain,
  expiresAt,
  tag,
  stage,
  packetId,
  withdrawn,
}: OutgoingPublish) => ({
  topic,
  size: payload.length,
  qos,
  requestedQoS,
  retain,
  expiresAt,
  tag,
  stage,
  packetId: stage === 'queued' ? 0 : packetId,
  withdrawn: stage === 'sent' && withdrawn,
});

const step = fc.oneof(
  { weight: 5, arbitrary: fc.tuple(fc.constant('enqueue' as const), fc.nat(2), fc.nat(20)) },
  { weight: 5, arbitrary: fc.tuple(fc.constant('send' as const), fc.constant(0), fc.constant(0)) },
  { weight: 4, arbitrary: fc.tuple(fc.constant('answer' as const), fc.nat(), fc.nat(3)) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('receive' as const), fc.integer({ min: 1, max: 3 }), fc.nat(3)) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('withdraw' as const), fc.nat(), fc.constant(0)) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('connect' as const), fc.nat(2), fc.constant(0)) },
  { weight: 1, arbitrary: fc.tuple(fc.constant('cut' as const), fc.constant(0), fc.constant(0)) },
  { weight: 3, arbitrary: fc.tuple(fc.constant('endTurn' as const), fc.constant(0), fc.constant(0)) },
  { weight: 2, arbitrary: fc.tuple(fc.constant('endTurnInFailure' as const), fc.constant(0), fc.constant(0)) },
);

describe('the records of a session against the session', () => {
  it('restore exactly what the session is, whatever happened to it [S173]', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: 'max' }), fc.boolean(), (steps, keepsQos0) => {
        const model = new StoredSessionModel(keepsQos0);
        for (const [what, a, b] of steps) {
          if (what === 'enqueue') model.enqueue(a as QoS, b);
          if (what === 'send') model.send();
          if (what === 'answer') model.answer(a, b === 0);
          if (what === 'receive') model.receive(a, b < 2, b % 2 === 0);
          if (what === 'withdraw') model.withdraw(a);
          if (what === 'connect') model.connect(a === 0 ? 'absent' : 'present');
          if (what === 'cut') model.cut();
          if (what === 'endTurnInFailure') model.endTurnInFailure();
          if (what === 'endTurn') model.endTurn();
        }
        model.endTurn();

        const { entries } = model.store;
        const { loaded, error } = load(entries, { createMessage: stored => new RestoredPublication(stored) });
        expect(error).to.equal(undefined);
        const { messages, received, spentIds } = loaded!.restored;
        const unsettled = model.unsettled.sort((a, b) => a.record!.sequence - b.record!.sequence);
        expect(messages.map(shown)).to.deep.equal(unsettled.map(shown));
        expect([...spentIds].sort()).to.deep.equal([...model.test.sender.inFlight.spentIds.all].sort());
        const { receiver } = model.test.session;
        for (let packetId = 1; packetId <= 3; packetId++) {
          const receipt = receiver.receiptOf(packetId);
          expect(received.has(packetId)).to.equal(receipt !== 'none');
          const held = typeof receipt === 'string' ? undefined : [...receipt.payload];
          expect(received.get(packetId) && [...received.get(packetId)!.payload]).to.deep.equal(held);
        }

        // nothing else is left
        const sequences = unsettled.map(({ record }) => record!.sequence);
        const known = new Set([
          ...['f', 'e', 's', 'r1', 'r2', 'r3'],
          ...sequences.flatMap(sequence => [messageKey(sequence), positionKey(sequence)]),
        ]);
        expect([...entries.keys()].filter(key => !known.has(key))).to.deep.equal([]);

        // a session that is restored hands out no identifier that is in use
        const next = new TestSession();
        next.session.restore(loaded!.restored);
        const inUse = new Set([...spentIds, ...messages.map(({ packetId }) => packetId)]);
        next.connect('present', { receiveMaximum: 100 });
        next.enqueue('x y z', 1);
        for (let sent = next.sender.next(); sent !== undefined; sent = next.sender.next())
          if (sent.cmd === 'publish' && 'xyz'.includes(sent.topic)) expect(inUse.has(sent.packetId!)).to.equal(false);
      }),
      { numRuns: 1000 },
    );
  });
});
