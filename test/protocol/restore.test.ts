import { expect } from 'chai';
import fc from 'fast-check';
import { PacketIds } from '../../src/protocol/packet-ids.js';
import { SpentIds } from '../../src/protocol/outbound/spent-ids.js';
import { InFlight } from '../../src/protocol/outbound/in-flight.js';
import { message } from './support.js';

const anyIds = fc.uniqueArray(
  fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 1, max: 0xffff }), fc.constant(0xffff)),
  { maxLength: 200 },
);

describe('packet identifiers that are restored', () => {
  it('are not handed out, and all others are, each once [S173]', () => {
    fc.assert(
      fc.property(anyIds, fc.nat(300), (ids, before) => {
        const packetIds = new PacketIds();
        for (let i = 0; i < before; i++) packetIds.take();
        packetIds.restore(new Set(ids));
        expect(packetIds.inUse).to.equal(ids.length);
        const taken = new Set<number>(ids);
        for (let id = packetIds.take(); id !== 0; id = packetIds.take()) {
          if (taken.has(id)) throw new Error(`${id} is in use`);
          taken.add(id);
        }
        expect(taken.size).to.equal(0xffff);
        expect(Math.min(...taken)).to.equal(1);
        expect(packetIds.next).to.equal(0);
      }),
      { numRuns: 30 },
    );
  });

  it('are free again once they are released', () => {
    const packetIds = new PacketIds();
    packetIds.restore(new Set([2, 5]));
    packetIds.release(5);
    packetIds.release(2);
    expect(packetIds.inUse).to.equal(0);
    expect(packetIds.reserve([5, 6])).to.deep.equal([5]);
    expect(packetIds.inUse).to.equal(1);
  });

  it('may be all or none', () => {
    const packetIds = new PacketIds();
    packetIds.restore(new Set(Array.from({ length: 0xffff }, (_, i) => i + 1)));
    expect(packetIds.next).to.equal(0);
    packetIds.restore(new Set());
    expect([packetIds.next, packetIds.inUse]).to.deep.equal([1, 0]);
  });
});

describe('messages in flight that are restored', () => {
  it('are found by their identifiers, in their order, and give them back when they settle [S173]', () => {
    fc.assert(
      fc.property(anyIds, anyIds, (ids, others) => {
        const spent = others.filter(id => !ids.includes(id));
        const packetIds = new PacketIds();
        packetIds.restore(new Set([...ids, ...spent]));
        const inFlight = new InFlight(packetIds);
        const messages = ids.map((packetId, i) =>
          Object.assign(message(`${i}`, { qos: 2, size: 5 }), { packetId, stage: i % 2 === 0 ? 'sent' : 'released' }),
        );
        inFlight.restore(messages, spent);
        expect(inFlight.all).to.deep.equal(messages);
        for (const each of messages) expect(inFlight.get(each.packetId)).to.equal(each);
        expect(inFlight.bytes).to.equal(messages.reduce((sum, { bytes }) => sum + bytes, 0));
        expect(messages.filter(({ stage, bytes }) => (stage === 'released') !== (bytes === 0))).to.deep.equal([]);
        expect(inFlight.spentIds.all).to.deep.equal(spent);
        expect([...inFlight.unfinishedIds].sort()).to.deep.equal([...ids, ...spent].sort());
        for (const each of messages) inFlight.settle(each);
        expect(packetIds.inUse).to.equal(spent.length);
        inFlight.clear();
        expect(packetIds.inUse).to.equal(0);
      }),
      { numRuns: 50 },
    );
  });
});

describe('identifiers that must not be used again', () => {
  it('tell of each change, and of nothing else', () => {
    const packetIds = new PacketIds();
    packetIds.restore(new Set([1, 2, 3]));
    const spentIds = new SpentIds(packetIds);
    let changes = 0;
    spentIds.onChange = () => changes++;
    spentIds.release();
    spentIds.add();
    expect(changes).to.equal(0);
    spentIds.add(1, 2);
    spentIds.reserve([3, 4]);
    expect([changes, ...spentIds.all]).to.deep.equal([1, 1, 2]);
    spentIds.release();
    expect([changes, packetIds.inUse]).to.deep.equal([2, 1]);
    expect(spentIds.all).to.deep.equal([]);
  });
});
