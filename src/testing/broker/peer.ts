import type { ConnectPacket, Packet, ProtocolVersion } from '../../packets.js';
import type { PacketSink } from './outgoing.js';
import type { BrokerSession } from './session.js';
import type { Faults } from './faults.js';
import type { BrokerMessage } from './message.js';
import type { BrokerSettings } from './options.js';
import type { Retained, Routing } from './routing.js';
import type { Sessions } from './sessions.js';

/** A connection, as the handlers of its packets use it. */
export interface Peer extends PacketSink {
  readonly core: BrokerCore;
  readonly version: ProtocolVersion;
  /** The topic aliases that the client has set (5.0 section 3.3.2.3.4). */
  readonly aliases: Map<number, string>;
  useVersion(version: ProtocolVersion): void;
  /** Begins the session after CONNECT was accepted. */
  begin(session: BrokerSession, connect: ConnectPacket, keepalive: number): void;
  send(packet: Packet): void;
  /** Closes the connection without publishing the will. */
  finish(): void;
  /** Closes the connection and publishes the will. */
  closeWithWill(): void;
}

/** What all connections of a broker share. */
export interface BrokerCore {
  readonly settings: BrokerSettings;
  readonly faults: Faults;
  readonly sessions: Sessions;
  readonly routing: Routing;
  readonly retained: Retained;
  now(): number;
  /** Routes a message to its subscriptions, and keeps it if it is retained. Returns false if no subscription matches. */
  publish(message: BrokerMessage): boolean;
  observe(clientId: string | undefined, direction: 'received' | 'sent', packet: Packet): void;
}
