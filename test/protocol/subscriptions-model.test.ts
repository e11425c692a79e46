import { expect } from 'chai';
import type { QoS } from '../../src/message.js';
import { PacketIds } from '../../src/protocol/packet-ids.js';
import { isFailure } from '../../src/protocol/reason-codes.js';
import { UnsubscribeCall } from '../../src/protocol/subscriptions/unsubscribe-call.js';
import { createFilterSelector } from '../../src/protocol/subscriptions/request-fits.js';
import type { Request } from '../../src/protocol/subscriptions/subscription-request.js';
import type { Subscriptions } from '../../src/protocol/subscriptions/subscriptions.js';
import { FilterSet } from '../../src/protocol/topics/filter-set.js';
import { seeded } from '../broker/seeded.js';
import { type Resubscribe, limits, subscriptionsWith } from './support.js';

const filters = ['a/b', 'a/+', 'a/#', '+/b', '#', 'x', '$share/g/a/b', '$queue/a/b', 'zero/a', 'zero/#'];
const selectFilters = createFilterSelector(limits(), 2);
const qosOf = (filter: string): QoS => (filter.startsWith('zero') ? 0 : 1);

interface Answer {
  readonly request: Request;
  readonly packetId: number;
  readonly reasonCodes: number[];
}

/**
 * The streams of a client, and a broker that handles requests in the order in which they were sent; as chance will have it, it
 * refuses some, its answers come in any order or never, and of a session that it calls present it has dropped QoS 0.
 */
class Model {
  readonly #chance: () => number;
  readonly #resubscribe: Resubscribe;
  readonly ids = new PacketIds();
  readonly subscriptions: Subscriptions;
  /** How many streams want each filter. */
  readonly wanted = new Map<string, number>();
  /** What the broker holds, with its identifier. */
  readonly held = new Map<string, number | undefined>();
  /** Filters that the broker has refused to end on this connection: the client does not insist. */
  readonly #stubborn = new Set<string>();
  #up: { readonly request: Request; readonly packetId: number }[] = [];
  #down: Answer[] = [];
  removals = 0;

