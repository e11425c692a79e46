import type { MqttError } from './errors.js';
import type { QoS } from './message.js';
import type { ConnackPacket, ProtocolVersion } from './packets.js';

/** The broker's answer to CONNECT, as it came. */
export type Connack = Readonly<Omit<ConnackPacket, 'cmd'>>;

/** What this connection allows: CONNACK's properties, with the defaults of the specification where it is silent. */
export interface NegotiatedLimits {
  readonly protocolVersion: ProtocolVersion;
  /** The id in use: ours, or the one the broker assigned. */
  readonly clientId: string;
  /** s; the broker's where it sets one (Server Keep Alive). 0 is off. */
  readonly keepalive: number;
  /** s; how long the broker keeps the session after this connection. 0xFFFFFFFF is for ever. */
  readonly sessionExpiry: number;
  /** How many QoS 1 and 2 messages may be unacknowledged at a time, towards the broker. */
  readonly receiveMaximum: number;
  readonly maximumQoS: QoS;
  /** bytes, towards the broker; Infinity where it names none. */
  readonly maximumPacketSize: number;
  /** Towards the broker; 0 is none. */
  readonly topicAliasMaximum: number;
  readonly retainAvailable: boolean;
  readonly wildcardSubscriptionAvailable: boolean;
  readonly subscriptionIdentifiersAvailable: boolean;
  readonly sharedSubscriptionAvailable: boolean;
}

/** The life of the connection, as values. */
export type ConnectionState =
  | { readonly status: 'idle' | 'disconnecting' }
  /** `attempt` counts from 1 and starts again after a stable connection. `url` holds no credentials. */
  | { readonly status: 'connecting'; readonly attempt: number; readonly url: string }
  | {
      readonly status: 'connected';
      readonly connack: Connack;
      readonly limits: NegotiatedLimits;
      readonly url: string;
      readonly localAddress?: string;
      readonly remoteAddress?: string;
    }
  /** `delay` in ms until the next attempt, as far as the strategy announced one (see ReconnectContext.wait). */
  | { readonly status: 'reconnecting'; readonly attempt: number; readonly delay: number; readonly error: MqttError }
  /** Without an error: by disconnect(). */
  | { readonly status: 'closed'; readonly error?: MqttError };
