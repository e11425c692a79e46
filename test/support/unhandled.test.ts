import { Subject, throwError } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { expectUnhandled } from './unhandled.js';

function throwingSubscriber(): Subject<number> {
  const subject = new Subject<number>();
  subject.subscribe(() => {
    throw new Error('boom in a subscriber');
  });
  return subject;
}

describe('unhandled errors', () => {
  it('can be expected by a part of the message', () => {
    expectUnhandled('boom');
    throwingSubscriber().next(1);
  });

  it('can be expected by identity, also of an error that nobody handles', () => {
    const error = new Error('nobody');
    expectUnhandled(error);
    throwError(() => error).subscribe();
  });

  it('are seen in a test with a callback', done => {
    expectUnhandled(/^boom/);
    throwingSubscriber().next(1);
    done();
  });

  it('are seen in virtual time', () => {
    expectUnhandled('boom');
    new TestScheduler(() => undefined).run(({ cold }) => {
      cold('-a').subscribe(() => {
        throw new Error('boom');
      });
    });
  });
});