  constructor(seed: number, resubscribe: Resubscribe) {
    this.#chance = seeded(seed);
    this.#resubscribe = resubscribe;
    this.subscriptions = subscriptionsWith(this.ids, this.#chance);
    this.#connect(false);
  }

  step(): void {
    const filter = this.#one(filters);
    const step = this.#chance();
    if (step < 0.2) this.#want(filter);
    else if (step < 0.35) this.#release(filter);
    else if (step < 0.38) this.#remove([filter, this.#one(filters), this.#one(filters)]);
    else if (step < 0.55) this.#send();
    else if (step < 0.75) this.#serve(0.1);
    else if (step < 0.97) this.#deliver();
    else this.#cut();
  }

  /** Until nothing is on its way; nothing is refused any more. */
  settle(): void {
    for (;;) {
      this.#send();
      if (this.#up.length + this.#down.length === 0) return;
      while (this.#up.length > 0) this.#serve(0);
      while (this.#down.length > 0) this.#deliver();
    }
  }

  check(): void {
    const wanted = [...this.wanted.keys()];
    for (const filter of wanted) {
      expect(this.held.has(filter), `${filter} is subscribed`).to.equal(true);
      expect(this.subscriptions.holds(filter), `${filter} is known to be`).to.equal(true);
      expect(this.subscriptions.grantOf(filter)?.reasonCode, `${filter} is granted`).to.equal(qosOf(filter));
    }
    const left = [...this.held.keys()].filter(filter => !this.wanted.has(filter) && !this.#stubborn.has(filter));
    expect(left, 'left behind').to.deep.equal([]);
    expect(this.ids.inUse, 'packet identifiers in use').to.equal(0);
    expect(this.removals, 'removals without an end').to.equal(0);
    const set = new FilterSet();
    for (const filter of wanted) set.add(filter);
    for (const filter of wanted) {
      for (const other of set.overlapping(filter)) {
        const [one, two] = [this.held.get(filter), this.held.get(other)];
        expect(one !== undefined && two !== undefined && one !== two, `${filter} #${one}, ${other} #${two}`).to.equal(
          true,
        );
      }
    }
  }

  #one<T>(of: readonly T[]): T {
    return of[Math.floor(this.#chance() * of.length)]!;
  }

  #want(filter: string): void {
    this.subscriptions.want({ filter, qos: qosOf(filter) });
    this.wanted.set(filter, (this.wanted.get(filter) ?? 0) + 1);
    this.#stubborn.delete(filter);
  }

  #release(filter: string): void {
    const count = this.wanted.get(filter) ?? 0;
    this.subscriptions.release(filter);
    if (count > 1) this.wanted.set(filter, count - 1);
    else this.wanted.delete(filter);
  }

  #remove(some: readonly string[]): void {
    if (some.some(filter => this.wanted.has(filter))) return;
    this.removals++;
    this.subscriptions.unsubscribe(new UnsubscribeCall(some, undefined, () => this.removals--));
  }

  #send(): void {
    for (let request; (request = this.subscriptions.takeUnsubscribe(selectFilters)) !== undefined;)
      this.#start(request);
    for (;;) {
      const { subscribe: requests, identifier, unsubscribe } = this.subscriptions.takeChanges();
      if (requests.length + unsubscribe.length === 0) return;
      if (unsubscribe.length > 0) this.#start({ kind: 'unsubscribe', filters: unsubscribe });
      if (requests.length > 0) this.#start({ kind: 'subscribe', requests, identifier });
    }
  }

  #start(request: Request): void {
    this.#up.push({ request, packetId: this.subscriptions.start(request) });
  }

  /** The broker handles one request. */
  #serve(refusing: number): void {
    const next = this.#up.shift();
    if (next === undefined) return;
    const { request } = next;
    const each = request.kind === 'subscribe' ? request.requests.map(({ filter }) => filter) : request.filters;
    const reasonCodes = each.map(filter => {
      if (this.#chance() < refusing) {
        if (request.kind === 'unsubscribe') this.#stubborn.add(filter);
        return 0x80;
      }
      if (request.kind === 'unsubscribe') return this.held.delete(filter) ? 0 : 0x11;
      this.held.set(filter, request.identifier);
      return qosOf(filter);
    });
    this.#down.push({ ...next, reasonCodes });
  }

  /** Any of the answers arrives. A refusal ends the streams of its filter, as in a client. */
  #deliver(): void {
    if (this.#down.length === 0) return;
    const [answer] = this.#down.splice(Math.floor(this.#chance() * this.#down.length), 1);
    const { request, packetId, reasonCodes } = answer!;
    if (request.kind === 'unsubscribe') {
      this.subscriptions.unsuback({ cmd: 'unsuback', packetId, reasonCodes });
      return;
    }
    const { filters: named, outdated = [] } = this.subscriptions.suback({ cmd: 'suback', packetId, reasonCodes })!;
    named.forEach((filter, i) => {
      if (!isFailure(reasonCodes[i]) || outdated.includes(filter)) return;
      while (this.wanted.has(filter)) this.#release(filter);
    });
  }

  /** The connection is lost, with some of what was on its way. */
  #cut(): void {
    while (this.#chance() < 0.5) this.#serve(0.1);
    this.#up = [];
    this.#down = [];
    this.subscriptions.end();
    expect(this.ids.inUse).to.equal(0);
    this.#connect(this.#chance() < 0.7);
  }

  #connect(sessionPresent: boolean): void {
    for (const filter of [...this.held.keys()]) if (!sessionPresent || qosOf(filter) === 0) this.held.delete(filter);
    this.#stubborn.clear();
    this.subscriptions.begin(sessionPresent, this.#resubscribe, () => true);
  }
}

describe('subscriptions, with answers that are withheld, reordered and lost', () => {
  for (const resubscribe of ['ifSessionLost', 'always'] satisfies Resubscribe[]) {
    it(`end with what is wanted at the broker, and nothing else (resubscribe: ${resubscribe})`, () => {
      for (let seed = 0; seed < 400; seed++) {
        const model = new Model(seed, resubscribe);
        try {
          for (let i = 0; i < 150; i++) model.step();
          model.settle();
          model.check();
        } catch (error) {
          throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
        }
      }
    });
  }
});
