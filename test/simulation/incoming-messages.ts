import type { AckableMessage, MqttClient, MqttMessage, QoS } from '../../src/index.js';
import type { StoreChange } from '../../src/store/index.js';
import type { Random, Simulation } from '../../src/testing/index.js';
import type { BrokerSessions } from './broker-sessions.js';
import type { DurableRecords } from './durable-records.js';

/** A message that the broker publishes to the program. */
interface Incoming {
  readonly id: string;
  /** With which the broker has sent it, which may be lower than that of the publisher. */
  qos: QoS;
  /** ms until the program has processed it, and from then until it acknowledges it. */
  readonly delays: readonly [number, number];
  packetId: number;
  /** Whether the broker has sent it at least once. */
  isSent: boolean;
  /** How often it was delivered, or with `ack: 'manual'` had its effect. */
  processed: number;
  /** The life of the client that got it last. */
  life: number;
  /** Whether a later process must not get it, because it was durable that this one had. */
  isFinal: boolean;
  /** Whether the broker has lost it with its session. */
  isLost: boolean;
}

export interface IncomingConfig {
  readonly ack: 'auto' | 'manual';
  readonly deliverQos2: 'publish' | 'release';
}

const text = ({ payload }: { payload: Uint8Array }): string => new TextDecoder().decode(payload);

/**
 * What the program receives, compared with what is promised of it. With `ack: 'auto'`, each life of a client gets a QoS 2 message at most once,
 * and a later one gets it again only if the one before ended between the delivery and the moment at which its receipt (or with
 * `deliverQos2: 'release'` the end of its exchange) was durable. With `ack: 'manual'` and receipts, it has its effect exactly once.
 */
export class IncomingMessages {
  readonly #simulation: Simulation;
  readonly #records: DurableRecords;
  readonly #sessions: BrokerSessions;
  readonly #config: IncomingConfig;
  readonly #messages = new Map<string, Incoming>();
  /** By the packet identifier that the broker uses for them now. */
  readonly #byPacketId = new Map<number, Incoming>();
  #life = 0;
  /** Counts the starts of clients. One goes on in another life when its page is shown again. */
  #start = 0;
  #receivingStart = 0;

  constructor(simulation: Simulation, records: DurableRecords, sessions: BrokerSessions, config: IncomingConfig) {
    this.#simulation = simulation;
    this.#records = records;
    this.#sessions = sessions;
    this.#config = config;
    simulation.broker.packet$.subscribe(({ direction, packet }) => {
      if (direction === 'sent' && packet.cmd === 'publish') {
        const message = this.#messages.get(text(packet))!;
        message.isSent = true;
        message.qos = packet.qos;
        message.packetId = packet.packetId ?? 0;
        this.#byPacketId.set(message.packetId, message);
      } else if (direction === 'received') {
        if (packet.cmd === 'puback' || packet.cmd === 'pubrec' || packet.cmd === 'pubcomp')
          this.#onAcknowledged(packet.cmd, packet.packetId);
      }
    });
  }

