import { firstValueFrom, lastValueFrom, timer } from 'rxjs';
import {
  type MqttClient,
  type MqttMessage,
  type MqttOptions,
  type ProtocolVersion,
  type QoS,
  type Subscribed,
  type TopicOptions,
  mqtt,
} from '../../index.js';

/** ms that a probe waits for what a broker should do at once. */
export const PATIENCE = 2000;

/** Clients of one broker, for probes. Each disconnects when its probe has ended. */
export class Prober {
  readonly #url: string;
  readonly #options: MqttOptions;
  /** Begins all topics, so that probes of two people do not meet. */
  readonly prefix: string;

  constructor(url: string, options: MqttOptions, prefix: string) {
    this.#url = url;
    this.#options = options;
    this.prefix = prefix;
  }

  /** Calls `probe` with a connected client. */
  async with<T>(options: MqttOptions, probe: (client: MqttClient) => Promise<T>): Promise<T> {
    const { clientId: _, ...common } = this.#options;
    const client = mqtt(this.#url, { ...common, reconnect: false, ...options });
    try {
      await firstValueFrom(client.connect());
      return await probe(client);
    } finally {
      await lastValueFrom(client.disconnect(), { defaultValue: undefined });
    }
  }
}

/** What a subscription has received and what the broker has granted. */
export interface Subscription {
  readonly granted: Subscribed;
  /** Resolves with the messages that come within `ms`. */
  readonly messages: (ms: number) => Promise<MqttMessage[]>;
  /** Resolves with the next message. */
  readonly next: () => Promise<MqttMessage>;
}

/** Subscribes, and resolves when the broker has answered. */
export async function subscribe(
  client: MqttClient,
  filters: readonly string[],
  qos: QoS,
  options: TopicOptions<undefined> = {},
): Promise<Subscription> {
  const received: MqttMessage[] = [];
  const waiting: ((message: MqttMessage) => void)[] = [];
  const granted = await new Promise<Subscribed>((resolve, reject) => {
    client.topic$(filters, { qos, ...options, subscribeObserver: { next: resolve } }).subscribe({
      next: message => {
        received.push(message);
        waiting.shift()?.(message);
      },
      error: reject,
    });
  });
  return {
    granted,
    messages: async ms => {
      await firstValueFrom(timer(ms));
      return received;
    },
    next: () =>
      received.length > 0
        ? Promise.resolve(received[0]!)
        : within(new Promise(resolve => waiting.push(resolve)), 'the message has not come'),
  };
}

/** Rejects if a promise takes longer than a broker should. */
export function within<T>(promise: Promise<T>, what: string): Promise<T> {
  const timedOut = firstValueFrom(timer(PATIENCE)).then(() => {
    throw new Error(`${what} within ${PATIENCE / 1000} s`);
  });
  return Promise.race([promise, timedOut]);
}

export const versionNames: Readonly<Record<ProtocolVersion, string>> = { 5: '5.0', 4: '3.1.1', 3: '3.1' };
