import { expect } from 'chai';
import { Subscription } from 'rxjs';
import { Multicast } from '../../src/client/multicast.js';

describe('Outlet', () => {
  const listen = (
    outlet: Multicast<number>,
    name: string,
    heard: string[],
    then: (value: number) => void = () => undefined,
  ) =>
    outlet.values$.subscribe({
      next: value => {
        heard.push(`${name}${value}`);
        then(value);
      },
      error: (error: unknown) => heard.push(`${name} ${String(error)}`),
      complete: () => heard.push(`${name}|`),
    });

  it('brings each value to all subscribers, in the order in which they came', () => {
    const outlet = new Multicast<number>();
    const heard: string[] = [];
    outlet.next(0);
    const a = listen(outlet, 'a', heard);
    listen(outlet, 'b', heard);
    outlet.next(1);
    a.unsubscribe();
    outlet.next(2);
    expect(heard).to.deep.equal(['a1', 'b1', 'b2']);
  });

  it('brings a value neither to who comes nor to who goes while it goes out', () => {
    const outlet = new Multicast<number>();
    const heard: string[] = [];
    const others = new Subscription();
    const first = listen(outlet, 'a', heard, value => {
      if (value > 1) return;
      others.unsubscribe();
      first.unsubscribe();
      listen(outlet, 'c', heard);
    });
    others.add(listen(outlet, 'b', heard));
    outlet.next(1);
    outlet.next(2);
    expect(heard).to.deep.equal(['a1', 'c2']);
  });

  it('says whether somebody is subscribed', () => {
    const outlet = new Multicast<number>();
    const a = listen(outlet, 'a', []);
    const b = listen(outlet, 'b', []);
    a.unsubscribe();
    expect(outlet.observed).to.equal(true);
    b.unsubscribe();
    expect(outlet.observed).to.equal(false);
  });

  it('completes and errors all subscribers, and has none afterwards', () => {
    const heard: string[] = [];
    const [completing, erring] = [new Multicast<number>(), new Multicast<number>()];
    for (const name of ['a', 'b']) for (const outlet of [completing, erring]) listen(outlet, name, heard);
    completing.complete();
    erring.error('broken');
    expect(heard).to.deep.equal(['a|', 'b|', 'a broken', 'b broken']);
    expect([completing.observed, erring.observed]).to.deep.equal([false, false]);
  });
});
