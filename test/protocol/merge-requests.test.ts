import { expect } from 'chai';
import { areSameProperties, isSameRequest, mergeRequests } from '../../src/protocol/subscriptions/merge-requests.js';
import { throws } from './support.js';

const filter = 'a/b';

describe('two streams of one filter: one request', () => {
  it('has the higher QoS, whoever asks for it', () => {
    expect(mergeRequests({ filter, qos: 2 }, { filter, qos: 1 }).qos).to.equal(2);
    expect(mergeRequests({ filter, qos: 0 }, { filter, qos: 1 }).qos).to.equal(1);
  });

  it('brings as many retained messages as the one who wants most', () => {
    const merged = (first: 0 | 1 | 2 | undefined, second: 0 | 1 | 2 | undefined) =>
      mergeRequests(
        { filter, qos: 0, ...(first !== undefined && { retainHandling: first }) },
        { filter, qos: 0, ...(second !== undefined && { retainHandling: second }) },
      ).retainHandling ?? 0;
    expect([merged(2, 1), merged(1, 2), merged(2, 2)]).to.deep.equal([1, 1, 2]);
    expect([merged(undefined, 2), merged(2, undefined), merged(1, 0), merged(0, 1)]).to.deep.equal([0, 0, 0, 0]);
  });

  it('has the user properties of the one that has some', () => {
    const userProperties = [['k', 'v']] as const;
    for (const none of [{}, { userProperties: [] }]) {
      const [with_, without] = [{ filter, qos: 0, userProperties } as const, { filter, qos: 0, ...none } as const];
      expect(mergeRequests(with_, without).userProperties).to.deep.equal(userProperties);
      expect(mergeRequests(without, with_).userProperties).to.deep.equal(userProperties);
    }
  });

  it('does not exist for two that differ in what a subscription is', () => {
    for (const [first, second] of [
      [{ noLocal: true }, {}],
      [{}, { retainAsPublished: true }],
      [{ userProperties: [['k', 'v']] }, { userProperties: [['k', 'w']] }],
    ] as const) {
      const merge = () => mergeRequests({ filter, qos: 0, ...first }, { filter, qos: 0, ...second });
      throws(merge, 'SUBSCRIPTION_CONFLICT', { subject: filter });
    }
    expect(mergeRequests({ filter, qos: 0, noLocal: false }, { filter, qos: 0 }).qos).to.equal(0);
  });

  it('two are the same but for their retain handling', () => {
    const one = { filter, qos: 1 } as const;
    expect(isSameRequest(one, { ...one, retainHandling: 2, noLocal: false, userProperties: [] })).to.equal(true);
    expect(isSameRequest(one, { ...one, qos: 2 })).to.equal(false);
    expect(isSameRequest(one, { ...one, noLocal: true })).to.equal(false);
    expect(isSameRequest(one, { ...one, userProperties: [['k', 'v']] })).to.equal(false);
  });

  it('user properties are the same in the same order only', () => {
    const [a, b] = [
      ['k', 'v'],
      ['k', 'w'],
    ] as const;
    expect(
      areSameProperties(
        [a, b],
        [
          ['k', 'v'],
          ['k', 'w'],
        ],
      ),
    ).to.equal(true);
    expect(areSameProperties([a, b], [b, a])).to.equal(false);
    expect(areSameProperties([a], [a, b])).to.equal(false);
    expect(areSameProperties([a], [['l', 'v']])).to.equal(false);
    expect(areSameProperties()).to.equal(true);
  });
});
