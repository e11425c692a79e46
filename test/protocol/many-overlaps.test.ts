import { expect } from 'chai';
import { PacketIds } from '../../src/protocol/packet-ids.js';
import { subscriptionsWith } from './support.js';

type Method = (...args: unknown[]) => unknown;

/** Calls of Maps and Sets while `run` runs: that is what looking up filters is made of. */
function work(run: () => void): number {
  let calls = 0;
  const methods = [Map.prototype, Set.prototype].flatMap(prototype =>
    (['get', 'has', 'set', 'add', 'delete', Symbol.iterator, 'values'] as const).flatMap(name => {
      const owner = prototype as unknown as Record<PropertyKey, Method | undefined>;
      const original = owner[name];
      if (original === undefined) return [];
      owner[name] = function (this: unknown, ...args: unknown[]) {
        calls++;
        const answer = original.apply(this, args);
        const iterator = answer as { next?: Method };
        if (typeof iterator?.next !== 'function') return answer;
        const next = iterator.next.bind(answer);
        return Object.assign(iterator, { next: () => (calls++, next()) });
      };
      return [() => (owner[name] = original)];
    }),
  );
  try {
    run();
  } finally {
    for (const restore of methods) restore();
  }
  return calls;
}

/** All of `i/#` overlap all of `+/x/i`. */
const crossing = (count: number) => Array.from({ length: count }, (_, i) => [`${i}/#`, `+/x/${i}`]).flat();
/** None of them overlaps another, but it takes a look at the names to tell. */
const apart = (count: number) => Array.from({ length: count }, (_, i) => [`${i}/y/z`, `+/x/${i}`]).flat();

/** Subscribes to the filters in one turn, has them granted, and then to one that overlaps half of them. */
function subscribe(filters: readonly string[]): string[] {
  const subscriptions = subscriptionsWith(new PacketIds());
  subscriptions.begin(false, 'ifSessionLost', () => true);
  const packets: string[] = [];
  const send = () => {
    for (;;) {
      const { subscribe: requests, identifier } = subscriptions.takeChanges();
      if (requests.length === 0) return;
      const packetId = subscriptions.start({ kind: 'subscribe', requests, identifier });
      packets.push(`#${identifier} ${requests.length}`);
      subscriptions.suback({ cmd: 'suback', packetId, reasonCodes: requests.map(() => 1) });
    }
  };
  for (const filter of filters) subscriptions.want({ filter, qos: 1 });
  send();
  subscriptions.want({ filter: '+/#', qos: 1 });
  send();
  subscriptions.end();
  subscriptions.begin(true, 'ifSessionLost', () => true);
  send();
  for (const filter of filters) subscriptions.release(filter);
  return packets;
}

describe('thousands of filters that overlap', () => {
  it('have an identifier for each form, and are subscribed in a packet each', () => {
    expect(subscribe(crossing(1000))).to.deep.equal(['#1 1000', '#2 1000', '#3 1']);
    expect(subscribe(apart(1000))).to.deep.equal(['#undefined 2000', '#2 1000', '#3 1000', '#1 1']);
  });

  for (const [title, filters] of [
    ['all of one half overlap all of the other', crossing],
    ['none overlaps another', apart],
  ] as const) {
    it(`twice as many are twice the work, where ${title}`, () => {
      const [few, many] = [500, 1000].map(count => work(() => subscribe(filters(count))));
      expect(many! / few!).to.be.within(1.5, 2.5);
    });
  }
});
