import { expect } from 'chai';
import { Subscription, type TeardownLogic, mergeMap, of, take } from 'rxjs';
import { Unicast } from '../../src/client/streams/unicast.js';

describe('Unicast', () => {
  const listen = (unicast: Unicast<number>, name: string, heard: string[]) =>
    unicast.subscribe(value => heard.push(`${name}${value}`));

  /** An observer that is unsubscribed with `lifetime`, as a flow is with its subscriber. */
  const attachedTo = (lifetime: Subscription, next: (value: number) => void) => ({
    get closed() {
      return lifetime.closed;
    },
    add: (teardown: TeardownLogic) => lifetime.add(teardown),
    next,
  });

  it('emits each value to its subscriber, and none while it has no subscriber', () => {
    const unicast = new Unicast<number>();
    const heard: string[] = [];
    unicast.next(0);
    listen(unicast, 'a', heard);
    unicast.next(1);
    unicast.next(2);
    expect(heard).to.deep.equal(['a1', 'a2']);
  });

  it('emits to the last subscriber only', () => {
    const unicast = new Unicast<number>();
    const heard: string[] = [];
    listen(unicast, 'a', heard);
    listen(unicast, 'b', heard);
    unicast.next(1);
    expect(heard).to.deep.equal(['b1']);
  });

  it('emits nothing to a subscriber that has unsubscribed, even during an emission', () => {
    const unicast = new Unicast<number>();
    const heard: number[] = [];
    const subscription = unicast.subscribe(value => {
      heard.push(value);
      subscription.unsubscribe();
    });
    expect(unicast.observed).to.equal(true);
    unicast.next(1);
    unicast.next(2);
    expect(heard).to.deep.equal([1]);
    expect(unicast.observed).to.equal(false);
  });

  it('has no subscriber once an operator has unsubscribed, which keeps no subscription', () => {
    const unicast = new Unicast<number>();
    const heard: number[] = [];
    const merged$ = of('any').pipe(
      mergeMap(() => unicast),
      take(1),
    );
    merged$.subscribe(value => heard.push(value));
    unicast.next(1);
    expect(unicast.observed).to.equal(false);
    unicast.next(2);
    expect(heard).to.deep.equal([1]);
  });

  it('keeps the later observer when an earlier one unsubscribes', () => {
    const unicast = new Unicast<number>();
    const heard: string[] = [];
    const first = listen(unicast, 'a', heard);
    listen(unicast, 'b', heard);
    first.unsubscribe();
    unicast.next(1);
    expect(heard).to.deep.equal(['b1']);
  });

  it('keeps no subscription for an observer that is unsubscribed with something else', () => {
    const unicast = new Unicast<number>();
    const heard: number[] = [];
    const lifetime = new Subscription();
    expect(unicast.subscribe(attachedTo(lifetime, value => heard.push(value)))).to.equal(Subscription.EMPTY);
    unicast.next(1);
    lifetime.unsubscribe();
    unicast.next(2);
    expect(heard).to.deep.equal([1]);
    expect(unicast.observed).to.equal(false);
  });

  it('keeps the later observer when one that is unsubscribed with something else is', () => {
    const unicast = new Unicast<number>();
    const heard: string[] = [];
    const lifetime = new Subscription();
    unicast.subscribe(attachedTo(lifetime, value => heard.push(`a${value}`)));
    listen(unicast, 'b', heard);
    lifetime.unsubscribe();
    unicast.next(1);
    expect(heard).to.deep.equal(['b1']);
  });
});
