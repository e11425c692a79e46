import type {
  AckEvent,
  MqttClient,
  MqttError,
  OutboxEntry,
  OutgoingMessage,
  PublishOptions,
  QoS,
} from '../../src/index.js';
import type { PublishPacket } from '../../src/packets.js';
import type { Random, Simulation } from '../../src/testing/index.js';
import type { BrokerSessions } from './broker-sessions.js';
import type { DurableMessage, DurableRecords } from './durable-records.js';

type PublishEvent = Extract<AckEvent, { kind: 'publish' }>;

/** A message of the program, from its publish() on. */
interface Outgoing {
  readonly id: string;
  readonly topic: string;
  readonly qos: QoS;
  readonly life: number;
  /** ms. From then on it must not be sent for the first time. */
  expiresAt: number;
  /** The codes with which it may settle although it was durable. */
  readonly mayFailWith: Set<string>;
  outcomes: number;
  /** Whether its outcome was an error. */
  hasFailed: boolean;
  /** Whether its subscriber was told while the page was hidden, so that it leaves the store without another outcome. */
  mayEndUnseen: boolean;
  /** Whether it must not be lost any more. */
  isPromised: boolean;
  /** How it has settled; undefined while it has not, and after a crash that has undone this. */
  settled: PublishEvent | undefined;
  /** How often the broker has got it as a new message. */
  arrivals: number;
  lastSession: number;
  /** The connection after which it must not be sent again, because it was discarded. */
  lastConnection: number;
  /** Whether it ended with its process, because the store did not have it. */
  isGone: boolean;
}

export interface OutgoingConfig {
  readonly protocolVersion: 4 | 5;
  readonly storesQos0: boolean;
  readonly evicts: boolean;
  readonly givesUp: boolean;
  readonly republish: 'ifSessionLost' | 'never';
  readonly maxMessages: number;
}

const wordsOf = ({ error, delivery }: PublishEvent): string => error?.code ?? delivery;

const text = ({ payload }: { payload: Uint8Array }): string => new TextDecoder().decode(payload);

/** What the program publishes, compared with what is promised of it. */
export class OutgoingMessages {
  readonly #simulation: Simulation;
  readonly #records: DurableRecords;
  readonly #sessions: BrokerSessions;
  readonly #config: OutgoingConfig;
  readonly #messages = new Map<string, Outgoing>();
  /** The first arrivals of each topic. */
  readonly #order = new Map<string, string[]>();
  /** The QoS 2 identifiers that the broker has from PUBLISH to PUBREL, with their messages. */
  readonly #unreleased = new Map<number, string>();
  #life = 0;
  /** The number of messages that the store had when the client started. */
  #restored = 0;

  constructor(simulation: Simulation, records: DurableRecords, sessions: BrokerSessions, config: OutgoingConfig) {
    this.#simulation = simulation;
    this.#records = records;
    this.#sessions = sessions;
    this.#config = config;
    simulation.broker.packet$.subscribe(({ direction, packet }) => {
      if (direction === 'sent') return;
      if (packet.cmd === 'publish') this.#onPublish(packet);
      if (packet.cmd === 'pubrel') this.#onPubrel(packet.packetId);
    });
  }

