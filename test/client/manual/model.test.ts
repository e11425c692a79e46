import { expect } from 'chai';
import fc from 'fast-check';
import { type Observable, type Subscription, VirtualTimeScheduler } from 'rxjs';
import { type AckableMessage, type MqttClient, type QoS, mqtt } from '../../../src/index.js';
import { type VirtualBroker, virtualBroker } from '../../../src/testing/index.js';

type Step =
  | { do: 'publish'; qos: 1 | 2 }
  | { do: 'open' | 'close' | 'watch' | 'unwatch' | 'reconnect' | 'cut' }
  | { do: 'ack' | 'leave' | 'reject'; which: number }
  | { do: 'wait'; ms: number };

const which = fc.nat({ max: 6 });
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('publish' as const), qos: fc.constantFrom(1, 2) }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('open', 'close') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('watch', 'unwatch', 'reconnect', 'cut') }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constantFrom('ack', 'leave', 'reject'), which }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(0, 1, 3, 20, 11_000) }) },
);

interface Versions {
  readonly protocolVersion: 5 | 4;
  readonly deliverQos2: 'publish' | 'release';
}

/** A client that answers by hand and its broker on virtual time, and what is true of every message whatever happens. */
class World {
  readonly #scheduler = new VirtualTimeScheduler(undefined, 0);
  readonly #broker: VirtualBroker;
  readonly #client: MqttClient;
  readonly #versions: Versions;
  #published = 0;
  #manual: Subscription | undefined;
  #automatic: Subscription | undefined;
  /** Handed to a stream that answers by hand, and by which numbers it was answered. */
  readonly #handed = new Map<number, AckableMessage[]>();
  readonly #answered = new Set<number>();
  readonly #rejected = new Set<number>();
  readonly #left = new Set<AckableMessage>();
  /** The messages of the packet identifiers, by the QoS. */
  readonly #ids = { 1: new Map<number, number>(), 2: new Map<number, number>() };
  readonly wrong: string[] = [];

