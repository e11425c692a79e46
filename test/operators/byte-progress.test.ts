import { expect } from 'chai';
import { transitTime } from '../../src/operators/liveness/byte-progress.js';
import { StalledPacketDetector } from '../../src/operators/liveness/stalled-packet.js';
import { noProgress } from './support.js';

const KIB = 1024;

describe('the time that bytes are under way', () => {
  const ofBytes = (left: number, position: number, leftAtRead = 0) =>
    transitTime({ ...noProgress, left, leftAtRead }, position);

  it('is a second for each whole 16 KiB', () => {
    const sizes = [0, 16 * KIB - 1, 16 * KIB, 32 * KIB - 1, 32 * KIB];
    expect(sizes.map(size => ofBytes(size, size))).to.deep.equal([0, 0, 1000, 1000, 2000]);
  });

  it('counts neither bytes behind the position, nor those before the last sign of life', () => {
    expect(ofBytes(64 * KIB, 32 * KIB)).to.equal(2000);
    expect(ofBytes(32 * KIB, 64 * KIB)).to.equal(2000);
    expect(ofBytes(64 * KIB, 64 * KIB, 48 * KIB)).to.equal(1000);
    expect(ofBytes(64 * KIB, 32 * KIB, 64 * KIB)).to.equal(0);
  });

  it('counts 4 MiB at the most', () => {
    expect(ofBytes(1e9, 1e9)).to.equal(256_000);
  });
});

describe('the stalled packet detector', () => {
  /** A packet that is coming; `received(n)` says how many bytes of the stream there are, all of them in that packet. */
  function coming(period = 1000) {
    const progress = { ...noProgress };
    const detector = new StalledPacketDetector(progress, period, 0);
    const receive = (received: number, unread = received) => Object.assign(progress, { received, unread });
    return { detector, receive };
  }

  it('asks for 1,024 bytes a second in two periods one after the other', () => {
    const { detector, receive } = coming();
    receive(1);
    expect(detector.isStalled(1000), 'the packet began in this period').to.equal(false);
    receive(1 + 1023);
    expect(detector.isStalled(2000), 'the first slow one').to.equal(false);
    receive(1 + 1023 + 1023);
    expect(detector.isStalled(3000), 'the second one').to.equal(true);
  });

  it('is content with exactly that', () => {
    const { detector, receive } = coming();
    for (let second = 1; second <= 5; second++) {
      receive(1024 * second);
      expect(detector.isStalled(1000 * second)).to.equal(false);
    }
  });

  it('a period that is fast enough makes the count begin anew', () => {
    const { detector, receive } = coming();
    for (const [now, received, isDead] of [
      [1000, 1, false],
      [2000, 2, false],
      [3000, 5000, false],
      [4000, 5001, false],
      [5000, 5002, true],
    ] as const) {
      receive(received);
      expect(detector.isStalled(now), `at ${now}`).to.equal(isDead);
    }
  });

  it('a period counts when it is over', () => {
    const { detector, receive } = coming();
    receive(1);
    for (const now of [999, 1000, 1999, 2000, 2999]) expect(detector.isStalled(now), `at ${now}`).to.equal(false);
    expect(detector.isStalled(3000)).to.equal(true);
  });

  it('silence between packets, and small packets that are complete, are nothing', () => {
    const { detector, receive } = coming();
    for (let second = 1; second <= 5; second++) {
      receive(second, 0);
      expect(detector.isStalled(1000 * second)).to.equal(false);
    }
  });

  it('one slow packet after the other is progress', () => {
    const { detector, receive } = coming();
    for (let second = 1; second <= 5; second++) {
      receive(10 * second, 1);
      expect(detector.isStalled(1000 * second)).to.equal(false);
    }
  });

  it('restart() forgets what was', () => {
    const { detector, receive } = coming();
    receive(1);
    detector.isStalled(1000);
    detector.isStalled(2000);
    detector.restart(2500);
    expect(detector.isStalled(3499), 'no whole period').to.equal(false);
    expect(detector.isStalled(3500), 'where the packet begins is not known').to.equal(false);
    expect(detector.isStalled(4500)).to.equal(false);
    expect(detector.isStalled(5500)).to.equal(true);
  });
});
