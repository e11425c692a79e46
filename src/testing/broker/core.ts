import type { Packet } from '../../packets.js';
import type { Faults } from './faults.js';
import type { BrokerMessage } from './message.js';
import type { BrokerSettings } from './options.js';
import type { Retained } from './retained.js';
import type { Routing } from './routing.js';
import type { Sessions } from './sessions.js';

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
