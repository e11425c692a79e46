import { expect } from 'chai';
import { TestSubscriptions } from './support.js';

/** `a/b` was asked for without an identifier, then with one; the first SUBACK is withheld, the others have come. */
function overtaken(): TestSubscriptions {
  const test = new TestSubscriptions('ifSessionLost', true);
  test.want('a/b');
  expect(test.send()).to.deep.equal(['+a/b']);
  test.want('a/+');
  expect(test.send()).to.deep.equal(['#2 +a/b quiet', '#1 +a/+']);
  test.withholdAnswer();
  test.answer(1);
  test.answer(1);
  return test;
}

describe('subscriptions: answers that are withheld, come late or are lost', () => {
  it('a SUBACK that never came, of a filter that is gone, does not keep the connection from ending', () => {
    const test = overtaken();
    test.release('a/b');
    expect(test.send()).to.deep.equal(['-a/b']);
    test.withholdAnswer();
    test.answer(0);
    expect(test.send()).to.deep.equal([]);
    test.subscriptions.end();
    expect(test.ids.inUse).to.equal(0);
    test.reconnect('present');
    expect(test.send()).to.deep.equal([]);
  });

  it('a SUBACK that comes after the UNSUBACK of its filter says nothing of the filter', () => {
    const test = overtaken();
    test.release('a/b');
    test.send();
    test.withholdAnswer();
    test.answer(0); // UNSUBACK
    test.release('a/+');
    expect(test.send()).to.deep.equal(['-a/+']);
    test.withholdAnswer();
    test.answer(0);
    test.want('a/b'); // a stream that comes now
    expect(test.answer(1)).to.deep.include({ filters: ['a/b'], outdated: ['a/b'] });
    expect(test.send()).to.deep.equal(['+a/b']);
  });

  it('a refusal that comes after a later SUBSCRIBE was granted does not count', () => {
    const test = overtaken();
    expect(test.answer(0x87)).to.deep.include({ outdated: ['a/b'] });
    expect(test.subscriptions.holds('a/b')).to.equal(true);
    expect(test.send()).to.deep.equal([]);
  });

  it('a SUBACK that comes after a later SUBSCRIBE was refused says what the broker holds, also when nobody wants it', () => {
    const test = new TestSubscriptions('ifSessionLost', true);
    test.want('a/b');
    test.send();
    test.want('a/+');
    test.send();
    test.withholdAnswer();
    test.answer(0x80);
    test.answer(1);
    test.release('a/b');
    expect(test.send()).to.deep.equal([]);
    test.answer(1);
    expect(test.send()).to.deep.equal(['-a/b']);
  });

  it('a filter whose UNSUBACK was lost is subscribed again for the stream that has come meanwhile', () => {
    const test = new TestSubscriptions();
    test.hold('a');
    test.release('a');
    expect(test.send()).to.deep.equal(['-a']);
    test.want('a');
    expect(test.send()).to.deep.equal([]);
    test.reconnect('present'); // the broker may have ended it or not
    expect(test.send()).to.deep.equal(['+a']);
  });
});