  /** The number of messages that have not settled. */
  get unsettled(): number {
    return [...this.#messages.values()].filter(({ settled, isGone }) => settled === undefined && !isGone).length;
  }

  onSessionLost(): void {
    this.#unreleased.clear();
    for (const { qos, mayFailWith } of this.#messages.values())
      if (qos === 2 || this.#config.republish === 'never') mayFailWith.add('SESSION_LOST');
  }

  /**
   * Called when a client starts from what the store has. What the client before did not get durable is undone.
   *
   * @param hasEndedWell - whether the client before has closed, with a store that worked.
   */
  onStart(hasEndedWell: boolean): void {
    this.#life++;
    const stored = this.#records.messages;
    this.#compare(stored, hasEndedWell);
    for (const message of this.#messages.values()) {
      message.mayEndUnseen = false;
      if (message.settled === undefined && !stored.has(message.id)) message.isGone = true;
    }
  }

  /** Called when a client goes on with what the store has. What it could not store goes on, too, unless its subscriber was told otherwise. */
  onShown(hasEndedWell: boolean): void {
    const stored = this.#records.messages;
    this.#compare(stored, hasEndedWell);
    for (const message of this.#messages.values()) {
      if (!message.hasFailed || message.settled !== undefined) continue;
      if (stored.has(message.id)) message.mayEndUnseen = true;
      else message.isGone = true;
    }
  }

  #compare(stored: ReadonlyMap<string, DurableMessage>, hasEndedWell: boolean): void {
    this.#restored = stored.size;
    for (const message of this.#messages.values()) {
      if (stored.has(message.id)) {
        if (hasEndedWell && message.settled !== undefined)
          this.#fail(message, `had settled with ${wordsOf(message.settled)}, and the next client finds it`);
        message.settled = undefined;
        message.isGone = false;
        if (!stored.get(message.id)!.isWithdrawn) message.lastConnection = Infinity;
      } else if (message.settled === undefined && !message.isGone && message.isPromised)
        this.#fail(message, 'was durable, and the next process does not find it');
    }
  }

  watch(client: MqttClient): void {
    client.ack$.subscribe(event => {
      if (event.kind === 'publish' && event.tag !== undefined) this.#onSettled(this.#messages.get(event.tag)!, event);
    });
    client.packet$.subscribe(({ direction, packet }) => {
      if (direction === 'sent' && packet.cmd === 'publish' && !packet.dup) this.#onFirstSent(text(packet));
    });
    const hasWaited = new Set<string>();
    const returning = new Set<string>();
    client.outbox$.subscribe(entries => {
      const now = new Map(entries.map(({ tag, stage }) => [tag!, stage]));
      // what leaves the queue is sent, or with QoS 0 leaves the outbox
      for (const tag of hasWaited) if (now.get(tag) !== 'waiting') returning.add(tag);
      for (const [tag, stage] of now) (stage === 'waiting' ? hasWaited : returning).add(tag);
      const waiting = entries.filter(({ stage }) => stage === 'waiting');
      // what has left the queue returns to it when its session is lost, or of QoS 0 when it has not left the store, and is not refused
      const returned = waiting.filter(({ tag }) => returning.has(tag!));
      this.#checkQueue(waiting.length - returned.length - this.#restored);
      this.#checkQueue(returned.filter(({ qos }) => qos === 0).length);
      if (entries.length > this.unsettled + this.#qos0InFlight(entries))
        this.#simulation.fail(`${entries.length} messages are in the outbox, and ${this.unsettled} have not settled`);
    });
  }

  #checkQueue(count: number): void {
    if (count > this.#config.maxMessages)
      this.#simulation.fail(`${count} messages wait, and the queue takes ${this.#config.maxMessages}`);
  }

  #qos0InFlight(entries: readonly OutboxEntry[]): number {
    return entries.filter(({ qos }) => qos === 0).length;
  }

  publish(
    client: MqttClient,
    n: number,
    qos: QoS,
    random: Random,
    given: PublishOptions & { expires?: true } = {},
  ): void {
    const { expires, ...options } = given;
    const until = random.oneOf(['queued', 'sent', 'acknowledged'] as const);
    const hasExpiry = expires === true && this.#config.protocolVersion === 5;
    const isTemporary = options.timeout !== undefined || expires === true;
    const message = this.#create(n, qos, isTemporary ? 'out/temporary' : 'out/all', [
      ...(hasExpiry ? ['MESSAGE_EXPIRED'] : []),
      ...(options.timeout === undefined ? [] : ['PUBLISH_TIMEOUT', 'DELIVERY_GIVEN_UP']),
    ]);
    if (hasExpiry) message.expiresAt = this.#simulation.now + 1000;
    const { id, topic } = message;
    const properties = hasExpiry ? { properties: { messageExpiryInterval: 1 } } : {};
    client.publish(topic, id, { qos, tag: id, until, ...options, ...properties }).subscribe({
      next: ({ reached }) => this.#onOutcome(message, reached),
      error: (error: unknown) => this.#onOutcome(message, error as MqttError),
    });
  }

