import type { Subscription } from 'rxjs';
import { MqttError } from '../../errors.js';
import type { ConnectPacket, Packet, ProtocolVersion, PublishPacket } from '../../packets.js';
import { publishSize } from '../../protocol/packet-size.js';
import { Queue } from '../../protocol/collections/queue.js';
import { ServerEncoder } from '../../codec/server/server-encoder.js';
import type { BrokerCore, Peer } from './peer.js';
import { ClientPackets } from '../../codec/server/client-packets.js';
import { accept } from './accept.js';
import { inVersion } from '../../codec/server/in-version.js';
import { handlePacket } from './received.js';
import type { BrokerSession } from './session.js';
import { type Wire, tickOf } from './wire.js';

/** The broker's side of one connection. All of its state lives with the connection. */
export class Connection implements Peer {
  readonly core: BrokerCore;
  readonly #wire: Wire;
  readonly #packets: ClientPackets;
  #encoder = new ServerEncoder(4);
  #keepaliveTimer: Subscription | undefined;
  /** ms. Packets wait until then, because a fault delays an earlier one. */
  #busyUntil = 0;
  /** The packets that wait, in the order of their arrival. */
  readonly #delayed = new Queue<Packet>();
  #isOver = false;

  /** The version of CONNECT. */
  version: ProtocolVersion = 4;
  session: BrokerSession | undefined;
  receiveMaximum = Infinity;
  #maximumPacketSize = Infinity;
  /** s */
  #keepalive = 0;
  /** The topic aliases that the client has set (5.0 section 3.3.2.3.4). */
  readonly aliases = new Map<number, string>();

  constructor(wire: Wire, core: BrokerCore) {
    this.#wire = wire;
    this.core = core;
    this.#packets = new ClientPackets(core.settings.connack.maximumPacketSize);
    wire.listen({ received: chunk => this.#received(chunk), ended: () => this.#end(true) });
  }

  get clientId(): string | undefined {
    return this.session?.clientId;
  }

  /** Begins the session after CONNECT was accepted. */
  begin(session: BrokerSession, connect: ConnectPacket, keepalive: number): void {
    const { receiveMaximum, maximumPacketSize } = connect.properties ?? {};
    this.session = session;
    session.connection = this;
    this.receiveMaximum = receiveMaximum ?? (this.version === 5 ? 0xffff : Infinity);
    this.#maximumPacketSize = maximumPacketSize ?? Infinity;
    this.#keepalive = keepalive;
    this.#restartKeepalive();
  }

  useVersion(version: ProtocolVersion): void {
    this.version = version;
    this.#encoder = new ServerEncoder(version);
  }

  fits(packet: PublishPacket): boolean {
    return publishSize(packet, this.version) <= this.#maximumPacketSize;
  }

  send(packet: Packet): void {
    if (this.#isOver) return;
    const fault = this.core.faults.take(packet, 'broker');
    if (fault?.fault === 'drop') return;
    if (fault?.fault === 'cut') return this.cut();
    if (fault?.fault === 'halfOpen') this.halfOpen();
    this.core.observe(this.clientId, 'sent', packet);
    this.#encoder.write(inVersion(packet, this.version));
    this.#wire.write(this.#encoder.take(), fault?.fault === 'delay' ? fault.ms : 0);
  }

  /** Sends DISCONNECT, in 5.0, and closes the connection. The will is published. */
  disconnect(reasonCode: number): void {
    if (this.version === 5 && this.session !== undefined) this.send({ cmd: 'disconnect', reasonCode });
    this.#end(true);
    this.#wire.close();
  }

  takeOver(): void {
    this.disconnect(0x8e);
  }

  /** Breaks the link. The will is published. */
  cut(): void {
    this.#end(true);
    this.#wire.close(true);
  }

  halfOpen(): void {
    this.#wire.halfOpen();
  }

  /** Closes the connection without DISCONNECT. The will is published. */
  closeWithWill(): void {
    this.#end(true);
    this.#wire.close();
  }

  /** Closes the connection after DISCONNECT of the client, or a refusal. The will is not published. */
  finish(): void {
    this.#end(false);
    this.#wire.close();
  }

  #received(chunk: Uint8Array): void {
    this.#packets.push(chunk);
    this.#guard(() => {
      const isOpen = () => !this.#isOver && !this.#wire.isHalfOpen;
      for (let packet = this.#packets.next(); packet !== undefined && isOpen(); packet = this.#packets.next()) {
        this.#handleWithFaults(packet);
      }
    });
  }

  #handleWithFaults(packet: Packet): void {
    const fault = this.core.faults.take(packet, 'client');
    if (fault?.fault === 'drop') return;
    if (fault?.fault === 'cut') return this.cut();
    if (fault?.fault === 'halfOpen') return this.halfOpen();
    const { scheduler } = this.core.settings;
    const now = scheduler.now();
    this.#busyUntil = Math.max(this.#busyUntil, now + (fault?.fault === 'delay' ? fault.ms : 0));
    if (this.#busyUntil === now && this.#delayed.length === 0) return this.#handle(packet);
    this.#delayed.push(packet);
    // each timer handles the oldest packet, so that none overtakes another whose timer is due at the same time
    tickOf(scheduler, this.#busyUntil - now).schedule(
      () => this.#guard(() => this.#handle(this.#delayed.take()!)),
      this.#busyUntil - now,
    );
  }

  #handle(packet: Packet): void {
    if (this.#isOver) return;
    this.#restartKeepalive();
    this.core.observe(this.clientId, 'received', packet);
    if (packet.cmd === 'connect') accept(packet, this);
    else handlePacket(packet, this, this.session!);
  }

  /** Runs a task, and closes the connection with the reason code of the protocol violation that it throws. */
  #guard(task: () => void): void {
    try {
      task();
    } catch (error) {
      if (!MqttError.is(error)) throw error;
      if (!this.#isOver) this.disconnect(error.reasonCode ?? 0x81);
    }
  }

  /** Closes the connection after one and a half times the keepalive without a packet [MQTT-3.1.2-22]. */
  #restartKeepalive(): void {
    this.#keepaliveTimer?.unsubscribe();
    if (this.#keepalive === 0) return;
    this.#keepaliveTimer = this.core.settings.scheduler.schedule(() => this.disconnect(0x8d), this.#keepalive * 1500);
  }

  #end(withWill: boolean): void {
    if (this.#isOver) return;
    this.#keepaliveTimer?.unsubscribe();
    const { session } = this;
    if (session?.connection === this) this.core.sessions.disconnected(session, withWill);
    this.#isOver = true;
  }
}
