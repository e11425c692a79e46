import { expect } from 'chai';
import { Subject, filter, firstValueFrom } from 'rxjs';
import { type MqttClient, type MqttMessage, MqttError, received } from '../../src/index.js';
import { type Random, between, oneOf } from './schedule.js';

type Qos = 1 | 2;

/** What came, by topic, in the order of arrival. */
export class Inbox {
  readonly #came = new Map<string, number[]>();
  readonly #mistakes: BrokerMistakes;
  #arrived = () => {};

  private constructor(client: MqttClient) {
    this.#mistakes = new BrokerMistakes(client);
  }

  /** Subscribes, and waits until the broker has taken it. */
  static async of(client: MqttClient, topicFilter: string): Promise<Inbox> {
    const inbox = new Inbox(client);
    const granted = firstValueFrom(
      client.ack$.pipe(filter(ack => ack.kind === 'subscribe' && ack.filters.includes(topicFilter))),
    );
    client.topic$(topicFilter, { qos: 2 }).subscribe(message => inbox.#take(message));
    await granted;
    return inbox;
  }

  of(topic: string): readonly number[] {
    return this.#came.get(topic) ?? [];
  }

  /** Resolves as soon as this number has come on each of the topics. */
  until(wanted: ReadonlyMap<string, number>): Promise<void> {
    return this.#until(() => [...wanted].every(([topic, number]) => this.of(topic).includes(number)));
  }

  /** Resolves as soon as all have come, in whatever order. */
  untilAll(producer: Producer): Promise<void> {
    return this.#until(() => producer.topics.every(topic => this.missing(producer, topic).length === 0));
  }

  missing(producer: Producer, topic: string): readonly number[] {
    const came = new Set(this.of(topic));
    return Array.from({ length: producer.count(topic) }, (_, i) => i).filter(i => !came.has(i));
  }

  async #until(complete: () => boolean): Promise<void> {
    while (!complete()) await new Promise<void>(resolve => (this.#arrived = resolve));
  }

  #take(message: MqttMessage): void {
    const numbers = this.#came.get(message.topic) ?? [];
    this.#came.set(message.topic, numbers);
    const number = Number.parseInt(message.text(), 10);
    if (numbers.includes(number) && this.#mistakes.forgive(message)) return;
    numbers.push(number);
    this.#arrived();
  }
}

/**
 * mosquitto 2.0.11 sends a QoS 2 PUBLISH once more after it has sent its PUBREL, which [MQTT-4.3.3] forbids
 * and no receiver can tell from a new message: where two connections in a row are lost before that PUBREL could go out again.
 */
export class BrokerMistakes {
  readonly #open = new Map<number, string>();
  readonly #released = new Map<number, string>();
  readonly #doubled: string[] = [];

  constructor(client: MqttClient) {
    client.packet$.pipe(received('publish')).subscribe(({ qos, packetId, topic, payload }) => {
      if (qos !== 2 || packetId === undefined) return;
      const content = `${packetId} ${topic} ${new TextDecoder().decode(payload)}`;
      this.#open.set(packetId, content);
      if (this.#released.get(packetId) === content) this.#doubled.push(content);
      this.#released.delete(packetId);
    });
    client.packet$.pipe(received('pubrel')).subscribe(({ packetId }) => {
      const content = this.#open.get(packetId);
      if (content !== undefined) this.#released.set(packetId, content);
    });
  }

  /** Whether this delivery is one of them; each counts once. */
  forgive({ packetId, topic, payload }: Pick<MqttMessage, 'packetId' | 'topic' | 'payload'>): boolean {
    const at = this.#doubled.indexOf(`${packetId} ${topic} ${new TextDecoder().decode(payload)}`);
    if (at >= 0) this.#doubled.splice(at, 1);
    return at >= 0;
  }
}

/** Publishes numbered messages at QoS 1 and 2, each QoS with its own topic and its own numbers. */
export class Producer {
  readonly #client: MqttClient;
  readonly #random: Random;
  readonly #topics: Readonly<Record<Qos, string>>;
  readonly #next = new Map<string, number>();
  readonly #settled$ = new Subject<void>();
  /** The numbers of each topic that the broker acknowledged, and why it did not the others. */
  readonly delivered = new Map<string, number[]>();
  readonly failed: string[] = [];
  published = 0;

  constructor(client: MqttClient, topic: string, random: Random) {
    this.#client = client;
    this.#random = random;
    this.#topics = { 1: `${topic}/1`, 2: `${topic}/2` };
    for (const name of Object.values(this.#topics)) this.#next.set(name, 0);
  }

  get topics(): readonly string[] {
    return Object.values(this.#topics);
  }

  /** How many have been published on a topic. */
  count(topic: string): number {
    return this.#next.get(topic)!;
  }

  get settled(): number {
    return this.failed.length + [...this.delivered.values()].reduce((sum, { length }) => sum + length, 0);
  }

  nextSettlement(): Promise<void> {
    return firstValueFrom(this.#settled$);
  }

  /** Bursts, each of which has been settled before the next one, until `enough`. */
  async run(enough: () => boolean): Promise<void> {
    while (!enough()) await this.burst();
  }

  private async burst(): Promise<void> {
    const size = between(this.#random, 1, 20);
    await Promise.all(Array.from({ length: size }, () => this.publish(oneOf(this.#random, [1, 2]))));
  }

  /** Settles when the message does, and never rejects. */
  async publish(qos: Qos): Promise<void> {
    const topic = this.#topics[qos];
    const number = this.#next.get(topic)!;
    this.#next.set(topic, number + 1);
    this.published++;
    const payload = `${number} ${'.'.repeat(between(this.#random, 0, 80))}`;
    try {
      await firstValueFrom(this.#client.publish(topic, payload, { qos }));
      this.delivered.set(topic, [...(this.delivered.get(topic) ?? []), number]);
    } catch (error) {
      this.failed.push(`${topic} ${number}: ${MqttError.is(error) ? error.code : String(error)}`);
    }
    this.#settled$.next();
  }
}

/** 0 lost, 0 doubled at QoS 2, all settled; QoS 1 may come again. */
export function expectAll(inbox: Inbox, producer: Producer): void {
  expect(producer.failed, 'publishes that failed').to.deep.equal([]);
  expect(producer.settled, 'publishes that settled').to.equal(producer.published);
  for (const topic of producer.topics) {
    const came = inbox.of(topic);
    const all = Array.from({ length: producer.count(topic) }, (_, i) => i);
    expect(rising(topic.endsWith('/1') ? [...new Set(came)] : came), topic).to.deep.equal(all);
  }
}

/** In the order of publishing, when each message counts where it came first. */
export function expectInOrder(inbox: Inbox, topics: readonly string[]): void {
  for (const topic of topics) {
    const came = [...new Set(inbox.of(topic))];
    expect(came, topic).to.deep.equal(rising(came));
  }
}

const rising = (numbers: readonly number[]): number[] => [...numbers].sort((a, b) => a - b);

/** One more message on each topic, and the numbers of these: what was before them is through when they are. */
export async function lastOf(producers: readonly Producer[]): Promise<ReadonlyMap<string, number>> {
  await Promise.all(producers.flatMap(producer => [producer.publish(1), producer.publish(2)]));
  return new Map(
    producers.flatMap(producer => producer.topics.map(topic => [topic, producer.count(topic) - 1] as const)),
  );
}