  /** Publishes five messages, of which the client takes as many as it may. */
  publishAll(client: MqttClient, n: number, random: Random): void {
    const messageOf = ({ tag }: OutgoingMessage) => this.#messages.get(tag!)!;
    const outgoing = function* (create: (i: number) => Outgoing): Generator<OutgoingMessage> {
      for (let i = 1; i <= 5; i++) {
        const { id, topic, qos } = create(i);
        yield { topic, payload: id, qos, tag: id };
      }
    };
    // what waits for room in the queue is passed by other messages
    const messages = outgoing(i => this.#create(n + 1000 * i, i % 2 === 0 ? 2 : 1, `out/burst-${n}`));
    client.publishAll(messages, { concurrency: random.oneOf([1, 2, 100]) }).subscribe({
      next: outcome =>
        this.#onOutcome(
          messageOf(outcome.message),
          outcome.status === 'published' ? outcome.result.reached : outcome.error,
        ),
      error: () => undefined,
    });
  }

  #create(n: number, qos: QoS, topic: string, mayFailWith: readonly string[] = []): Outgoing {
    const id = `out-${n}`;
    const message: Outgoing = {
      id,
      topic,
      qos,
      life: this.#life,
      expiresAt: Infinity,
      mayFailWith: new Set([
        ...mayFailWith,
        ...(this.#config.evicts ? ['MESSAGE_EVICTED'] : []),
        ...(this.#config.givesUp ? ['DELIVERY_GIVEN_UP'] : []),
      ]),
      outcomes: 0,
      hasFailed: false,
      mayEndUnseen: false,
      isPromised: false,
      settled: undefined,
      arrivals: 0,
      lastSession: 0,
      lastConnection: Infinity,
      isGone: false,
    };
    this.#messages.set(id, message);
    return message;
  }

  /** Takes a message out of the outbox, if there is one. */
  discard(client: MqttClient, random: Random): void {
    let entries: readonly OutboxEntry[] = [];
    client.outbox$.subscribe(now => (entries = now)).unsubscribe();
    if (entries.length === 0) return;
    const entry = random.oneOf(entries);
    const message = this.#messages.get(entry.tag!)!;
    message.mayFailWith.add('MESSAGE_DISCARDED').add('DELIVERY_GIVEN_UP');
    const isDone = client.discard(entry);
    // while the store closes, it keeps what it has
    if (client.connection.status === 'disconnecting' && !isDone) return;
    if (isDone !== ((entry.stage !== 'received' && entry.qos > 0) || entry.stage === 'waiting'))
      this.#fail(message, `discard() returned ${isDone} in stage '${entry.stage}'`);
    if (isDone && entry.stage === 'waiting' && message.settled?.error?.code !== 'MESSAGE_DISCARDED')
      this.#fail(message, 'was discarded, and has not settled');
    if (isDone) message.lastConnection = this.#sessions.connections;
  }

  #onOutcome(message: Outgoing, outcome: string | MqttError): void {
    const isError = typeof outcome !== 'string';
    const words = isError ? outcome.code : outcome;
    if (++message.outcomes > 1) return this.#fail(message, `has a second outcome: ${words}`);
    if (!isError) {
      // QoS 0 is stored only while it waits
      if (outcome !== 'queued' || message.qos === 0) return;
      if (!this.#records.hasEverStored(message.id)) this.#fail(message, 'is queued, but was never durable');
      message.isPromised = true;
      return;
    }
    message.hasFailed = true;
    const { code, delivery } = outcome;
    if (delivery === 'stored') {
      if (!this.#records.messages.has(message.id))
        this.#fail(message, `failed with ${code}, but the store does not have it`);
      message.isPromised ||= message.qos > 0;
    }
    if (delivery === 'rejected' && message.arrivals > 0)
      this.#fail(message, `was rejected with ${code}, but the broker has it`);
    // the store had not taken it when the page was left
    if (code === 'SESSION_LOST' && message.settled === undefined) message.isGone = true;
    // nothing of it was accepted, so that it does not show on ack$
    if (delivery === 'rejected' && message.settled === undefined && !this.#records.messages.has(message.id))
      message.isGone = true;
  }

  #onSettled(message: Outgoing, event: PublishEvent): void {
    const { delivery, error } = event;
    const words = wordsOf(event);
    if (message.settled !== undefined) this.#fail(message, `settled again, with ${words}`);
    message.settled = event;
    if (delivery === 'delivered' && message.qos > 0 && message.arrivals === 0)
      this.#fail(message, 'settled as delivered, but the broker does not have it');
    if (delivery === 'rejected' && message.arrivals > 0)
      this.#fail(message, `settled with ${words}, but the broker has it`);
    if (error === undefined || message.qos === 0) return;
    if (error.code === 'MESSAGE_EXPIRED' && this.#simulation.now < message.expiresAt)
      this.#fail(message, 'expired too early');
    if (message.isPromised && !message.mayFailWith.has(error.code))
      this.#fail(message, `was durable, and failed with ${error.code}`);
  }

  #onFirstSent(id: string): void {
    const message = this.#messages.get(id)!;
    if (this.#simulation.now > message.expiresAt) this.#fail(message, 'was sent after it had expired');
  }

  #onPublish(packet: PublishPacket): void {
    const { qos, packetId = 0, dup } = packet;
    const message = this.#messages.get(text(packet))!;
    const { id, settled } = message;
    const { number, connections, isMistaken } = this.#sessions;
    if (qos > 0 && !this.#records.hasEverSentAs(id, packetId)) this.#fail(message, 'was sent before it was durable');
    if (settled?.delivery === 'rejected')
      this.#fail(message, `was sent, although it had settled with ${settled.error!.code}`);
    if (connections > message.lastConnection) this.#fail(message, 'was sent again after it was discarded');
    if (qos === 2) {
      const other = this.#unreleased.get(packetId);
      if (other === id) return;
      if (other !== undefined && !isMistaken)
        this.#fail(message, `has the packet identifier ${packetId}, which '${other}' still has`);
      this.#unreleased.set(packetId, id);
    }
    message.arrivals++;
    const isNewSession = message.lastSession !== number;
    message.lastSession = number;
    if (message.arrivals === 1) return this.#addToOrder(message);
    if (qos === 0) this.#fail(message, 'of QoS 0 came again');
    if (qos === 1 && !dup && !isNewSession) this.#fail(message, 'of QoS 1 came again without DUP');
    if (qos === 2 && !isMistaken) this.#fail(message, `of QoS 2 came ${message.arrivals} times`);
  }

  #addToOrder({ topic, qos, id }: Outgoing): void {
    // QoS 0 does not wait for the store
    const key = qos === 0 ? `${topic} of QoS 0` : topic;
    const order = this.#order.get(key) ?? [];
    this.#order.set(key, [...order, id]);
  }

  #onPubrel(packetId: number): void {
    const id = this.#unreleased.get(packetId);
    this.#unreleased.delete(packetId);
    const stored = id === undefined ? undefined : this.#records.messages.get(id);
    if (stored?.stage === 'sent' && stored.packetId === packetId)
      this.#simulation.fail(`the PUBREL of '${id}' came before its PUBREC was durable`);
  }

  /** Returns what is wrong in the end. */
  get problems(): string[] {
    const problems: string[] = [];
    const stored = this.#records.messages;
    for (const message of this.#messages.values()) {
      const { id, qos, isPromised, outcomes, settled, life, arrivals, isGone } = message;
      if (message.mayEndUnseen && settled === undefined && !stored.has(id)) continue;
      if (outcomes === 0 && life === this.#life) problems.push(`'${id}' has no outcome`);
      if (isPromised && settled === undefined) problems.push(`'${id}' is promised, and has not settled`);
      if (qos > 0 && settled === undefined && !isGone && !isPromised) problems.push(`'${id}' has not settled`);
      if (isPromised && settled?.delivery === 'delivered' && arrivals === 0) problems.push(`'${id}' is lost`);
    }
    // what connections end at loses its place, by S110
    if (!this.#config.givesUp) for (const [key, ids] of this.#order) problems.push(...this.#disorder(key, ids));
    return problems;
  }

  #disorder(key: string, ids: readonly string[]): string[] {
    const published = [...this.#messages.keys()];
    const order = ids.map(id => published.indexOf(id));
    const isWrong = order.some((at, i) => i > 0 && at < order[i - 1]!);
    return isWrong ? [`${key} is out of order: ${ids.join()}`] : [];
  }

  #fail({ id }: Outgoing, why: string): void {
    this.#simulation.fail(`'${id}' ${why}`);
  }
}
