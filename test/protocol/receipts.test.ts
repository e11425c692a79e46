import { expect } from 'chai';
import { receive, publish2, TestReceiving } from './inbound.js';

describe('the receipt of a QoS 2 message', () => {
  it('may change at any moment from the delivery until the exchange is over, also while the message is delivered again [S207]', () => {
    const test = new TestReceiving();
    const receipt = () => test.session.receiptOf(1);
    test.manual2(1).giveUp();
    expect(receipt()).to.equal('open');
    test.reconnect();
    expect(receipt()).to.equal('open');
    const again = test.manual2(1);
    expect(receipt()).to.equal('open');
    again.settle(0);
    expect(receipt()).to.equal('delivered');
    test.pubrel(1);
    expect(receipt()).to.equal('none');
  });

  it('may also change from the delivery with PUBREL on [S207]', () => {
    const test = new TestReceiving();
    test.released(1).giveUp();
    expect(test.session.receiptOf(1)).to.equal('open');
    test.reconnect();
    expect(test.session.receiptOf(1)).to.equal('open');
    test.pubrel(1);
    expect(test.session.receiptOf(1)).to.equal('none');
  });

  it('is the message if it was left with its PUBLISH, and is held for its PUBREL on the next connection', () => {
    const test = new TestReceiving();
    test.manual2(1).giveUp();
    test.reconnect();
    receive(test.session, publish2(1, { topic: 'again' }), { deliverQos2: 'release' });
    expect(test.session.receiptOf(1)).to.include({ topic: 'again' });
  });

  it('counts when it is stored after the connection was lost: the message is not delivered again [S176]', () => {
    const test = new TestReceiving();
    const [published, released] = [test.manual2(1), test.released(2)];
    for (const ticket of [published, released]) ticket.giveUp();
    test.reconnect();
    for (const { inbound } of [published, released]) test.session.adoptReceipt(inbound);
    expect([test.auto2(1), test.pubrel(2)]).to.deep.equal([false, false]);
    expect(test.out).to.deep.equal(['PUBREC #1', 'PUBCOMP #2']);
  });

  it('says nothing of another message with the same identifier [S207]', () => {
    for (const session of ['present', 'absent'] as const) {
      const test = new TestReceiving();
      const old = test.manual2(1);
      old.giveUp();
      test.reconnect(session);
      if (session === 'present') {
        test.auto2(1);
        test.pubrel(1);
      }
      test.session.adoptReceipt(old.inbound);
      const ticket = test.manual2(1);
      test.session.adoptReceipt(old.inbound);
      expect(test.session.receiptOf(1)).to.equal('open');
      expect(ticket.inbound.isStored).to.equal(false);
    }
  });
});
