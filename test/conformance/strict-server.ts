import { Observable, type SchedulerLike } from 'rxjs';
import type {
  ConnackProperties,
  ConnectPacket,
  ProtocolVersion,
  PublishPacket,
  QoS,
  Transport,
} from '../../src/index.js';
import type { PublishAck } from '../../src/packets.js';
import { StrictConnection } from './strict-connection.js';

/** A message of the client that the server has not finished with, as the client knows it. */
interface Outgoing {
  readonly content: string;
  readonly qos: QoS;
  readonly order: number;
  phase: 'publish' | 'pubrel';
  /** The connection on which its PUBLISH or PUBREL was sent last. */
  connection: number;
  /** Whether the limits of a connection have ended it. */
  isGivenUp: boolean;
}

/** A message to the client that has no last acknowledgement. */
interface Incoming {
  readonly packet: PublishPacket;
  phase: 'publish' | 'pubrel';
}

/**
 * A server that does what the specification allows, at random, and checks what the client sends against what has arrived at the client:
 * packets take some time, and are lost with the connection.
 */
export class StrictServer {
  /** What the client has done wrong. */
  readonly faults: string[] = [];
  /** All packets, and the faults. */
  readonly log: string[] = [];
  /** Messages that the client has acknowledged for good, by payload. */
  readonly acknowledged = new Set<string>();
  /** All messages of QoS 1 and 2 to the client, by payload. */
  readonly published = new Map<string, QoS>();

  // lives with the session
  readonly #out = new Map<number, Outgoing>();
  /** The identifiers that got a PUBREC, in that order. */
  #released: number[] = [];
  #order = 0;
  readonly #in = new Map<number, Incoming>();
  /** The identifiers that the client is done with, although the server may not know it. */
  readonly completed = new Set<number>();
  #hasSession = false;

  // lives with the connection
  #connection = 0;
  current: StrictConnection | undefined;

  constructor(
    readonly scheduler: SchedulerLike,
    readonly random: () => number,
    readonly version: ProtocolVersion,
  ) {}

  fault(what: string): void {
    this.faults.push(what);
    this.note(`!! ${what}`);
  }

  note(what: string): void {
    this.log.push(`${this.scheduler.now()} ${what}`);
  }

  chance(probability: number): boolean {
    return this.random() < probability;
  }

  upTo(n: number): number {
    return Math.floor(this.random() * (n + 1));
  }

  readonly transport: Transport = () =>
    new Observable(subscriber => {
      const connection = new StrictConnection(this);
      this.current = connection;
      subscriber.next(connection);
      return () => connection.close();
    });

  /** Returns what CONNACK says. */
  accept(connect: ConnectPacket): { sessionPresent: boolean; limits: ConnackProperties } {
    const { version } = this;
    const limits: ConnackProperties =
      version < 5
        ? {}
        : {
            ...(this.chance(0.6) && { receiveMaximum: 1 + this.upTo(4) }),
            ...(this.chance(0.3) && { maximumPacketSize: 30 + this.upTo(60) }),
            ...(this.chance(0.15) && { maximumQoS: this.upTo(1) as 0 | 1 }),
            ...(this.chance(0.5) && { topicAliasMaximum: this.upTo(3) }),
            ...(this.chance(0.2) && { retainAvailable: false }),
            ...(this.chance(0.2) && { wildcardSubscriptionAvailable: false }),
            ...(this.chance(0.3) && { subscriptionIdentifiersAvailable: false }),
            ...(this.chance(0.5) && { serverKeepAlive: 1 + this.upTo(2) }),
          };
    return { sessionPresent: this.#hasSession && !connect.clean && !this.chance(0.15), limits };
  }

  /** CONNACK has arrived. Were the session lost before, a client that does not get CONNACK would take the next one for it. */
  begin(sessionPresent: boolean, limits: ConnackProperties): void {
    this.#connection++;
    if (!sessionPresent) {
      this.#out.clear();
      this.#in.clear();
      this.completed.clear();
      this.#released = [];
    }
    this.#hasSession = true;
    for (const message of this.#out.values()) {
      if (message.phase === 'publish' && this.#isObstructed(message, limits)) message.isGivenUp = true;
    }
    for (const [id, { isGivenUp, qos }] of this.#out) if (isGivenUp && qos === 1) this.#out.delete(id);
  }

  #isObstructed({ content, qos }: Outgoing, limits: ConnackProperties): boolean {
    const { size, retain } = JSON.parse(content) as { size: number; retain: boolean };
    return (
      qos > (limits.maximumQoS ?? 2) ||
      (retain && limits.retainAvailable === false) ||
      size > (limits.maximumPacketSize ?? Infinity)
    );
  }

  /** The PUBRELs that are due on a new connection. */
  get released(): readonly number[] {
    return this.#released;
  }

  get out(): ReadonlyMap<number, Outgoing> {
    return this.#out;
  }

  get connection(): number {
    return this.#connection;
  }

  /** The messages that the server sends again. */
  get incoming(): ReadonlyMap<number, Incoming> {
    return this.#in;
  }

  add(id: number, content: string, qos: QoS): void {
    const order = this.#order++;
    this.#out.set(id, { content, qos, order, phase: 'publish', connection: this.#connection, isGivenUp: false });
  }

  /** An acknowledgement has arrived at the client. */
  acknowledge({ cmd, packetId, reasonCode = 0 }: PublishAck): void {
    const message = this.#out.get(packetId);
    if (message === undefined) return;
    if (cmd === 'pubrec' && reasonCode < 0x80) {
      if (message.phase === 'publish') this.#released.push(packetId);
      message.phase = 'pubrel';
      return;
    }
    this.#out.delete(packetId);
    this.#released = this.#released.filter(id => id !== packetId);
  }

  createMessage(qos: QoS, payload: string): PublishPacket {
    const packet: PublishPacket = {
      cmd: 'publish',
      topic: this.chance(0.4) ? 'auto/0' : `manual/${this.upTo(2)}`,
      payload: new TextEncoder().encode(payload),
      qos,
      retain: false,
      dup: false,
    };
    if (qos === 0) return packet;
    this.published.set(payload, qos);
    // a server may use the identifiers in any order
    let packetId: number;
    do packetId = 1 + this.upTo(40);
    while (this.#in.has(packetId));
    packet.packetId = packetId;
    this.completed.delete(packetId);
    this.#in.set(packetId, { packet, phase: 'publish' });
    return packet;
  }

  markReleased(id: number): void {
    this.#in.get(id)!.phase = 'pubrel';
  }

  finish(id: number): void {
    this.#in.delete(id);
  }
}
