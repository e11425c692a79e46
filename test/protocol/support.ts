import { expect } from 'chai';
import { MqttError, type MqttErrorCode } from '../../src/errors.js';
import type { PublishProperties, QoS } from '../../src/message.js';
import type {
  ConnackPacket,
  ConnectPacket,
  PublishPacket,
  PubrelPacket,
  SubscriptionRequest,
  PublishAck,
} from '../../src/packets.js';
import { Isolation } from '../../src/protocol/isolation.js';
import { negotiateLimits } from '../../src/protocol/limits.js';
import { OutgoingPublish } from '../../src/protocol/outbound/outgoing-publish.js';
import { PacketIds } from '../../src/protocol/packet-ids.js';
import { Session } from '../../src/protocol/session.js';
import type { SessionConfig, SessionOptions } from '../../src/protocol/session-config.js';
import type { SubscriptionOutcome } from '../../src/protocol/subscriptions/subscription-requests.js';
import { Subscriptions } from '../../src/protocol/subscriptions/subscriptions.js';
import { TopicPrefixes } from '../../src/protocol/topics/prefixes.js';
import type { QueueLimits } from '../../src/protocol/outbound/outgoing-queue.js';
import type { NegotiatedLimits } from '../../src/state.js';

interface MessageFields {
  qos: QoS;
  /** How many bytes. */
  size: number;
  retain: boolean;
  properties: PublishProperties;
  expiresAt: number | undefined;
}

/** A message to the topic `topic`; QoS 1 and empty where nothing else is said. */
export function message(topic: string, fields: Partial<MessageFields> = {}): OutgoingPublish {
  const { qos = 1, size = 0, retain = false, properties, expiresAt } = fields;
  return new OutgoingPublish(topic, new Uint8Array(size), qos, retain, properties, expiresAt);
}

export const connect = (fields: Partial<ConnectPacket> = {}): ConnectPacket => ({
  cmd: 'connect',
  protocolVersion: 5,
  clientId: 'us',
  clean: true,
  keepalive: 60,
  ...fields,
});

export const connack = (properties?: ConnackPacket['properties']): ConnackPacket => ({
  cmd: 'connack',
  sessionPresent: false,
  reasonCode: 0,
  ...(properties && { properties }),
});

/** What a 5.0 broker allows that sets no limits, but for these. */
export const limits = (overrides: Partial<NegotiatedLimits> = {}): NegotiatedLimits => ({
  ...negotiateLimits(connect(), connack()),
  ...overrides,
});

/** A packet on its way out as text: `a #1`, `a #1 dup`, `pubrel #1`, and `a` at QoS 0. */
export function show(packet: PublishPacket | PubrelPacket): string {
  if (packet.cmd === 'pubrel') return `pubrel #${packet.packetId}`;
  const id = packet.qos === 0 ? '' : ` #${packet.packetId}`;
  return packet.topic + id + (packet.dup ? ' dup' : '');
}

export interface Settlement {
  readonly message: OutgoingPublish;
  readonly error: MqttError | undefined;
  readonly ack: PublishAck | undefined;
}

/** What differs from the usual: options, and what tells the client. */
type TestConfig = Partial<Omit<SessionConfig, 'options'> & Omit<SessionOptions, 'queue'>> & {
  queue?: Partial<QueueLimits>;
};

/** A session, its clock, and the account of what was settled. */
export class TestSession {
  now = 0;
  readonly settlements: Settlement[] = [];
  /** Called at each settlement. */
  onSettled: (message: OutgoingPublish) => void = () => {};
  readonly session: Session;

  constructor(config: TestConfig = {}) {
    this.session = new Session({
      now: () => this.now,
      inSlices: (messages, task) => messages.forEach(task),
      ...config,
      options: {
        resubscribe: 'ifSessionLost',
        republish: 'ifSessionLost',
        maxDeliveries: Infinity,
        random: () => 0,
        topicPrefixes: TopicPrefixes.known,
        ...config,
        queue: { maxMessages: 1000, maxBytes: 1e6, overflow: 'refuse', ...config.queue },
      },
      settled: (settled, error, ack) => {
        this.settlements.push({ message: settled, error, ack });
        this.onSettled(settled);
      },
    });
  }

  get sender() {
    return this.session.sender;
  }

  /** A connection begins on which the broker has our session, or none; a broker of 3.1 does not say. */
  connect(
    session: 'present' | 'absent' | 'unknown' = 'present',
    overrides: Partial<NegotiatedLimits> = {},
    maximumQoS?: QoS,
  ): void {
    const sessionPresent = session === 'unknown' ? undefined : session === 'present';
    const ours = { receiveMaximum: Infinity, topicAliasMaximum: 0, maximumQoS };
    this.session.begin(sessionPresent, limits(overrides), ours);
  }

  cut(): void {
    this.session.end();
  }

  /** Takes in messages of QoS 1, or of the QoS said. */
  enqueue(topics: string, qos: QoS = 1): OutgoingPublish[] {
    const messages = topics.split(' ').map(topic => message(topic, { qos }));
    for (const each of messages) this.sender.enqueue(each);
    return messages;
  }

  /** All that may go out now: first what is sent again, then what is new. */
  sent(): string[] {
    const packets: string[] = [];
    for (let packet; (packet = this.sender.next()) !== undefined;) {
      packets.push(show(packet));
    }
    return packets;
  }

  puback = (packetId: number, reasonCode?: number): void =>
    void this.sender.acknowledge({ cmd: 'puback', packetId, ...(reasonCode !== undefined && { reasonCode }) });