  /** Has the broker publish a message. */
  publish(n: number, qos: QoS, random: Random): void {
    const id = `in-${n}`;
    this.#messages.set(id, {
      id,
      qos,
      delays: [random.oneOf([0, 0, 2, 20]), random.oneOf([0, 0, 20, 100])],
      packetId: 0,
      isSent: false,
      processed: 0,
      life: 0,
      isFinal: false,
      isLost: false,
    });
    this.#simulation.broker.publish('in/all', id, { qos });
  }

  onSessionLost(): void {
    this.#byPacketId.clear();
    for (const message of this.#messages.values()) message.isLost = true;
  }

  /** Called when a client starts from what the store has. */
  onStart(): void {
    this.#start++;
    this.onShown();
  }

  /** Called when a client goes on with what the store has. */
  onShown(): void {
    this.#life++;
    for (const message of this.#messages.values()) {
      if (message.qos < 2 || message.processed === 0 || this.#byPacketId.get(message.packetId) !== message) continue;
      const receipt = this.#records.receiptOf(message.packetId);
      message.isFinal ||= this.#config.deliverQos2 === 'publish' ? receipt !== 'none' : receipt !== 'held';
    }
  }

  /** Subscribes, once after each start of the client. */
  receive(client: MqttClient): void {
    if (this.#receivingStart === this.#start) return;
    this.#receivingStart = this.#start;
    this.#subscribe(client);
  }

  #subscribe(client: MqttClient): void {
    const start = this.#start;
    // connections that end at the SUBSCRIBE have it given up
    const error = () => {
      this.#simulation.scheduler.schedule(() => {
        if (this.#simulation.client === client && this.#start === start) this.#subscribe(client);
      }, 100);
    };
    if (this.#config.ack === 'auto')
      client.topic$('in/#', { qos: 2 }).subscribe({ next: message => this.#onDelivered(message), error });
    else
      client
        .topic$('in/#', { qos: 2, ack: 'manual' })
        .subscribe({ next: message => this.#process(message, client), error });
  }

  /** Writes its effect and its receipt in one transaction, a moment after the delivery, and acknowledges another moment later. */
  #process(message: AckableMessage, client: MqttClient): void {
    const [untilEffect, untilAck] = this.#messages.get(text(message))!.delays;
    const later = (delay: number, task: () => void) => {
      if (delay === 0) return task();
      this.#simulation.scheduler.schedule(() => {
        if (this.#simulation.client === client) task();
      }, delay);
    };
    later(untilEffect, () => {
      const { receipt, stale, qos } = message;
      if (stale || (qos === 2 && receipt === undefined)) return;
      if (receipt === undefined || this.#writeReceipt(receipt)) this.#onDelivered(message);
      later(untilAck, () => message.ack(qos === 2 ? { stored: true } : {}));
    });
  }

  /** Returns false if the store has the receipt already, of a transaction of an earlier delivery: then there is nothing to do. */
  #writeReceipt({ key, ...change }: StoreChange): boolean {
    const entries = this.#simulation.store.entriesOf('me');
    if (change.type === 'del') return entries.delete(key);
    if (String(entries.get(key)) === String(change.value)) return false;
    entries.set(key, change.value);
    return true;
  }

  #onDelivered(received: MqttMessage): void {
    const message = this.#messages.get(text(received))!;
    const { id, qos, processed, life, isFinal } = message;
    message.processed++;
    message.life = this.#life;
    if (qos < 2 || processed === 0 || this.#sessions.isMistaken) return;
    if (this.#config.ack === 'manual') this.#simulation.fail(`'${id}' of QoS 2 had its effect twice`);
    if (life === this.#life) this.#simulation.fail(`'${id}' of QoS 2 was delivered twice in one life of the client`);
    if (isFinal) this.#simulation.fail(`'${id}' of QoS 2 was delivered again, although its receipt was durable`);
  }

  #onAcknowledged(cmd: 'puback' | 'pubrec' | 'pubcomp', packetId: number): void {
    const message = this.#byPacketId.get(packetId);
    if (message === undefined || this.#sessions.isMistaken) return;
    const { id, processed } = message;
    const isHeld = this.#config.deliverQos2 === 'release';
    if (processed === 0 && !(cmd === 'pubrec' && isHeld))
      this.#simulation.fail(`the ${cmd} of '${id}' came before it was processed`);
    const receipt = this.#records.receiptOf(packetId);
    if (cmd === 'pubrec' && receipt === 'none')
      this.#simulation.fail(`the PUBREC of '${id}' came before its receipt was durable`);
    if (cmd === 'pubcomp' && receipt !== 'none')
      this.#simulation.fail(`the PUBCOMP of '${id}' came while its receipt was stored`);
    if (cmd === 'pubrec' && !isHeld) message.isFinal = true;
    if (cmd === 'pubcomp') {
      message.isFinal = true;
      this.#byPacketId.delete(packetId);
    }
  }

  /** Returns what is wrong in the end. */
  get problems(): string[] {
    if (this.#sessions.isMistaken) return [];
    return [...this.#messages.values()]
      .filter(({ isSent, isLost, processed }) => isSent && !isLost && processed === 0)
      .map(({ id, qos }) => `'${id}' of QoS ${qos} was never processed`);
  }
}
