import { expect } from 'chai';
import { LateSubject } from '../../src/client/streams/late-subject.js';

describe('LateSubject', () => {
  it('emits to all subscribers what comes after they have subscribed', () => {
    const subject = new LateSubject<number>();
    const heard: string[] = [];
    subject.next(0);
    subject.values$.subscribe(value => heard.push(`a${value}`));
    subject.next(1);
    const b = subject.values$.subscribe(value => heard.push(`b${value}`));
    subject.next(2);
    b.unsubscribe();
    subject.next(3);
    expect(heard).to.deep.equal(['a1', 'a2', 'b2', 'a3']);
  });

  it('has the same Observable each time, so that users can compare it', () => {
    const subject = new LateSubject<number>();
    expect(subject.values$).to.equal(subject.values$);
  });

  it('is observed while it has a subscriber', () => {
    const subject = new LateSubject<number>();
    expect(subject.observed).to.equal(false);
    const subscription = subject.values$.subscribe();
    expect(subject.observed).to.equal(true);
    subscription.unsubscribe();
    expect(subject.observed).to.equal(false);
  });
});
