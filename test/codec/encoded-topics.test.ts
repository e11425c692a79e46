import { expect } from 'chai';
import { EncodedTopics } from '../../src/codec/fast/encoded-topics.js';

describe('EncodedTopics', () => {
  const known = (topics: EncodedTopics, topic: string) => topics.get(topic) === topics.get(topic);

  it('keeps a bounded number, and turns to new ones when they have changed', () => {
    const topics = new EncodedTopics();
    for (let i = 0; i < 1024; i++) topics.get(`${i}`);
    expect(known(topics, '0')).to.equal(true);
    // Full: a few others change nothing.
    for (let i = 0; i < 1000; i++) expect(known(topics, `late ${i}`)).to.equal(false);
    expect(known(topics, '0')).to.equal(true);
    // Nothing but others.
    for (let i = 0; i < 20_000; i++) topics.get(`new ${i}`);
    for (let i = 0; i < 1024; i++) topics.get(`newest ${i}`);
    let old = 0;
    const before = new Map(Array.from({ length: 1024 }, (_, i) => [`${i}`, topics.get(`${i}`)]));
    for (const [topic, bytes] of before) if (topics.get(topic) === bytes) old++;
    expect(old).to.equal(0);
  });

  it('does not keep long ones', () => {
    expect(known(new EncodedTopics(), 'x'.repeat(257))).to.equal(false);
  });

  it('gives the right bytes after a topic that has none', () => {
    const topics = new EncodedTopics();
    const long = 'x'.repeat(257);
    const bytes = [...topics.get(long)];
    expect(() => topics.get('half a pair: \ud800')).to.throw();
    expect([...topics.get(long)]).to.deep.equal(bytes);
  });
});
