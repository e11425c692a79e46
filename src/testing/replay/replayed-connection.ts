import { NEVER, Subject, type Subscriber, type Subscription, asyncScheduler } from 'rxjs';
import type { MqttError } from '../../errors.js';
import type { ConnackPacket, ConnectPacket, DisconnectPacket, Packet, ProtocolVersion } from '../../packets.js';
import { Queue } from '../../protocol/collections/queue.js';
import type { Link } from '../../transport/link.js';
import { ClientPackets } from '../../codec/server/client-packets.js';
import { inVersion } from '../../codec/server/in-version.js';
import { ServerEncoder } from '../../codec/server/server-encoder.js';
import { AliasTopics } from './alias-topics.js';
import type { Comparison } from './comparison.js';
import type { Request } from './exchanges.js';
import type { ReplayedSession } from './replayed-session.js';

/** One connection of the trace, and the link of the client on which it is replayed. Lives with the connection. */
export class ReplayedConnection {
  readonly #session: ReplayedSession;
  readonly #comparison: Comparison;
  readonly #tolerance: number;
  /** The trace has begun after it was opened. Subscriptions that the trace does not have are granted at once. */
  readonly #isJoined: boolean;
  readonly #data$ = new Subject<Uint8Array>();
  readonly #packets = new ClientPackets();
  readonly #topics = new AliasTopics();
  /** What the client cannot get yet: before its CONNECT and CONNACK, or while it has not acknowledged earlier messages. */
  readonly #waiting = new Queue<Packet>();
  readonly #unacknowledged = new Set<number>();
  readonly #patience = new Set<Subscription>();
  #connack: ConnackPacket | undefined;
  #connect: ConnectPacket | undefined;
  #hasConnack = false;
  #isPaused = false;
  #isOpen = false;
  #isOver = false;
  /** Whether a link was opened for it. */
  wasOpened = false;

  constructor(session: ReplayedSession, comparison: Comparison, tolerance: number, isJoined: boolean) {
    this.#session = session;
    this.#comparison = comparison;
    this.#tolerance = tolerance;
    this.#isJoined = isJoined;
  }

