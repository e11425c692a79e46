import type { MqttError } from './errors.js';
import type { QoS } from './message.js';
import type { ConnackPacket, ProtocolVersion } from './packets.js';

/** The CONNACK of the broker, unchanged. */
export type Connack = Readonly<Omit<ConnackPacket, 'cmd'>>;

/** The limits of a connection: the properties of CONNACK, or the defaults of the specification (5.0 section 3.2.2.3). */
export interface NegotiatedLimits {
  readonly protocolVersion: ProtocolVersion;
  /** The client identifier in use: your own, or the one that the broker assigned. */
  readonly clientId: string;
  /** s. The Server Keep Alive, if the broker sets one. 0: off. */
  readonly keepalive: number;
  /** s. How long the broker keeps the session after this connection. 0xFFFFFFFF: the session does not expire. */
  readonly sessionExpiry: number;
  /** How many QoS 1 and 2 messages may be in flight to the broker. */
  readonly receiveMaximum: number;
  readonly maximumQoS: QoS;
  /** bytes. The longest packet that the broker accepts; Infinity if it sets no limit. */
  readonly maximumPacketSize: number;
  /** The highest topic alias that this client may use; 0: none. */
  readonly topicAliasMaximum: number;
  readonly retainAvailable: boolean;
  readonly wildcardSubscriptionAvailable: boolean;
  readonly subscriptionIdentifiersAvailable: boolean;
  readonly sharedSubscriptionAvailable: boolean;
}

/** The state of the connection. */
export type ConnectionState =
  | { readonly status: 'idle' | 'disconnecting' }
  /** `attempt` counts from 1, and starts again at 1 after a stable connection. `url` contains no credentials. */
  | { readonly status: 'connecting'; readonly attempt: number; readonly url: string }
  | {
      readonly status: 'connected';
      readonly connack: Connack;
      readonly limits: NegotiatedLimits;
      readonly url: string;
      readonly localAddress?: string;
      readonly remoteAddress?: string;
    }
  /** `delay`: ms until the next attempt, if the reconnect strategy waits with `ReconnectContext.wait`. */
  | { readonly status: 'reconnecting'; readonly attempt: number; readonly delay: number; readonly error: MqttError }
  /** Has an error unless `disconnect()` closed the client, or the reconnect strategy completed. */
  | { readonly status: 'closed'; readonly error?: MqttError };
