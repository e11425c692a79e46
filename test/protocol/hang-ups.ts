import { MqttError } from '../../src/errors.js';
import type { OutgoingPublish } from '../../src/protocol/outbound/outgoing-publish.js';
import { UnsubscribeCall } from '../../src/protocol/subscriptions/unsubscribe-call.js';
import { createFilterSelector, requestFits } from '../../src/protocol/subscriptions/request-fits.js';
import type { Request } from '../../src/protocol/subscriptions/subscription-request.js';
import { TestSession, limits } from './support.js';

export const why = new MqttError(
  'SERVER_DISCONNECTED',
  'the broker ended the connection: implementation specific error (0x83)',
  {
    reasonCode: 0x83,
    reasonString: 'no',
  },
);

/** A name, from `publish bad`, `subscribe bad` and `unsubscribe bad`. */
type Taboo = `${'publish' | 'subscribe' | 'unsubscribe'} ${string}`;

interface Sent {
  readonly taboos: readonly Taboo[];
  readonly answer: () => void;
}

/** A session with both of its halves, and a broker that hangs up at certain packets. */
export class PickyBroker {
  readonly test: TestSession;
  readonly taboos: Set<Taboo>;
  readonly delivered = new Set<string>();
  /** What the broker's session holds. */
  readonly held = new Set<string>();
  /** `bad SUBSCRIBE_REFUSED`, in the order in which it was told. */
  readonly given: string[] = [];
  readonly errors: MqttError[] = [];
  /** Removals that have ended. */
  readonly removed: string[] = [];
  /** Packets of the present connection, as `+a`, `-a` and `a`. */
  packets: string[] = [];
  connections = 0;
  /** So many messages are still to be published, one each time that something may go out. */
  backlog = 0;
  /** Called when a filter is given up. */
  onGivenUp: (error: MqttError) => void = ({ subject, code }) => {
    if (code === 'SUBSCRIBE_REFUSED') this.release(subject!);
  };
  /** The answers to what has come in one step are on their way in the next one, and lost if the broker hangs up in it. */
  slow = false;
  #onTheWay: Sent[] = [];
  #answers: Sent[] = [];

  constructor(
    readonly session: 'present' | 'absent',
    taboos: readonly Taboo[],
    maxDeliveries = 3,
  ) {
    this.taboos = new Set(taboos);
    this.test = new TestSession({
      maxDeliveries,
      onFilterGivenUp: error => {
        this.errors.push(error);
        this.given.push(`${error.subject} ${error.code}`);
        this.onGivenUp(error);
      },
    });
  }

  get subscriptions() {
    return this.test.session.subscriptions;
  }

  want(...filters: string[]): void {
    for (const filter of filters) this.subscriptions.want({ filter, qos: 1 });
  }

  release(filter: string): void {
    this.subscriptions.release(filter);
  }

  remove(...filters: string[]): UnsubscribeCall {
    const removal = new UnsubscribeCall(filters, undefined, error => {
      if (error !== undefined) this.errors.push(error);
      this.removed.push(`${filters.join()} ${error?.code ?? 'done'}`);
    });
    this.subscriptions.unsubscribe(removal);
    return removal;
  }

  begin(): void {
    this.connections++;
    this.packets = [];
    this.#onTheWay = [];
    this.#answers = [];
    if (this.session === 'absent') this.held.clear();
    this.test.connect(this.session);
  }

  /** All that may go out now. */
  send(): void {
    if (this.backlog > 0) this.test.enqueue(`backlog/${this.backlog--}`);
    const { subscriptions } = this;
    const { sender, isolation } = this.test.session;
    const selectFilters = createFilterSelector(limits(), 100);
    for (
      let removal;
      subscriptions.requests < 8 && (removal = subscriptions.takeUnsubscribe(selectFilters)) !== undefined;
    )
      this.#ask(removal);
    for (;;) {
      const { subscribe, identifier, unsubscribe } = subscriptions.takeChanges(
        requestFits(limits(), 100, 8 - subscriptions.requests),
      );
      if (subscribe.length + unsubscribe.length === 0) break;
      if (unsubscribe.length > 0) this.#ask({ kind: 'unsubscribe', filters: unsubscribe });
      if (subscribe.length > 0) this.#ask({ kind: 'subscribe', requests: subscribe, identifier });
    }
    while (!subscriptions.hasChanges && !isolation.holdsMessages) {
      const packet = sender.next();
      if (packet === undefined) return;
      const { topic, packetId } = packet as OutgoingPublish;
      this.packets.push(topic);
      this.#onTheWay.push({
        taboos: [`publish ${topic}`],
        answer: () => {
          this.delivered.add(topic);
          this.test.puback(packetId);
        },
      });
    }
  }

  #ask(request: Request): void {
    const packetId = this.subscriptions.start(request);
    if (request.kind === 'subscribe') {
      const filters = request.requests.map(({ filter }) => filter);
      this.packets.push(filters.map(filter => `+${filter}`).join(' '));
      this.#onTheWay.push({
        taboos: filters.map(filter => `subscribe ${filter}` as const),
        answer: () => {
          for (const filter of filters) this.held.add(filter);
          this.subscriptions.suback({ cmd: 'suback', packetId, reasonCodes: filters.map(() => 1) });
        },
      });
    } else {
      this.packets.push(request.filters.map(filter => `-${filter}`).join(' '));
      this.#onTheWay.push({
        taboos: request.filters.map(filter => `unsubscribe ${filter}` as const),
        answer: () => {
          for (const filter of request.filters) this.held.delete(filter);
          this.subscriptions.unsuback({ cmd: 'unsuback', packetId, reasonCodes: request.filters.map(() => 0) });
        },
      });
    }
  }

  /** How many packets have no answer yet. */
  get onTheWay(): number {
    return this.#onTheWay.length + this.#answers.length;
  }

  /** The broker answers what has come, up to what it hangs up at; false if it does. With `swallow`, so many answers are lost by that. */
  answer(swallow = 0): boolean {
    const came = this.#onTheWay;
    this.#onTheWay = [];
    const end = came.findIndex(({ taboos }) => taboos.some(taboo => this.taboos.has(taboo)));
    const good = end < 0 ? came : came.slice(0, Math.max(0, end - swallow));
    const arrived = this.slow ? this.#answers : good;
    this.#answers = this.slow ? good : [];
    if (end < 0 || !this.slow) for (const { answer } of arrived) answer();
    return end < 0;
  }

  hangUp(): void {
    this.test.session.end({ error: why, unsent: false });
  }

  /** One connection of a broker that answers after 40 ms; true if it holds for a minute. */
  connection(swallow = 0): boolean {
    this.begin();
    for (let idle = 0; idle < 60;) {
      this.send();
      if (this.onTheWay === 0) {
        this.test.now += 1_000;
        idle++;
        continue;
      }
      this.test.now += 40;
      if (!this.answer(swallow)) {
        this.hangUp();
        return false;
      }
    }
    return true;
  }

  /** Until a connection holds. */
  run(swallow = 0, most = 100): void {
    while (!this.connection(swallow)) {
      if (this.connections >= most) throw new Error(`no connection holds: ${JSON.stringify(this.packets)}`);
      this.test.now += 1_000;
    }
  }
}
