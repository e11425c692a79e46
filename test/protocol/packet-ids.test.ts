import { expect } from 'chai';
import fc from 'fast-check';
import { PacketIds } from '../../src/protocol/packet-ids.js';

const ALL = 0xffff;

function exhausted(): PacketIds {
  const ids = new PacketIds();
  for (let i = 0; i < ALL; i++) ids.take();
  return ids;
}

describe('packet identifiers (5.0 section 2.2.1)', () => {
  it('count up from 1', () => {
    const ids = new PacketIds();
    expect([ids.take(), ids.take(), ids.take()]).to.deep.equal([1, 2, 3]);
  });

  it('go on counting up while one is free that was never used, whatever was released', () => {
    const ids = new PacketIds();
    ids.release(ids.take());
    expect(ids.take()).to.equal(2);
  });

  it('are 1 to 65,535, never 0, each once [MQTT-2.2.1-3]', () => {
    const ids = new PacketIds();
    const given = new Set(Array.from({ length: ALL }, () => ids.take()));
    expect(given.size).to.equal(ALL);
    expect(Math.min(...given)).to.equal(1);
    expect(Math.max(...given)).to.equal(ALL);
  });

  it('give 0 when all are in use, and the one released after that', () => {
    const ids = exhausted();
    expect([ids.take(), ids.next]).to.deep.equal([0, 0]);
    ids.release(4711);
    expect([ids.take(), ids.take()]).to.deep.equal([4711, 0]);
  });

  it('come back in the order of their release', () => {
    const ids = exhausted();
    for (const id of [300, 7, 65535, 1]) ids.release(id);
    expect([ids.take(), ids.take(), ids.take(), ids.take()]).to.deep.equal([300, 7, 65535, 1]);
  });

  it('keep that order when more are released than were ever before', () => {
    const ids = exhausted();
    // begin in the middle of the ring, so that growing has to unroll it
    for (let id = 1; id <= 40; id++) ids.release(id);
    for (let id = 1; id <= 40; id++) expect(ids.take()).to.equal(id);
    for (let id = ALL; id > 0; id--) ids.release(id);
    for (let id = ALL; id > 0; id--) expect(ids.take()).to.equal(id);
  });

  it('keep that order round after round', () => {
    const ids = exhausted();
    for (let id = 1; id <= 10; id++) ids.release(id);
    const taken = Array.from({ length: 200 }, () => {
      const id = ids.take();
      ids.release(id);
      return id;
    });
    expect(taken).to.deep.equal(taken.map((_, i) => (i % 10) + 1));
  });

  it('come back after the last one as after any other, in order or not', () => {
    const ids = exhausted();
    const released = [ALL - 1, ALL, 1, 2, 9, 3];
    for (const id of released) ids.release(id);
    expect(ids.inUse).to.equal(ALL - released.length);
    expect([...released, 0].map(() => ids.take())).to.deep.equal([...released, 0]);
    ids.release(ALL);
    ids.release(1);
    expect([ids.next, ids.take(), ids.take(), ids.take()]).to.deep.equal([ALL, ALL, 1, 0]);
  });

  it('are reserved if they are free, and the others keep their order', () => {
    const ids = exhausted();
    for (const id of [10, 11, 12, 13, 2, 40, 3]) ids.release(id);
    expect(ids.reserve([99, 40, 12])).to.have.members([12, 40]);
    expect(ids.inUse).to.equal(ALL - 5);
    expect(Array.from({ length: 6 }, () => ids.take())).to.deep.equal([10, 11, 13, 2, 3, 0]);
  });

  it('say which comes next and how many are in use', () => {
    const ids = new PacketIds();
    expect([ids.next, ids.inUse]).to.deep.equal([1, 0]);
    ids.take();
    expect([ids.next, ids.inUse]).to.deep.equal([2, 1]);
    ids.release(1);
    expect([ids.next, ids.inUse]).to.deep.equal([2, 0]);

    const full = exhausted();
    full.release(9);
    expect([full.next, full.inUse]).to.deep.equal([9, ALL - 1]);
  });

  it('are never given out while in use, whatever is taken and released [MQTT-4.3.2-1] [MQTT-4.3.3-1]', () => {
    const step = fc.oneof(fc.constant('take' as const), fc.nat());
    fc.assert(
      fc.property(fc.array(step, { maxLength: 300, size: 'max' }), fc.nat(200), (steps, free) => {
        const ids = exhausted();
        const inUse = Array.from({ length: ALL - free }, (_, i) => i + free + 1);
        for (let id = 1; id <= free; id++) ids.release(id);
        const waiting = Array.from({ length: free }, (_, i) => i + 1);
        for (const what of steps) {
          if (what === 'take') {
            const expected = waiting.shift() ?? 0;
            expect(ids.next).to.equal(expected);
            expect(ids.take()).to.equal(expected);
            if (expected > 0) inUse.push(expected);
          } else {
            const [id] = inUse.splice(what % inUse.length, 1);
            ids.release(id!);
            waiting.push(id!);
          }
          expect(ids.inUse).to.equal(inUse.length);
        }
      }),
      { numRuns: 50 },
    );
  });
});
