import type { MqttClient } from 'mqtt';
import { type Contestant, type Task, latch } from '../contestant.js';
import { holdOfMqttJs } from './holds-mqtt-js.js';

/** MQTT.js, as its documents show it: `publish` with a callback, one `message` handler with a loop over those who listen. */
export async function mqttJs(): Promise<Contestant> {
  const { connect } = (await import('mqtt')).default;
  let client: MqttClient;
  let payload: Buffer;
  let task: Task;
  const clients: MqttClient[] = [];

  async function open(what: Task) {
    task = what;
    payload = Buffer.alloc(task.size, 0x61);
    // imported only where it is raced, because it brings a native module
    const manager = task.store === undefined ? undefined : (await import('mqtt-level-store')).default(task.store);
    client = connect(`mqtt://127.0.0.1:${task.port}`, {
      protocolVersion: task.version,
      clientId: task.clientId,
      ...(manager && { clean: false, outgoingStore: manager.outgoing, incomingStore: manager.incoming }),
      reconnectPeriod: 0,
    });
  }

  return {
    async start(what, received) {
      await open(what);
      const ready = latch();
      client.on('connect', ready.open);
      await ready.opened;
      const { filters, qos } = task;
      if (filters.length === 0) return;
      const listeners = filters.map(filter => ({ filter, received }));
      client.on('message', topic => {
        for (const listener of listeners) if (listener.filter === topic) listener.received();
      });
      const subscribed = latch();
      client.subscribe([...filters], { qos }, () => subscribed.open());
      await subscribed.opened;
    },

    async publish(topic, count) {
      const done = latch();
      const options = { qos: task.qos };
      let sent = 0;
      let settled = 0;
      const next = () => {
        sent++;
        client.publish(topic, payload, options, settle);
      };
      const settle = (error?: Error | null) => {
        if (error) throw error;
        if (++settled === count) return done.open();
        if (sent < count) next();
      };
      for (let i = Math.min(task.window, count); i > 0; i--) next();
      await done.opened;
    },

    hold: holdOfMqttJs,

    async stop() {
      await client.endAsync();
    },

    async queue(count) {
      await open({ port: 1, version: 4, qos: 1, size: 64, window: 0, filters: [], clientId: 'queue' });
      client.on('error', () => {});
      const options = { qos: 1 } as const;
      const settled = () => {};
      for (let i = 0; i < count; i++) client.publish('bench/queue', payload, options, settled);
    },

    async addClient({ port, version, qos, clientId, filters }) {
      const added = connect(`mqtt://127.0.0.1:${port}`, { protocolVersion: version, clientId });
      clients.push(added);
      const ready = latch();
      added.on('connect', ready.open);
      await ready.opened;
      added.on('message', () => {});
      const subscribed = latch();
      added.subscribe(filters[0]!, { qos }, () => subscribed.open());
      await subscribed.opened;
    },
  };
}
