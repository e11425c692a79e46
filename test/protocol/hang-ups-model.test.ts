import { expect } from 'chai';
import fc from 'fast-check';
import { PickyBroker } from './hang-ups.js';

/** What happens in the middle of things. The number tells which of the names it is about. */
type Step = readonly [
  what: 'publish' | 'want' | 'release' | 'remove' | 'send' | 'answer' | 'hangUp' | 'outage' | 'cut',
  n: number,
];

const good = ['a', 'b', 'c', 'd'];
const bad = ['x', 'y'];
const names = [...good, ...bad];

const step: fc.Arbitrary<Step> = fc.tuple(
  fc.constantFrom(
    'publish',
    'want',
    'release',
    'remove',
    'send',
    'send',
    'answer',
    'answer',
    'hangUp',
    'outage',
    'cut',
  ),
  fc.nat(names.length - 1),
);

const taboos = fc.uniqueArray(
  fc.constantFrom(...bad.flatMap(name => [`publish ${name}`, `subscribe ${name}`, `unsubscribe ${name}`] as const)),
);

/** A client of the picky broker, with the account of what was asked of it. */
class Client extends PickyBroker {
  readonly streams = new Map<string, number>();
  published = 0;
  removals = 0;
  open = false;

  override onGivenUp = ({ subject, code }: { subject?: string | undefined; code: string }): void => {
    if (code !== 'SUBSCRIBE_REFUSED') return;
    for (let n = this.streams.get(subject!)!; n > 0; n--) this.release(subject!);
    this.streams.delete(subject!);
  };

  do([what, n]: Step): void {
    const name = names[n]!;
    const streams = this.streams.get(name) ?? 0;
    this.test.now += 10;
    switch (what) {
      case 'publish':
        this.published++;
        this.test.enqueue(name);
        return;
      case 'want':
        this.streams.set(name, streams + 1);
        return this.want(name);
      case 'release':
        if (streams === 0) return;
        this.streams.set(name, streams - 1);
        return this.release(name);
      case 'remove':
        if (streams > 0) return;
        this.removals++;
        this.remove(name);
        return;
      case 'send':
        return this.reopen();
      case 'answer':
        this.reopen();
        if (!this.answer(n)) this.end();
        return;
      case 'hangUp':
        return this.end();
      case 'outage':
        this.end();
        return this.test.session.isolation.markUnreachable();
      case 'cut':
        this.open = false;
        return this.test.cut();
    }
  }

  reopen(): void {
    if (!this.open) this.begin();
    this.open = true;
    this.send();
  }

  end(): void {
    if (this.open) this.hangUp();
    this.open = false;
  }
}

describe('hang-ups: whatever is asked for, and whatever the broker hangs up at', () => {
  it('nothing is starved, and nothing is given up but what the broker hangs up at [S93] [S94] [S97]', () => {
    const run = fc.property(
      fc.constantFrom('present' as const, 'absent' as const),
      fc.constantFrom(1, 2, 3, 5),
      taboos,
      fc.array(step, { maxLength: 60 }),
      fc.record({ swallow: fc.nat(3), slow: fc.boolean(), backlog: fc.nat(20) }),
      (session, maxDeliveries, forbidden, steps, { swallow, slow, backlog }) => {
        const client = new Client(session, forbidden, maxDeliveries);
        for (const each of steps) client.do(each);
        client.test.cut();
        Object.assign(client, { slow, backlog });
        client.run(swallow, 200);

        const isForbidden = (taboo: string) => (forbidden as string[]).includes(taboo);
        for (const each of client.given) {
          const [name, code] = each.split(' ');
          const kind = code === 'SUBSCRIBE_REFUSED' ? 'subscribe' : 'unsubscribe';
          expect(isForbidden(`${kind} ${name}`), each).to.equal(true);
        }
        for (const each of client.removed) {
          const [name, outcome] = each.split(' ');
          if (outcome === 'UNSUBSCRIBE_REFUSED') expect(isForbidden(`unsubscribe ${name}`), each).to.equal(true);
          else expect(outcome).to.be.oneOf(['done', 'SUBSCRIPTION_CONFLICT']);
        }
        expect(client.removed.length).to.equal(client.removals);
        // all that was published has an end, and the good has arrived
        expect(client.test.settled.length).to.equal(client.published + backlog);
        for (const { message, error } of client.test.settlements)
          expect(error?.code, message.topic).to.equal(
            isForbidden(`publish ${message.topic}`) ? 'DELIVERY_GIVEN_UP' : undefined,
          );
        for (const [name, streams] of client.streams) {
          const isHeld = client.held.has(name);
          if (streams > 0) expect(isHeld, name).to.equal(true);
          else if (!isForbidden(`unsubscribe ${name}`)) expect(isHeld, `${name} is over`).to.equal(false);
        }
        expect(client.test.session.snapshot()).to.include({ queued: 0, inFlight: 0, packetIdsInUse: 0, requests: 0 });
        expect(client.test.session.isolation.isActive).to.equal(false);
      },
    );
    fc.assert(run, { numRuns: 500 });
  });
});
