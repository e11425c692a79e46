import { expect } from 'chai';
import { type Entry, emptyLedger, isComplete, isSound, record } from '../../examples/demo/ledger.js';
import { table, verdict } from '../../examples/demo/table.js';
import type { QoS } from '../../src/index.js';

const ledgerOf = (...entries: Entry[]) => entries.reduce(record, emptyLedger);
const sent = (qos: QoS, id: string): Entry => ({ kind: 'sent', qos, id });
const refused = (qos: QoS, id: string): Entry => ({ kind: 'refused', qos, id });
const received = (qos: QoS, id: string): Entry => ({ kind: 'received', qos, id });

describe('demo: the ledger', () => {
  it('counts each QoS on its own', () => {
    const ledger = ledgerOf(sent(0, 'a'), sent(1, 'b'), sent(1, 'c'), received(1, 'b'), { kind: 'resent', qos: 2 });
    expect(ledger[0]).to.deep.include({ sent: 1, received: 0, resent: 0, open: new Set(['a']) });
    expect(ledger[1]).to.deep.include({ sent: 2, received: 1, resent: 0, open: new Set(['c']) });
    expect(ledger[2]).to.deep.include({ sent: 0, received: 0, resent: 1, open: new Set() });
  });

  it('counts a message that arrives again as repeated, not as received', () => {
    const ledger = ledgerOf(sent(1, 'a'), received(1, 'a'), received(1, 'a'), received(1, 'a'));
    expect(ledger[1]).to.deep.include({ received: 1, repeated: 2, open: new Set() });
  });

  it('counts what was refused neither as sent nor as lost', () => {
    const ledger = ledgerOf(sent(0, 'a'), sent(0, 'b'), refused(0, 'a'));
    expect(ledger[0]).to.deep.include({ sent: 1, refused: 1, open: new Set(['b']) });
  });

  it('leaves the ledger before as it was', () => {
    const before = ledgerOf(sent(1, 'a'));
    record(before, received(1, 'a'));
    expect(before[1]).to.deep.include({ received: 0, open: new Set(['a']) });
  });

  it('is complete, and sound, without QoS 0', () => {
    const ledger = ledgerOf(sent(0, 'a'), sent(1, 'b'), sent(2, 'c'), received(1, 'b'), received(2, 'c'));
    expect(isComplete(ledger)).to.be.true;
    expect(isSound(ledger)).to.be.true;
  });

  for (const qos of [1, 2] as const) {
    it(`is neither when QoS ${qos} lost a message`, () => {
      const ledger = ledgerOf(sent(qos, 'a'));
      expect(isComplete(ledger)).to.be.false;
      expect(isSound(ledger)).to.be.false;
      expect(verdict(ledger)).to.include(`QoS ${qos} lost 1`);
    });
  }

  it('accepts a repeated message at QoS 1, but none at QoS 2', () => {
    const double = (qos: QoS) => ledgerOf(sent(qos, 'a'), received(qos, 'a'), received(qos, 'a'));
    expect(isSound(double(1))).to.be.true;
    expect(verdict(double(1))).to.include('repeated 1,');
    expect(isSound(double(2))).to.be.false;
    expect(verdict(double(2))).to.include('repeated 1');
  });

  it('makes a table of aligned lines, at most 80 columns wide', () => {
    const lines = table(ledgerOf(sent(0, 'a'), sent(0, 'b'), received(0, 'b')), 'lost');
    expect(lines.map(line => line.length)).to.deep.equal([75, 75, 75, 75]);
    expect(lines[0]).to.match(/sent +refused +resent +received +repeated +lost$/);
    expect(lines[1]).to.match(/QoS 0 .* 2 +0 +0 +1 +0 +1$/);
  });
});
