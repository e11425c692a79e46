import { expect } from 'chai';
import type { AckableMessage } from '../../src/index.js';
import type { StoreChange } from '../../src/store/index.js';
import { connected, keys, received, records } from './flows.js';
import { Machine, type Process, watch } from './machine.js';

const onTopic = ({ client }: Process) => watch(client.topic$('t', { qos: 2 }), message => message.text());
const byHand = ({ client }: Process) => {
  const got: AckableMessage[] = [];
  client.topic$('t', { qos: 2, ack: 'manual' }).subscribe(message => got.push(message));
  return got;
};
const receipts = (machine: Machine) => keys(machine).filter(key => key.startsWith('r'));

/** What the program does: its own effect and the receipt in one transaction, then the acknowledgement. */
function commit(machine: Machine, message: AckableMessage): void {
  apply(machine, message.receipt!);
  message.ack({ stored: true });
}

function apply(machine: Machine, receipt: StoreChange): void {
  const entries = machine.store.entriesOf('me');
  if (receipt.type === 'put') entries.set(receipt.key, receipt.value);
  else entries.delete(receipt.key);
}

const deliverQos2 = ['publish', 'release'] as const;

describe('a QoS 2 message that is received', () => {
  for (const mode of deliverQos2) {
    describe(`with deliverQos2: '${mode}'`, () => {
      const options = { deliverQos2: mode };

      it('is delivered once by a process, whatever is lost on the way [S175]', () => {
        for (const packet of ['publish', 'pubrec', 'pubrel', 'pubcomp'] as const) {
          const machine = new Machine();
          const process = connected(machine, options);
          const got = onTopic(process);
          machine.run(50);
          machine.broker.inject({ fault: 'cut', packet });
          machine.broker.publish('t', 'x', { qos: 2 });
          machine.run(5000);
          expect(got, packet).to.deep.equal(['x']);
          expect(receipts(machine), packet).to.deep.equal([]);
        }
      });

      it('is delivered by the next process if it has not been, and once over both if its receipt is durable [S175]', () => {
        const counts = new Set<number>();
        for (let ms = 0; ms <= 20; ms++) {
          const machine = new Machine();
          const first = connected(machine, options);
          const got = onTopic(first);
          machine.run(50);
          machine.broker.publish('t', 'x', { qos: 2 });
          machine.run(ms);
          const hasReceipt = receipts(machine).length > 0;
          first.kill();
          const second = connected(machine, options);
          const again = onTopic(second);
          machine.run(5000);
          const total = [...got, ...again].length;
          counts.add(total);
          expect(again.length).to.be.at.most(1);
          expect(total, `after ${ms} ms`).to.be.at.least(1);
          if (mode === 'publish' && hasReceipt) expect(total, `after ${ms} ms`).to.equal(1);
          expect(receipts(machine), `after ${ms} ms`).to.deep.equal([]);
          expect(machine.broker.sessions[0]).to.include({ queued: 0, inFlight: 0 });
        }
        // the window between delivery and receipt, which only the program can close
        expect([...counts].sort()).to.deep.equal([1, 2]);
      });

      it('is processed exactly once if the program writes the receipt itself [S176]', () => {
        for (const work of [0, 1, 3, 7])
          for (let ms = 0; ms <= 25; ms++) {
            const machine = new Machine();
            let effects = 0;
            const run = () => {
              const process = connected(machine, options);
              let isAlive = true;
              const kill = () => {
                isAlive = false;
                process.kill();
              };
              process.client.topic$('t', { qos: 2, ack: 'manual' }).subscribe(message => {
                machine.clock.schedule(() => {
                  if (!isAlive || message.stale) return;
                  effects++;
                  commit(machine, message);
                }, work);
              });
              return kill;
            };
            const kill = run();
            machine.run(50);
            machine.broker.publish('t', 'x', { qos: 2 });
            machine.run(ms);
            kill();
            run();
            machine.run(5000);
            expect(effects, `work of ${work} ms, dead after ${ms} ms`).to.equal(1);
            expect(receipts(machine)).to.deep.equal([]);
            expect(machine.broker.sessions[0]).to.include({ queued: 0, inFlight: 0 });
          }
      });

      it('comes again to the next process while the program has not answered it [S175]', () => {
        const machine = new Machine();
        const first = connected(machine, options);
        const got = byHand(first);
        machine.run(50);
        machine.broker.publish('t', 'x', { qos: 2, properties: { contentType: 'c', userProperties: [['a', 'b']] } });
        machine.run(50);
        expect(got).to.have.length(1);
        first.kill();
        const second = connected(machine, options);
        const again = byHand(second);
        machine.run(5000);
        expect(again.map(message => message.text())).to.deep.equal(['x']);
        expect(again[0]!.properties).to.deep.include({ contentType: 'c', userProperties: [['a', 'b']] });
        expect(again[0]!.ack()).to.equal(true);
        machine.run(50);
        expect(receipts(machine)).to.deep.equal([]);
        expect(machine.broker.sessions[0]).to.include({ queued: 0, inFlight: 0 });
      });
    });
  }

  it('is counted by restored$ until its PUBREL has come [S178]', () => {
    const machine = new Machine();
    const first = connected(machine);
    onTopic(first);
    machine.run(50);
    machine.broker.inject({ fault: 'drop', packet: 'pubrel' });
    machine.broker.publish('t', 'x', { qos: 2 });
    machine.run(50);
    first.kill();
    const second = machine.start({ autoConnect: false });
    const counts = watch(second.client.restored$, ({ received }) => `${received}`);
    machine.run(50);
    expect(counts).to.deep.equal(['1', '|']);
  });

  it('does not keep the identifiers of subscriptions of its process [S177]', () => {
    const machine = new Machine();
    const options = { deliverQos2: 'release' as const };
    const first = connected(machine, options);
    watch(first.client.topic$('t/#', { qos: 2 }), () => '');
    watch(first.client.topic$('t/+', { qos: 2 }), () => '');
    machine.run(50);
    machine.broker.inject({ fault: 'drop', packet: 'pubrel' });
    machine.broker.publish('t/x', 'x', { qos: 2, properties: { contentType: 'c' } });
    machine.run(50);
    first.kill();
    expect(receipts(machine)).to.have.length(1);
    const value = machine.store.entriesOf('me').get(receipts(machine)[0]!)!;
    expect(Buffer.from(value).toString()).to.contain('contentType').and.not.to.contain('subscriptionIdentifier');
  });

  it('has no receipt with QoS 0 and 1, without a store, and when it is stale [S176]', () => {
    const machine = new Machine();
    const process = connected(machine);
    const got = byHand(process);
    machine.run(50);
    for (const qos of [0, 1] as const) machine.broker.publish('t', 'x', { qos });
    machine.run(50);
    expect(got.map(({ receipt }) => receipt)).to.deep.equal([undefined, undefined]);
    for (const message of got) expect(message.ack({ stored: true })).to.equal(true);
    machine.run(50);
    expect(records(machine)).to.deep.equal([]);

    const plain = new Machine();
    const without = byHand(connected(plain, { store: undefined as never }));
    plain.run(50);
    plain.broker.publish('t', 'x', { qos: 2 });
    plain.run(50);
    expect(without[0]!.receipt).to.equal(undefined);
    expect(without[0]!.ack({ stored: true })).to.equal(true);
  });

  it('of a session that is lost has no receipt that could swallow a new message [S176]', () => {
    const machine = new Machine();
    const process = connected(machine);
    const got = byHand(process);
    machine.run(50);
    machine.broker.publish('t', 'old', { qos: 2 });
    machine.run(50);
    const receipt = got[0]!.receipt!;
    machine.replaceBroker();
    machine.run(5000);
    // the program commits late: what it read before, and what it reads now
    expect(got[0]!.stale).to.equal(true);
    expect(got[0]!.receipt).to.equal(undefined);
    apply(machine, receipt);
    process.kill();
    const next = connected(machine);
    const again = byHand(next);
    machine.run(50);
    machine.broker.publish('t', 'new', { qos: 2 });
    machine.run(50);
    expect(again.map(message => message.text())).to.deep.equal(['new']);
    expect(again[0]!.packetId).to.equal(got[0]!.packetId);
  });

  it('of a new session keeps its receipt, though it came in the batch with the end of the old session [S175]', () => {
    let delay = 2;
    const machine = new Machine({ delay: () => delay });
    const process = connected(machine);
    const got = onTopic(process);
    machine.run(50);
    machine.broker.inject({ fault: 'drop', packet: 'pubrel' });
    machine.broker.publish('t', 'old', { qos: 2 });
    machine.run(50);
    expect(receipts(machine)).to.deep.equal(['r1']);
    delay = 3000; // a slow batch, behind which all of this gathers
    watch(process.client.publish('x', '', { qos: 1 }));
    machine.run(1);
    machine.replaceBroker();
    machine.run(1500);
    machine.broker.inject({ fault: 'drop', packet: 'pubrel' });
    machine.broker.publish('t', 'new', { qos: 2 });
    machine.run(1000);
    delay = 2;
    machine.run(5000);
    expect(got).to.deep.equal(['old', 'new']);
    process.kill();
    const next = connected(machine);
    const again = onTopic(next);
    machine.run(5000);
    expect(again).to.deep.equal([]);
    expect(receipts(machine)).to.deep.equal([]);
  });

  it('is stored for all its subscribers when one of them says so [S176]', () => {
    const machine = new Machine();
    const process = connected(machine);
    const [a, b] = [byHand(process), byHand(process)];
    machine.run(50);
    machine.broker.publish('t', 'x', { qos: 2 });
    machine.run(50);
    const packets = received(machine);
    commit(machine, a[0]!);
    machine.run(50);
    expect(packets).to.deep.equal([]);
    process.kill();
    const next = connected(machine);
    const again = byHand(next);
    machine.run(5000);
    expect(again).to.deep.equal([]);
    expect(b).to.have.length(1);
    expect(receipts(machine)).to.deep.equal([]);
  });

  for (const mode of deliverQos2)
    it(`is not delivered again when its receipt was stored after its stream was left, deliverQos2 '${mode}' [S176]`, () => {
      const machine = new Machine();
      const process = connected(machine, { deliverQos2: mode });
      const got: AckableMessage[] = [];
      const options = { qos: 2, ack: 'manual', unsubscribeOnLeave: false } as const;
      const stream = process.client.topic$('t', options).subscribe(message => got.push(message));
      machine.run(50);
      machine.broker.publish('t', 'x', { qos: 2 });
      machine.run(50);
      const receipt = got[0]!.receipt!;
      stream.unsubscribe();
      expect(got[0]).to.include({ stale: true, receipt: undefined });
      // the transaction that had begun commits
      apply(machine, receipt);
      expect(got[0]!.ack({ stored: true })).to.equal(false);
      const again = byHand(process);
      machine.run(50);
      machine.broker.cut('me');
      machine.run(5000);
      expect(again).to.deep.equal([]);
      expect(receipts(machine)).to.deep.equal([]);
      expect(machine.broker.sessions[0]).to.include({ queued: 0, inFlight: 0 });
    });

  it('is not delivered again when a subscriber leaves after another one has stored the receipt [S176]', () => {
    const machine = new Machine();
    const process = connected(machine);
    const a = byHand(process);
    const b = process.client.topic$('t', { qos: 2, ack: 'manual' }).subscribe();
    machine.run(50);
    machine.broker.publish('t', 'x', { qos: 2 });
    machine.run(50);
    commit(machine, a[0]!);
    b.unsubscribe();
    machine.run(50);
    machine.broker.cut('me');
    machine.run(5000);
    expect(a).to.have.length(1);
    expect(receipts(machine)).to.deep.equal([]);
    expect(machine.broker.sessions[0]).to.include({ queued: 0, inFlight: 0 });
  });
});
