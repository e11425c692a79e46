import type { ConnectPacket, Packet, ProtocolVersion } from '../../packets.js';
import type { BrokerCore } from './core.js';
import type { PacketSink } from './outgoing.js';
import type { BrokerSession } from './session.js';

/** A connection, for those who handle its packets. */
export interface Peer extends PacketSink {
  readonly core: BrokerCore;
  readonly version: ProtocolVersion;
  /** Names that the client has given topics (5.0 section 3.3.2.3.4). */
  readonly aliases: Map<number, string>;
  speak(version: ProtocolVersion): void;
  /** CONNECT is good. */
  begin(session: BrokerSession, connect: ConnectPacket, keepalive: number): void;
  send(packet: Packet): void;
  /** The client has left in order, or is refused: no will. */
  finish(): void;
  /** The client has left, and wants its will. */
  hangUp(): void;
}
