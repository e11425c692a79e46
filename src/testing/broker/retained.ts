import { matches } from '../../protocol/topics/match.js';
import type { BrokerMessage } from './message.js';

/** The last retained message of each topic (5.0 section 3.3.1.3). */
export class Retained {
  readonly #byTopic = new Map<string, BrokerMessage>();
  readonly #now: () => number;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** An empty payload deletes what is kept [MQTT-3.3.1-6]. */
  keep(message: BrokerMessage): void {
    this.#byTopic.delete(message.topic);
    if (message.payload.length > 0) this.#byTopic.set(message.topic, message);
  }

  matching(filter: string): BrokerMessage[] {
    return [...this.#byTopic.values()].filter(
      ({ topic, expiresAt }) => expiresAt > this.#now() && matches(filter, topic),
    );
  }

  /** Payloads by topic. */
  get all(): ReadonlyMap<string, Uint8Array> {
    return new Map(this.matching('#').map(({ topic, payload }) => [topic, payload]));
  }
}