  constructor(versions: Versions) {
    this.#versions = versions;
    const scheduler = this.#scheduler;
    this.#broker = virtualBroker({ scheduler, latency: 1 });
    this.#client = mqtt('mqtt://broker', {
      ...versions,
      scheduler,
      transport: this.#broker.transport,
      clean: false,
      clientId: 'me',
      keepalive: 0,
      reconnect: { initial: 5, jitter: 'none' },
      random: () => 0,
      platformSignal$: false,
    });
    this.#client.warning$.subscribe();
    this.#client.packet$.subscribe(({ direction, packet }) => {
      if (direction === 'received') {
        if (packet.cmd === 'publish') this.#ids[packet.qos as 1 | 2].set(packet.packetId!, numberOf(packet));
      } else if (packet.cmd === 'puback') this.#acknowledged(this.#ids[1].get(packet.packetId)!, packet.cmd);
      else if (packet.cmd === (versions.deliverQos2 === 'release' ? 'pubcomp' : 'pubrec')) {
        this.#acknowledged(this.#ids[2].get(packet.packetId)!, packet.cmd);
      }
    });
    // the session has the subscription, whoever is there to hear
    this.#perform({ do: 'open' });
    this.wait(10);
  }

  run(steps: readonly Step[]): void {
    for (const each of steps) this.#perform(each);
  }

  /** Everything that was not answered comes to a stream that answers. */
  settle(): void {
    this.#perform({ do: 'close' });
    this.wait(20_000);
    const stream$ = this.#client.topic$('t', { qos: 2, ack: 'manual' });
    stream$.subscribe(message => {
      this.#hand(message);
      this.#answer(message, 'ack');
    });
    this.wait(1000);
    this.#client.reconnect().subscribe();
    this.wait(20_000);
    const [session] = this.#broker.sessions;
    if (session!.inFlight + session!.queued > 0) this.wrong.push(`${session!.inFlight} are not settled in the end`);
    for (const number of this.#handed.keys()) if (!this.#answered.has(number)) this.wrong.push(`${number} is lost`);
    this.#client.close();
    this.wait(10_000);
  }

  wait(ms: number): void {
    const scheduler = this.#scheduler;
    scheduler.schedule(() => undefined, ms);
    scheduler.maxFrames = scheduler.frame + ms;
    scheduler.flush();
  }

  #perform(given: Step): void {
    const stream$ = this.#client.topic$('t', { qos: 2, ack: 'manual' });
    if (given.do === 'publish') this.#broker.publish('t', String(++this.#published), { qos: given.qos });
    else if (given.do === 'wait') this.wait(given.ms);
    else if (given.do === 'open') this.#manual ??= this.#inOrder(stream$);
    else if (given.do === 'close') {
      this.#manual?.unsubscribe();
      this.#manual = undefined;
    } else if (given.do === 'watch') this.#automatic ??= this.#client.topic$('t', { qos: 2 }).subscribe();
    else if (given.do === 'unwatch') {
      this.#automatic?.unsubscribe();
      this.#automatic = undefined;
    } else if (given.do === 'reconnect') this.#client.reconnect().subscribe();
    else if (given.do === 'cut') this.#broker.cut();
    else if ('which' in given) {
      const open = [...this.#handed.values()].flat().filter(message => !message.stale && !message.acknowledged);
      const message = open[given.which % open.length];
      if (message !== undefined) this.#answer(message, given.do);
    }
  }

  /** A stream is handed the messages of a QoS and connection in the order in which they were published. */
  #inOrder(stream$: Observable<AckableMessage>): Subscription {
    const last: Partial<Record<QoS, number>> = {};
    const connections = this.#client.connection$.subscribe(({ status }) => {
      if (status === 'connected') last[1] = last[2] = 0;
    });
    const subscription = stream$.subscribe(message => {
      const number = this.#hand(message);
      if (number <= (last[message.qos] ?? 0)) this.wrong.push(`${number} came after ${last[message.qos]}`);
      last[message.qos] = number;
    });
    subscription.add(connections);
    return subscription;
  }

  #hand(message: AckableMessage): number {
    const number = numberOf(message);
    const before = this.#handed.get(number) ?? [];
    this.#handed.set(number, [...before, message]);
    // a PUBREC that refuses may be lost with its connection, and then nobody knows of the message any more
    if (message.qos === 2 && this.#answered.has(number) && !this.#rejected.has(number))
      this.wrong.push(`${number} of QoS 2 came after its answer`);
    if (message.qos === 2 && !this.#rejected.has(number) && before.some(each => !each.stale && !this.#left.has(each))) {
      this.wrong.push(`${number} of QoS 2 came again though nobody left it`);
    }
    return number;
  }

  #answer(message: AckableMessage, how: 'ack' | 'reject' | 'leave'): void {
    if (how === 'leave') {
      if (message.leave()) this.#left.add(message);
      return;
    }
    if (how === 'reject') this.#rejected.add(numberOf(message));
    // before it goes out, in the call
    if (!message.stale && !this.#left.has(message)) this.#answered.add(numberOf(message));
    message[how]();
  }

  #acknowledged(number: number, packet: string): void {
    if (!this.#handed.has(number) || this.#answered.has(number)) return;
    this.wrong.push(`${packet} for ${number}, which nobody has answered (${JSON.stringify(this.#versions)})`);
  }
}

const numberOf = ({ payload }: { payload: string | Uint8Array }) =>
  Number(Buffer.from(payload as Uint8Array).toString());

describe('nothing unprocessed is acknowledged: whatever streams, answers and connections do', () => {
  for (const protocolVersion of [5, 4] as const) {
    for (const deliverQos2 of ['publish', 'release'] as const) {
      it(`what is acknowledged was answered, all else comes again, in order: version ${protocolVersion}, QoS 2 on ${deliverQos2} [S80] [S86]`, function () {
        this.timeout(60_000);
        fc.assert(
          fc.property(fc.array(step, { maxLength: 40, size: 'max' }), steps => {
            const world = new World({ protocolVersion, deliverQos2 });
            world.run(steps);
            world.settle();
            expect(world.wrong.join('; ')).to.equal('');
          }),
          { numRuns: 300, seed: 1 },
        );
      });
    }
  }
});
