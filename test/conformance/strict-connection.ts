import { Subject } from 'rxjs';
import { ClientPackets } from '../../src/codec/server/client-packets.js';
import { ServerEncoder } from '../../src/codec/server/server-encoder.js';
import type { ConnackProperties, ConnectPacket, Link, Packet, PublishPacket, QoS } from '../../src/index.js';
import type { PublishAck } from '../../src/packets.js';
import type { StrictServer } from './strict-server.js';

/** The reason codes that a client may send. */
const clientReasons: Readonly<Record<string, readonly number[]>> = {
  puback: [0, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99],
  pubrec: [0, 0x10, 0x80, 0x83, 0x87, 0x90, 0x91, 0x97, 0x99],
  pubrel: [0, 0x92],
  pubcomp: [0, 0x92],
  disconnect: [0, 4, 0x80, 0x81, 0x82, 0x83, 0x90, 0x93, 0x94, 0x95, 0x96, 0x97, 0x98, 0x99],
};

/** One connection: the link of the client, and the server behind it. */
export class StrictConnection implements Link {
  readonly data$ = new Subject<Uint8Array>();
  readonly drain$ = new Subject<void>();
  readonly #packets = new ClientPackets();
  readonly #encoder: ServerEncoder;
  readonly #server: StrictServer;
  #isOpen = true;
  #hasEnded = false;
  /** Whether what the client sends is lost. */
  #losesPackets = false;
  #isAccepted = false;
  #limits: ConnackProperties = {};
  #keepalive = 0;
  #lastPacket = 0;
  #sessionPresent = false;

  // what the client sends
  /** The messages that count for the Receive Maximum of the server. */
  readonly #quota = new Set<number>();
  #hasSentNew = false;
  /** The order of the last message that was sent again. */
  #lastResent = -1;
  /** The SUBSCRIBEs and UNSUBSCRIBEs without an answer. */
  readonly #requests = new Set<number>();
  readonly #clientAliases = new Map<number, string>();
  // what the client has to send, in this order
  #pubrels: number[] = [];
  readonly #pubacks: number[] = [];
  readonly #pubrecs: number[] = [];
  readonly #pubcomps = new Set<number>();

  // what the server sends
  /** The messages that count for the Receive Maximum of the client. */
  readonly #unacknowledged = new Set<number>();
  #receiveMaximum = Infinity;
  readonly #aliases = new Map<number, string>();
  #topicAliasMaximum = 0;
  /** When the last packet to the client arrives: packets keep their order. */
  #arrival = 0;

  constructor(server: StrictServer) {
    this.#server = server;
    this.#encoder = new ServerEncoder(server.version);
  }

