import type { MqttMessage } from '../message.js';
import type { HeldFilter } from './subscriptions/subscription-state.js';

/** The number of sessions remembered. A session that is forgotten is treated like one that an earlier process left. */
const MAX_SESSIONS = 16;

/** What has to be known of a session when the client comes back to it, after it was connected under another client identifier. */
export interface KeptSession {
  /** The packet identifiers of QoS 2 messages between PUBLISH and PUBREL, with the message where it has not been handed over. */
  readonly received: ReadonlyMap<number, MqttMessage | undefined>;
  /** The packet identifiers of QoS 2 messages whose delivery is not finished at the broker. */
  readonly unfinishedIds: readonly number[];
  readonly filters: ReadonlyMap<string, HeldFilter>;
}

/** What is known of a session that was not kept. */
export const unknownSession: KeptSession = { received: new Map(), unfinishedIds: [], filters: new Map() };

/** The sessions that brokers may keep under client identifiers of this client, except the one in use. Lives with the client. */
export class KeptSessions {
  /** In the order in which the client left them. */
  readonly #sessions = new Map<string, KeptSession>();

  keep(clientId: string, session: KeptSession): void {
    this.#sessions.set(clientId, session);
    if (this.#sessions.size <= MAX_SESSIONS) return;
    const [oldest = ''] = this.#sessions.keys();
    this.#sessions.delete(oldest);
  }

  has(clientId: string): boolean {
    return this.#sessions.has(clientId);
  }

  /** Removes and returns a session, because it is in use again or gone. */
  take(clientId: string): KeptSession | undefined {
    const session = this.#sessions.get(clientId);
    this.#sessions.delete(clientId);
    return session;
  }
}
