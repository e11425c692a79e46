import type { Subscription } from 'rxjs';
import type { MqttClient, PublishOptions } from '../../src/index.js';
import type { SessionStore } from '../../src/store/index.js';
import { type Contestant, type Task, latch } from '../contestant.js';
import { library, storeLibrary } from '../library.js';
import { holdOfRxjsMqtt } from './holds-rxjs-mqtt.js';

/** This library, as it is built: one `publish()` a message, one `topic$` a filter. */
export async function rxjsMqtt(): Promise<Contestant> {
  const { mqtt } = await library();
  let client: MqttClient;
  let options: PublishOptions;
  let payload: Uint8Array;
  let window: number;
  const subscriptions: Subscription[] = [];
  const clients: MqttClient[] = [];

  async function open({ port, version, qos, size, clientId, window: most, store }: Task) {
    const kept = store === undefined ? {} : { clean: false, store: await openStore(store) };
    client = mqtt(`mqtt://127.0.0.1:${port}`, {
      protocolVersion: version,
      clientId,
      reconnect: false,
      ...kept,
      queue: { maxMessages: 1_000_000, maxBytes: 1_000_000_000, offlineQos0: 'queue' },
    });
    options = { qos };
    payload = Buffer.alloc(size, 0x61);
    window = most;
  }

  return {
    async start(task, received) {
      await open(task);
      const ready = latch();
      client.connect().subscribe({ complete: ready.open });
      await ready.opened;
      if (task.filters.length === 0) return;
      const subscribed = latch();
      const acks = client.ack$.subscribe(({ kind }) => {
        if (kind === 'subscribe') subscribed.open();
      });
      for (const filter of task.filters)
        subscriptions.push(client.topic$(filter, { qos: task.qos }).subscribe(received));
      await subscribed.opened;
      acks.unsubscribe();
    },

    async publish(topic, count) {
      const done = latch();
      let sent = 0;
      let settled = 0;
      const observer = {
        next: () => {
          if (++settled === count) return done.open();
          if (sent < count) next();
        },
        error: (error: unknown) => {
          throw error;
        },
      };
      const next = () => {
        sent++;
        client.publish(topic, payload, options).subscribe(observer);
      };
      for (let i = Math.min(window, count); i > 0; i--) next();
      await done.opened;
    },

    hold: holdOfRxjsMqtt,

    async stop() {
      const gone = latch();
      client.disconnect().subscribe({ complete: gone.open });
      await gone.opened;
    },

    async queue(count) {
      await open({ port: 1, version: 4, qos: 1, size: 64, window: 0, filters: [], clientId: 'queue' });
      const observer = { error: () => {} };
      for (let i = 0; i < count; i++) client.publish('bench/queue', payload, options).subscribe(observer);
    },

    async addClient({ port, version, qos, clientId, filters }) {
      const added = mqtt(`mqtt://127.0.0.1:${port}`, { protocolVersion: version, clientId });
      clients.push(added);
      const subscribed = latch();
      added.topic$(filters[0]!, { qos, subscribeObserver: { next: subscribed.open } }).subscribe();
      await subscribed.opened;
    },
  };
}

/** LevelDB, without `sync`. */
async function openStore(folder: string): Promise<SessionStore> {
  const { ClassicLevel } = await import('classic-level');
  const { levelStore } = await storeLibrary();
  return levelStore(new ClassicLevel(folder));
}
