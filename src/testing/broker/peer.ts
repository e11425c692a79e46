import type { ConnectPacket, Packet, ProtocolVersion } from '../../packets.js';
import type { PacketSink } from './outgoing.js';
import type { BrokerSession } from './session.js';
import type { Faults } from './faults.js';
import type { BrokerMessage } from './message.js';
import type { BrokerSettings } from './options.js';
import type { Retained, Routing } from './routing.js';
import type { Sessions } from './sessions.js';

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

/** What the parts of a broker share. */
export interface BrokerCore {
  readonly settings: BrokerSettings;
  readonly faults: Faults;
  readonly sessions: Sessions;
  readonly routing: Routing;
  readonly retained: Retained;
  now(): number;
  /** To everybody who subscribes, and kept where it is to be. False when nobody does. */
  publish(message: BrokerMessage): boolean;
  observe(clientId: string | undefined, direction: 'received' | 'sent', packet: Packet): void;
}
