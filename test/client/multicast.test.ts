import { expect } from 'chai';
import { Subscription } from 'rxjs';
import { Multicast } from '../../src/client/streams/multicast.js';

describe('Multicast', () => {
  const listen = (
    multicast: Multicast<number>,
    name: string,
    heard: string[],
    then: (value: number) => void = () => undefined,
  ) =>
    multicast.values$.subscribe({
      next: value => {
        heard.push(`${name}${value}`);
        then(value);
      },
      error: (error: unknown) => heard.push(`${name} ${String(error)}`),
      complete: () => heard.push(`${name}|`),
    });

  it('brings each value to all subscribers, in the order in which they came', () => {
    const multicast = new Multicast<number>();
    const heard: string[] = [];
    multicast.next(0);
    const a = listen(multicast, 'a', heard);
    listen(multicast, 'b', heard);
    multicast.next(1);
    a.unsubscribe();
    multicast.next(2);
    expect(heard).to.deep.equal(['a1', 'b1', 'b2']);
  });

  it('brings a value neither to who comes nor to who goes while it goes out', () => {
    const multicast = new Multicast<number>();
    const heard: string[] = [];
    const others = new Subscription();
    const first = listen(multicast, 'a', heard, value => {
      if (value > 1) return;
      others.unsubscribe();
      first.unsubscribe();
      listen(multicast, 'c', heard);
    });
    others.add(listen(multicast, 'b', heard));
    multicast.next(1);
    multicast.next(2);
    expect(heard).to.deep.equal(['a1', 'c2']);
  });

  it('says whether somebody is subscribed', () => {
    const multicast = new Multicast<number>();
    const a = listen(multicast, 'a', []);
    const b = listen(multicast, 'b', []);
    a.unsubscribe();
    expect(multicast.observed).to.equal(true);
    b.unsubscribe();
    expect(multicast.observed).to.equal(false);
  });

  it('completes and errors all subscribers, and has none afterwards', () => {
    const heard: string[] = [];
    const [completing, erring] = [new Multicast<number>(), new Multicast<number>()];
    for (const name of ['a', 'b']) for (const multicast of [completing, erring]) listen(multicast, name, heard);
    completing.complete();
    erring.error('broken');
    expect(heard).to.deep.equal(['a|', 'b|', 'a broken', 'b broken']);
    expect([completing.observed, erring.observed]).to.deep.equal([false, false]);
  });
});