  write = (chunk: Uint8Array): boolean => {
    if (this.#hasEnded) this.#server.fault('bytes after the end of the link');
    this.#packets.push(chunk);
    try {
      for (let packet; (packet = this.#packets.next()) !== undefined;) this.#receive(packet);
    } catch (error) {
      this.#server.fault(`cannot be read: ${String(error)}`);
    }
    return true;
  };

  end = (): void => {
    this.#hasEnded = true;
    this.#later(() => this.data$.complete(), 1);
  };

  close(): void {
    this.#isOpen = false;
    this.#checkKeepalive();
  }

  losePackets(): void {
    this.#losesPackets = true;
  }

  /** Ends the connection from the side of the server. What is on its way is lost. */
  cut(): void {
    if (!this.#isOpen || this.#hasEnded) return;
    this.#server.note('-- cut');
    this.#isOpen = false;
    this.#checkKeepalive();
    this.data$.complete();
  }

  get #isUsable(): boolean {
    return this.#isOpen && this.#isAccepted && !this.#hasEnded && !this.#losesPackets;
  }

  #later(task: () => void, ms: number): void {
    const { scheduler } = this.#server;
    this.#arrival = Math.max(this.#arrival, scheduler.now() + ms);
    scheduler.schedule(() => {
      if (this.#isOpen) task();
    }, this.#arrival - scheduler.now());
  }

  /** Sends a packet, which arrives some ms later. */
  #send(packet: Packet, onArrival: () => void = () => undefined): void {
    this.#later(() => {
      this.#server.note(`> ${show(packet)}`);
      onArrival();
      this.#encoder.write(packet);
      this.data$.next(this.#encoder.take());
    }, this.#server.upTo(30));
  }

  #checkKeepalive(): void {
    if (!this.#isAccepted || this.#keepalive === 0 || this.#hasEnded) return;
    const gap = this.#server.scheduler.now() - this.#lastPacket;
    if (gap > this.#keepalive * 1000) this.#server.fault(`silent for ${gap} ms of ${this.#keepalive} s`);
  }

  // what the client sends

  #receive(packet: Packet): void {
    const server = this.#server;
    server.note(`< ${show(packet)}`);
    if (this.#hasEnded) return server.fault(`${packet.cmd} after DISCONNECT`);
    this.#checkKeepalive();
    this.#lastPacket = server.scheduler.now();
    if (packet.cmd === 'connect') return this.#connect(packet);
    if (!this.#isAccepted) return server.fault(`${packet.cmd} before CONNACK`);
    const { reasonCode = 0 } = packet as { reasonCode?: number };
    const allowed = clientReasons[packet.cmd];
    if (allowed && !allowed.includes(reasonCode)) server.fault(`${packet.cmd} with reason code ${reasonCode}`);
    this.#checkSize(packet);
    switch (packet.cmd) {
      case 'publish':
        return this.#publish(packet);
      case 'pubrel':
        return this.#pubrel(packet.packetId);
      case 'puback':
        if (this.#pubacks.shift() !== packet.packetId) server.fault(`PUBACK ${packet.packetId} out of order`);
        return this.#finish(packet.packetId);
      case 'pubrec':
        if (this.#pubrecs.shift() !== packet.packetId) server.fault(`PUBREC ${packet.packetId} out of order`);
        if (this.#losesPackets) return;
        if (reasonCode >= 0x80) return this.#finish(packet.packetId);
        server.markReleased(packet.packetId);
        return this.#release(packet.packetId);
      case 'pubcomp':
        if (!this.#pubcomps.delete(packet.packetId)) server.fault(`PUBCOMP ${packet.packetId} without PUBREL`);
        if (reasonCode !== 0 && !server.completed.has(packet.packetId))
          server.fault(`PUBCOMP ${packet.packetId} with ${reasonCode}`);
        server.completed.add(packet.packetId);
        return this.#finish(packet.packetId);
      case 'subscribe': {
        this.#request(packet.packetId);
        const { wildcardSubscriptionAvailable = true, subscriptionIdentifiersAvailable = true } = this.#limits;
        if (packet.properties?.subscriptionIdentifier !== undefined && !subscriptionIdentifiersAvailable)
          server.fault('a subscription identifier that is not available');
        if (packet.subscriptions.some(({ filter }) => /[+#]/.test(filter)) && !wildcardSubscriptionAvailable)
          server.fault('a wildcard that is not available');
        const reasonCodes = packet.subscriptions.map(({ qos }) => (server.chance(0.05) ? 0x80 : server.upTo(qos)));
        return this.#answer({ cmd: 'suback', packetId: packet.packetId, reasonCodes });
      }
      case 'unsubscribe': {
        this.#request(packet.packetId);
        const reasonCodes = server.version < 5 ? [] : packet.filters.map(() => (server.chance(0.1) ? 0x11 : 0));
        return this.#answer({ cmd: 'unsuback', packetId: packet.packetId, reasonCodes });
      }
      case 'pingreq':
        if (!this.#losesPackets) this.#send({ cmd: 'pingresp' });
        return;
      case 'disconnect':
        this.#hasEnded = true;
        if (reasonCode >= 0x80) server.fault(`accused: DISCONNECT ${reasonCode}`);
        return;
      default:
        server.fault(`${packet.cmd} is not for clients`);
    }
  }

  #connect(packet: ConnectPacket): void {
    const server = this.#server;
    const { sessionPresent, limits } = server.accept(packet);
    const { receiveMaximum = 0xffff, topicAliasMaximum = 0 } = packet.properties ?? {};
    this.#receiveMaximum = receiveMaximum;
    this.#topicAliasMaximum = topicAliasMaximum;
    this.#limits = limits;
    this.#sessionPresent = sessionPresent;
    const hasProperties = Object.keys(limits).length > 0;
    this.#send({ cmd: 'connack', sessionPresent, reasonCode: 0, ...(hasProperties && { properties: limits }) }, () => {
      server.begin(sessionPresent, limits);
      this.#isAccepted = true;
      this.#keepalive = limits.serverKeepAlive ?? packet.keepalive;
      this.#lastPacket = server.scheduler.now();
      this.#pubrels = [...server.released];
      for (const [id, { packet: message, phase }] of server.incoming) {
        if (phase === 'pubrel') this.#release(id);
        else this.#deliver({ ...message, dup: true });
      }
    });
  }

  #checkSize(packet: Packet): void {
    const { maximumPacketSize } = this.#limits;
    if (maximumPacketSize === undefined || packet.cmd === 'disconnect') return;
    const encoder = new ServerEncoder(this.#server.version);
    const size = encoder.write(packet);
    if (size > maximumPacketSize) this.#server.fault(`${packet.cmd} has ${size} bytes of ${maximumPacketSize}`);
  }

  #publish(packet: PublishPacket): void {
    const server = this.#server;
    const { qos, packetId = 0, dup, retain } = packet;
    const topic = this.#topicOf(packet);
    const { maximumQoS = 2, retainAvailable = true, receiveMaximum = 0xffff } = this.#limits;
    if (qos > maximumQoS) server.fault(`QoS ${qos} of ${maximumQoS}`);
    if (retain && !retainAvailable) server.fault('retain is not available');
    if (qos === 0) {
      this.#checkResent();
      return dup ? server.fault('DUP at QoS 0') : undefined;
    }
    const encoder = new ServerEncoder(server.version);
    const { topicAlias: _, ...properties } = packet.properties ?? {};
    const size = encoder.write({ ...packet, topic, properties });
    const payload = new TextDecoder().decode(packet.payload);
    const content = JSON.stringify({ topic, payload, retain, size });
    const known = server.out.get(packetId);
    if (known?.connection === server.connection) return server.fault(`PUBLISH ${packetId} is sent twice`);
    if (known === undefined) {
      if (dup) server.fault(`PUBLISH ${packetId} is new, and has DUP`);
      if (this.#requests.has(packetId)) server.fault(`identifier ${packetId} is in use`);
      this.#checkResent();
      server.add(packetId, content, qos);
    } else {
      if (known.isGivenUp) server.fault(`identifier ${packetId} is of a QoS 2 message that was given up`);
      if (!this.#sessionPresent) server.fault(`PUBLISH ${packetId} is of a session that is lost`);
      if (!dup) server.fault(`PUBLISH ${packetId} is sent again without DUP`);
      if (known.phase !== 'publish') server.fault(`PUBLISH ${packetId} is sent again after PUBREC`);
      if (known.content !== content || known.qos !== qos) server.fault(`${content} was ${known.content}`);
      if (this.#hasSentNew) server.fault(`PUBLISH ${packetId} is sent again after a new one`);
      if (known.order < this.#lastResent) server.fault(`PUBLISH ${packetId} is sent again out of order`);
      this.#lastResent = known.order;
      known.connection = server.connection;
    }
    this.#quota.add(packetId);
    if (this.#quota.size > receiveMaximum) server.fault(`${this.#quota.size} in flight of ${receiveMaximum}`);
    if (this.#losesPackets) return;
    const refuses = server.version === 5 && server.chance(0.1);
    const reason = refuses
      ? { reasonCode: 0x97 }
      : server.version === 5 && server.chance(0.2)
        ? { reasonCode: 0x10 }
        : {};
    this.#acknowledge({ cmd: qos === 1 ? 'puback' : 'pubrec', packetId, ...reason });
  }

  /** Before anything new all that was in flight has been sent again. */
  #checkResent(): void {
    if (this.#hasSentNew) return;
    this.#hasSentNew = true;
    for (const [id, { connection, isGivenUp, phase }] of this.#server.out) {
      if (isGivenUp || connection === this.#server.connection) continue;
      this.#server.fault(`${phase} ${id} is not sent again before a new message`);
    }
  }

  #topicOf({ topic, properties }: PublishPacket): string {
    const alias = properties?.topicAlias;
    if (alias === undefined) {
      if (topic === '') this.#server.fault('neither topic nor alias');
      return topic;
    }
    if (alias === 0 || alias > (this.#limits.topicAliasMaximum ?? 0)) this.#server.fault(`topic alias ${alias}`);
    if (topic !== '') this.#clientAliases.set(alias, topic);
    const known = this.#clientAliases.get(alias);
    if (known === undefined) this.#server.fault(`topic alias ${alias} was never given a topic`);
    return known ?? '';
  }

  #pubrel(id: number): void {
    const server = this.#server;
    const message = server.out.get(id);
    if (message?.phase !== 'pubrel') return server.fault(`PUBREL ${id} without PUBREC`);
    if (this.#pubrels.shift() !== id) server.fault(`PUBREL ${id} out of order`);
    message.connection = server.connection;
    if (!this.#losesPackets) this.#acknowledge({ cmd: 'pubcomp', packetId: id });
  }

  /** Acknowledges a message in any order. */
  #acknowledge(ack: PublishAck): void {
    this.#server.scheduler.schedule(() => {
      if (!this.#isOpen) return;
      this.#send(ack, () => {
        const { cmd, packetId, reasonCode = 0 } = ack;
        if (cmd !== 'pubrec' || reasonCode >= 0x80) this.#quota.delete(packetId);
        else this.#pubrels.push(packetId);
        this.#server.acknowledge(ack);
      });
    }, this.#server.upTo(300));
  }

  #request(id: number): void {
    if (this.#requests.has(id) || this.#server.out.has(id)) this.#server.fault(`identifier ${id} is in use`);
    this.#requests.add(id);
  }

  #answer(packet: Extract<Packet, { cmd: 'suback' | 'unsuback' }>): void {
    if (!this.#losesPackets) this.#send(packet, () => this.#requests.delete(packet.packetId));
  }

  // what the server sends

  /** Publishes a message to the client, unless its Receive Maximum is reached. */
  publish(qos: QoS, payload: string): void {
    if (!this.#isUsable) return;
    if (qos > 0 && this.#unacknowledged.size >= Math.min(this.#receiveMaximum, 30)) return;
    this.#deliver(this.#server.createMessage(qos, payload));
  }

  #deliver(message: PublishPacket): void {
    const { qos, packetId = 0 } = message;
    if (qos > 0) this.#unacknowledged.add(packetId);
    let packet = message;
    if (this.#topicAliasMaximum > 0 && this.#server.chance(0.5)) {
      const topicAlias = 1 + this.#server.upTo(this.#topicAliasMaximum - 1);
      const isKnown = this.#aliases.get(topicAlias) === message.topic;
      this.#aliases.set(topicAlias, message.topic);
      packet = { ...message, topic: isKnown ? '' : message.topic, properties: { topicAlias } };
    }
    this.#send(packet, () => {
      if (qos === 1) this.#pubacks.push(packetId);
      if (qos === 2) this.#pubrecs.push(packetId);
    });
  }

  #release(id: number): void {
    this.#unacknowledged.add(id);
    this.#send({ cmd: 'pubrel', packetId: id }, () => this.#pubcomps.add(id));
  }

  #finish(id: number): void {
    if (this.#losesPackets) return;
    const { packet } = this.#server.incoming.get(id) ?? {};
    if (packet) this.#server.acknowledged.add(new TextDecoder().decode(packet.payload));
    this.#unacknowledged.delete(id);
    this.#server.finish(id);
  }
}

function show(packet: Packet): string {
  const { cmd, ...rest } = packet;
  return `${cmd} ${JSON.stringify(rest, (_, value: unknown) => (value instanceof Uint8Array ? new TextDecoder().decode(value) : value))}`;
}
