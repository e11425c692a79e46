import { lastValueFrom } from 'rxjs';
import { type MqttClient, type MqttOptions, mqtt } from '../../src/index.js';
import { seeded } from '../broker/seeded.js';
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.js';
import { activeResources } from '../support/resources.js';
import { type Random, type Schedule, schedule } from './schedule.js';

/** Every silence is noticed soon, and every attempt follows at once. */
export const impatient = {
  clean: false,
  keepalive: 1,
  pingTimeout: 250,
  connectTimeout: 400,
  ackTimeout: 300,
  closeTimeout: 100,
  reconnect: { initial: 5, max: 20, jitter: 'none' },
  maxDeliveries: Infinity, // cuts every few ms look like a bad message, and an isolated one leaves the order
  queue: { maxMessages: 10_000, maxBytes: 16 * 1024 * 1024 },
} as const satisfies MqttOptions;

/** ms that a client has to close its sockets after disconnect(): an open socket may linger for 1 s. */
const patience = 3_000;

/** The clients and wires of one test, from one seed. */
export class World {
  readonly random: Random;
  readonly #brokerPort: number;
  readonly #options: MqttOptions;
  readonly #clients: MqttClient[] = [];
  readonly #proxies: FaultProxy[] = [];
  readonly #before = activeResources();
  readonly id: string;

  constructor(seed: number, brokerPort: number, options: MqttOptions) {
    this.random = seeded(seed);
    this.#brokerPort = brokerPort;
    this.#options = options;
    this.id = `w${Date.now().toString(36)}-${seed}`;
  }

  /** A client with a wire of its own, on which the faults wait. */
  async client(name: string, faults: Schedule, options: MqttOptions = {}): Promise<MqttClient> {
    await this.#before;
    const proxy = await startFaultProxy(this.#brokerPort, schedule(this.random, faults));
    this.#proxies.push(proxy);
    const client = mqtt(proxy.url, { ...impatient, ...this.#options, ...options, clientId: `${this.id}-${name}` });
    this.#clients.push(client);
    return client;
  }

  get faultsLeft(): number {
    return this.#proxies.reduce((sum, proxy) => sum + proxy.faultsLeft, 0);
  }

  get struck(): number {
    return this.#proxies.reduce((sum, proxy) => sum + proxy.struck, 0);
  }

  /** disconnect() leaves no socket and no timer, though the wires are still there. */
  async disconnect(): Promise<void> {
    await Promise.all(this.#clients.map(client => lastValueFrom(client.disconnect(), { defaultValue: undefined })));
    const before = await this.#before;
    const left = async () => {
      const now = await activeResources();
      const more = (kind: string) => (now.get(kind) ?? 0) - (before.get(kind) ?? 0);
      const ours = this.#proxies.reduce((sum, { sockets }) => sum + sockets, 0);
      return { sockets: more('TCPSocketWrap') - ours, timers: more('Timeout') };
    };
    const giveUp = Date.now() + patience;
    for (let now = await left(); now.sockets > 0 || now.timers > 0; now = await left()) {
      if (Date.now() > giveUp) throw new Error(`left after disconnect(): ${JSON.stringify(now)}`);
    }
  }

  /** Whatever happened. */
  async end(): Promise<void> {
    for (const client of this.#clients) client.close();
    await Promise.all(this.#proxies.map(proxy => proxy.close()));
  }
}

/** The work in bounded time, or what is known when that is over. */
export async function within(ms: number, work: Promise<void>, known: () => unknown): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not done within ${ms} ms: ${JSON.stringify(known())}`)), ms);
  });
  await Promise.race([work, over]).finally(() => clearTimeout(timer));
}