  /** Opens the link for the client that waits for it. */
  open(subscriber: Subscriber<Link>): void {
    this.wasOpened = true;
    this.#isOpen = true;
    subscriber.add(() => this.#closed());
    subscriber.next({
      data$: this.#data$.asObservable(),
      write: chunk => {
        this.#read(chunk);
        return true;
      },
      drain$: NEVER,
      pause: () => (this.#isPaused = true),
      resume: () => {
        this.#isPaused = false;
        asyncScheduler.schedule(() => this.#flush());
      },
      end: () => this.#data$.complete(),
    });
  }

  /** Sends a packet of the broker, as soon as the client can get it. */
  deliver(packet: Packet): void {
    if (packet.cmd === 'connack') this.#connack ??= packet;
    else this.#waiting.push(packet);
    this.#flush();
  }

  /** Ends the connection, as in the trace. */
  end(error: MqttError | undefined): void {
    this.#comparison.end(this.#session.now);
    this.#isOver = true;
    if (!this.#isOpen) return;
    if (error === undefined || error.code === 'CONNECTION_CLOSED') this.#data$.complete();
    else this.#data$.error(error);
  }

  /** Sends a packet if the client can get it now; drops it if the link is closed. */
  send(packet: Packet): void {
    if (!this.#isOpen || this.#connect === undefined) return;
    const version = this.#connect.protocolVersion;
    const encoder = new ServerEncoder(version);
    encoder.write(inVersion(forVersion(packet, version), version));
    this.#data$.next(encoder.take());
  }

  #closed(): void {
    this.#isOpen = false;
    for (const timer of this.#patience) timer.unsubscribe();
  }

  #read(chunk: Uint8Array): void {
    this.#packets.push(chunk);
    for (let packet = this.#packets.next(); packet !== undefined && this.#isOpen; packet = this.#packets.next()) {
      this.#handle(packet);
      this.#flush();
    }
  }

  #handle(packet: Packet): void {
    switch (packet.cmd) {
      case 'connect':
        this.#connect = packet;
        if (!this.#isJoined) this.#compare(packet);
        return;
      case 'pingreq':
        return this.send({ cmd: 'pingresp' });
      case 'auth':
        return;
      case 'publish':
        return this.#request(this.#topics.resolve(packet));
      case 'subscribe':
      case 'unsubscribe':
        return this.#request(packet);
      case 'pubrel':
        this.#compare(packet);
        return this.#session.exchanges.release(packet.packetId);
      case 'pubrec':
        this.#session.received.add(packet.packetId);
        if ((packet.reasonCode ?? 0) >= 0x80) this.#unacknowledged.delete(packet.packetId);
        return this.#compare(packet);
      case 'puback':
      case 'pubcomp':
        this.#unacknowledged.delete(packet.packetId);
        return this.#compare(packet);
      case 'disconnect':
        if (!isNormalEnd(packet)) this.#compare(packet);
        return this.#data$.complete();
      default:
    }
  }

  #compare(packet: Packet): void {
    if (!this.#isOver) this.#comparison.addActual({ packet, frame: this.#session.now });
  }

  #request(request: Request): void {
    const { exchanges, now } = this.#session;
    exchanges.sent(request);
    if (this.#isOver) return exchanges.grant(request);
    let isMatched = false;
    const isOptional = this.#isJoined && request.cmd !== 'publish';
    this.#comparison.addActual({ packet: request, frame: now, isOptional, onMatch: () => (isMatched = true) });
    if (isMatched || !request.packetId) return;
    if (isOptional) return exchanges.grant(request);
    const timer = asyncScheduler.schedule(() => {
      this.#patience.delete(timer);
      if (!isMatched) exchanges.grant(request);
    }, this.#tolerance);
    this.#patience.add(timer);
  }

  #flush(): void {
    if (!this.#isOpen || this.#isPaused || this.#connect === undefined) return;
    if (!this.#hasConnack) {
      if (this.#connack === undefined) return;
      this.#hasConnack = true;
      this.send(withoutAuthentication(this.#connack, this.#connect));
    }
    while (this.#waiting.length > 0 && this.#canGet(this.#waiting.oldest!)) {
      const packet = this.#waiting.take()!;
      if (packet.cmd === 'publish' && packet.packetId) this.#unacknowledged.add(packet.packetId);
      this.send(packet);
      if (!this.#isOpen || this.#isPaused) return;
    }
  }

  /** Whether the broker may send the packet: not more messages than the client allows, and none with an identifier that is in use. */
  #canGet(packet: Packet): boolean {
    if (packet.cmd === 'pubrel') return this.#session.received.has(packet.packetId);
    if (packet.cmd !== 'publish' || !packet.packetId) return true;
    const { receiveMaximum = 0xffff } = this.#connect!.properties ?? {};
    return this.#unacknowledged.size < receiveMaximum && !this.#unacknowledged.has(packet.packetId);
  }
}

/** Whether the application has closed the connection. The replay lets the client do so when the state of the trace says it. */
export const isNormalEnd = ({ reasonCode = 0 }: DisconnectPacket): boolean => reasonCode < 0x80;

/** Authentication is not replayed, because a trace has no authentication data. */
function withoutAuthentication(connack: ConnackPacket, { properties }: ConnectPacket): ConnackPacket {
  if (properties?.authenticationMethod !== undefined || connack.properties === undefined) return connack;
  const { authenticationMethod: _, ...rest } = connack.properties;
  return { ...connack, properties: rest };
}

function forVersion(packet: Packet, version: ProtocolVersion): Packet {
  if (version === 5 || packet.cmd !== 'publish') return packet;
  const { properties: _, ...rest } = packet;
  return rest;
}
