import { expect } from 'chai';
import { describeReason, FAILURE, isFailure, isRetryable } from '../../src/protocol/reason-codes.js';

describe('reason codes (5.0 section 2.4)', () => {
  it('are refusals from 0x80 on', () => {
    expect(FAILURE).to.equal(0x80);
    expect([0, 2, 0x10, 0x7f, 0x80, 0x87, 0xff].map(isFailure)).to.deep.equal([
      false,
      false,
      false,
      false,
      true,
      true,
      true,
    ]);
    expect(isFailure(undefined)).to.equal(false);
  });

  it('have names, and a number where they have none', () => {
    expect(describeReason(0)).to.equal('0x00 success');
    expect(describeReason(0x87)).to.equal('0x87 not authorized');
    expect(describeReason(0xa2)).to.equal('0xa2 wildcard subscriptions not supported');
    expect(describeReason(0x05)).to.equal('0x05');
    expect(describeReason(0xff)).to.equal('0xff');
  });

  it('have a name each that the specification lists as a refusal', () => {
    for (let code = 0x80; code <= 0xa2; code++) expect(describeReason(code)).to.match(/^0x[89a][0-9a-f] [a-zQ]/);
  });

  it('say what a retry can help: a busy broker, not a wrong password', () => {
    for (const code of [0x80, 0x88, 0x89, 0x8b, 0x96, 0x97, 0x9f]) expect(isRetryable(code)).to.equal(true);
    for (const code of [0x84, 0x85, 0x86, 0x87, 0x8a, 0x8c, 0x8e, 0x90, 0x95])
      expect(isRetryable(code)).to.equal(false);
  });

  it('leave a retry open where they are unknown', () => {
    expect(isRetryable(0xee)).to.equal(true);
  });
});
