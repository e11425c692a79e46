import type { MqttMessage } from '../message.js';
import type { HeldFilter } from './subscriptions/subscription-state.js';

/** So many are known; of another one nothing is, as if an earlier process had left it. */
const MOST = 16;

/** What has to be known of a session when the client comes back to it, after it was connected under another client id. */
export interface KeptSession {
  /** The QoS 2 identifiers between PUBLISH and PUBREL; with the message where it has not been handed over. */
  readonly received: ReadonlyMap<number, MqttMessage | undefined>;
  /** The identifiers of QoS 2 messages that the broker may hold half of. */
  readonly unfinishedIds: readonly number[];
  readonly filters: ReadonlyMap<string, HeldFilter>;
}

/** The sessions that brokers may keep under client ids of this client, without the one that is in use. Lives with the client. */
export class KeptSessions {
  /** In the order in which they were left. */
  readonly #sessions = new Map<string, KeptSession>();

  keep(clientId: string, session: KeptSession): void {
    this.#sessions.set(clientId, session);
    if (this.#sessions.size <= MOST) return;
    const [oldest = ''] = this.#sessions.keys();
    this.#sessions.delete(oldest);
  }

  has(clientId: string): boolean {
    return this.#sessions.has(clientId);
  }

  /** The session is in use again, or gone. */
  take(clientId: string): KeptSession | undefined {
    const session = this.#sessions.get(clientId);
    this.#sessions.delete(clientId);
    return session;
  }
}
