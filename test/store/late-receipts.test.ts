import { expect } from 'chai';
import type { AckableMessage } from '../../src/index.js';
import type { StoreChange } from '../../src/store/index.js';
import { connected, keys } from './flows.js';
import { Machine, type Process } from './machine.js';

const byHand = ({ client }: Process) => {
  const got: AckableMessage[] = [];
  const options = { qos: 2, ack: 'manual', unsubscribeOnLeave: false } as const;
  const stream = client.topic$('t', options).subscribe(message => got.push(message));
  return { got, leave: () => stream.unsubscribe() };
};
const receipts = (machine: Machine) => keys(machine).filter(key => key.startsWith('r'));
const texts = (messages: readonly AckableMessage[]) => messages.map(message => message.text());

/** The transaction of the program, with its receipt. */
function apply(machine: Machine, receipt: StoreChange): void {
  const entries = machine.store.entriesOf('me');
  if (receipt.type === 'put') entries.set(receipt.key, receipt.value);
  else entries.delete(receipt.key);
}

const hasReceipt = (machine: Machine, { type, key }: StoreChange) =>
  machine.store.entriesOf('me').has(key) === (type === 'put');

describe('a receipt that the program has stored and says so late', () => {
  for (const deliverQos2 of ['publish', 'release'] as const) {
    describe(`with deliverQos2: '${deliverQos2}'`, () => {
      /** A message that its stream has left, whose connection was lost, and whose transaction has committed. */
      const committed = () => {
        const machine = new Machine();
        const process = connected(machine, { deliverQos2, quiet: true });
        const first = byHand(process);
        machine.run(50);
        machine.broker.publish('t', 'x', { qos: 2 });
        machine.run(50);
        const [message] = first.got as [AckableMessage];
        const receipt = message.receipt!;
        first.leave();
        machine.broker.cut('me');
        machine.run(1);
        apply(machine, receipt);
        return { machine, process, message, receipt };
      };

      it('counts before the message is delivered again: it is not [S176]', () => {
        const { machine, process, message } = committed();
        expect(message.ack({ stored: true })).to.equal(false);
        const { got } = byHand(process);
        machine.run(5000);
        expect(texts(got)).to.deep.equal([]);
        expect(receipts(machine)).to.deep.equal([]);
        expect(machine.broker.sessions[0]).to.include({ queued: 0, inFlight: 0 });
      });

      it('stays in the store while the message is delivered again, and counts for that, too [S176] [S207]', () => {
        const { machine, process, message, receipt } = committed();
        const again = byHand(process);
        machine.run(5000);
        expect(texts(again.got)).to.deep.equal(['x']);
        // a transaction finds that it has nothing to do
        expect(again.got[0]!.receipt).to.deep.equal(receipt);
        expect(hasReceipt(machine, receipt)).to.equal(true);
        message.ack({ stored: true });
        again.leave();
        machine.broker.cut('me');
        const { got } = byHand(process);
        machine.run(5000);
        expect(texts(got)).to.deep.equal([]);
        expect(receipts(machine)).to.deep.equal([]);
        expect(machine.broker.sessions[0]).to.include({ queued: 0, inFlight: 0 });
      });

      it('says nothing of the message that has its identifier in the next session [S207]', () => {
        const machine = new Machine();
        const process = connected(machine, { deliverQos2, quiet: true });
        const { got } = byHand(process);
        machine.run(50);
        machine.broker.publish('t', 'old', { qos: 2 });
        machine.run(50);
        apply(machine, got[0]!.receipt!);
        machine.replaceBroker();
        machine.run(5000);
        machine.broker.publish('t', 'new', { qos: 2 });
        machine.run(50);
        expect(texts(got)).to.deep.equal(['old', 'new']);
        const receipt = got[1]!.receipt!;
        expect(got[1]!.packetId).to.equal(got[0]!.packetId);
        apply(machine, receipt);
        got[0]!.ack({ stored: true });
        machine.run(50);
        expect(hasReceipt(machine, receipt)).to.equal(true);
        got[1]!.ack({ stored: true });
        machine.run(50);
        expect(receipts(machine)).to.deep.equal([]);
        expect(machine.broker.sessions[0]).to.include({ queued: 0, inFlight: 0 });
      });
    });
  }

  it('is written again before PUBREC if a batch that was being written has overwritten it [S171]', () => {
    let delay = 2;
    const machine = new Machine({ delay: () => delay });
    const process = connected(machine, { quiet: true });
    const { got } = byHand(process);
    machine.run(50);
    machine.broker.inject({ fault: 'drop', packet: 'pubrel' });
    machine.broker.publish('t', 'old', { qos: 2 });
    machine.run(50);
    got[0]!.ack();
    machine.run(50);
    expect(receipts(machine)).to.deep.equal(['r1']);
    // the receipt of the lost session is deleted slowly, while the program processes the new message
    delay = 100;
    machine.replaceBroker();
    for (let ms = 0; machine.broker.sessions.length === 0 && ms < 5000; ms++) machine.run(1);
    machine.broker.publish('t', 'new', { qos: 2 });
    for (let ms = 0; got.length < 2 && ms < 50; ms++) machine.run(1);
    apply(machine, got[1]!.receipt!);
    got[1]!.ack({ stored: true });
    const atPubrec: string[][] = [];
    machine.broker.packet$.subscribe(({ direction, packet }) => {
      if (direction === 'received' && packet.cmd === 'pubrec') atPubrec.push(receipts(machine));
    });
    machine.run(5000);
    expect(atPubrec).to.deep.equal([['r1']]);
    expect(receipts(machine)).to.deep.equal([]);
  });
});