  pubrec = (packetId: number, reasonCode?: number): PubrelPacket | undefined =>
    this.sender.acknowledge({ cmd: 'pubrec', packetId, ...(reasonCode !== undefined && { reasonCode }) });

  pubcomp = (packetId: number, reasonCode?: number): void =>
    void this.sender.acknowledge({ cmd: 'pubcomp', packetId, ...(reasonCode !== undefined && { reasonCode }) });

  /** What was settled so far, in order: `a`, or `a QUEUE_FULL`. */
  get settled(): string[] {
    return this.settlements.map(({ message: { topic }, error }) => (error ? `${topic} ${error.code}` : topic));
  }
}

/** A session that was connected, with some messages sent to a broker that answered none of them. */
export function sentThenCut(topics: string, qos: 1 | 2 = 1, ...config: ConstructorParameters<typeof TestSession>) {
  const test = new TestSession(...config);
  test.connect();
  const messages = test.enqueue(topics, qos);
  test.sent();
  test.cut();
  return { test, messages };
}

export type Resubscribe = Parameters<Subscriptions['begin']>[1];

/** Subscriptions of which none is ever isolated. */
export function subscriptionsWith(ids: PacketIds, random = () => 0): Subscriptions {
  const owner = { isIdle: false, messagesSent: 0, onReleased: () => {} };
  const isolation = new Isolation({ options: { maxDeliveries: Infinity }, now: () => 0 }, owner);
  return new Subscriptions(ids, random, TopicPrefixes.known, isolation);
}

/** Subscriptions, and a broker that answers when the test says so. */
export class TestSubscriptions {
  readonly ids = new PacketIds();
  readonly subscriptions = subscriptionsWith(this.ids);
  /** What waits for its answer. */
  #asked: { kind: 'suback' | 'unsuback'; packetId: number }[] = [];

  /** A broker without subscription identifiers, unless it is said that it has them. */
  constructor(
    private readonly resubscribe: Resubscribe = 'ifSessionLost',
    public identifiers = false,
  ) {
    if (identifiers) this.subscriptions.begin(false, resubscribe, () => true);
  }

  /** QoS 1 and no options, where a filter alone is given. */
  want(...requests: (string | SubscriptionRequest)[]): void {
    for (const request of requests) {
      this.subscriptions.want(typeof request === 'string' ? { filter: request, qos: 1 } : request);
    }
  }

  release(filter: string): void {
    this.subscriptions.release(filter);
  }

  /** Has the broker hold these. */
  hold(...requests: (string | SubscriptionRequest)[]): void {
    this.want(...requests);
    this.send();
    this.answer(...requests.map(() => 1));
  }

  /**
   * The end of a tick: the packets that go out, as `+a` and `-a`, with the QoS where it is not 1. `#2 +a quiet` has the subscription
   * identifier 2, and asks for no retained messages.
   */
  send(): string[] {
    const packets: string[] = [];
    for (;;) {
      const { subscribe, identifier, unsubscribe } = this.subscriptions.takeChanges();
      if (subscribe.length + unsubscribe.length === 0) return packets;
      if (unsubscribe.length > 0) {
        const packetId = this.subscriptions.start({ kind: 'unsubscribe', filters: unsubscribe });
        if (packetId === 0) return packets;
        packets.push(unsubscribe.map(filter => `-${filter}`).join(' '));
        this.#asked.push({ kind: 'unsuback', packetId });
      }
      if (subscribe.length > 0) {
        const packetId = this.subscriptions.start({ kind: 'subscribe', requests: subscribe, identifier });
        if (packetId === 0) return packets;
        const shown = subscribe.map(
          ({ filter, qos, retainHandling }) =>
            `+${filter}${qos === 1 ? '' : `(${qos})`}${retainHandling === 2 ? ' quiet' : ''}`,
        );
        packets.push((identifier === undefined ? '' : `#${identifier} `) + shown.join(' '));
        this.#asked.push({ kind: 'suback', packetId });
      }
    }
  }

  /** Answers the oldest request. */
  answer(...reasonCodes: number[]): SubscriptionOutcome | undefined {
    const { kind, packetId } = this.#asked[0]!;
    const outcome =
      kind === 'suback'
        ? this.subscriptions.suback({ cmd: 'suback', packetId, reasonCodes })
        : this.subscriptions.unsuback({ cmd: 'unsuback', packetId, reasonCodes });
    this.#asked.shift();
    return outcome;
  }

  /** The next answer is to the newest request. */
  swapAnswers(): void {
    this.#asked.reverse();
  }

  /** The next answer is withheld: the others come first. */
  withholdAnswer(): void {
    this.#asked.push(this.#asked.shift()!);
  }

  reconnect(session: 'present' | 'absent'): void {
    this.subscriptions.end();
    this.#asked = [];
    this.subscriptions.begin(session === 'present', this.resubscribe, () => this.identifiers);
  }
}

/** What `run` throws: an MqttError with this code and these fields. */
export function throws(run: () => unknown, code: MqttErrorCode, fields: object = {}): MqttError {
  try {
    run();
  } catch (error) {
    return isError(error, code, fields);
  }
  throw new Error(`nothing was thrown, ${code} was expected`);
}

/** Checks the error's code and these fields of it. */
export function isError(error: unknown, code: MqttErrorCode, fields: object = {}): MqttError {
  expect(error).to.be.instanceOf(MqttError);
  expect(error).to.include({ code, ...fields });
  return error as MqttError;
}
