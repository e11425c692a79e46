import type { MqttClient, OutgoingMessage } from '../../src/index.js';
import { type Contestant, type Task, latch } from '../contestant.js';
import { library } from '../library.js';

/** This library, as it is built: one `publishAll()` for all messages of a round. */
export async function publishAll(): Promise<Contestant> {
  const { mqtt } = await library();
  let client: MqttClient;
  let task: Task;

  return {
    async start(what) {
      task = what;
      const { port, version, clientId } = task;
      client = mqtt(`mqtt://127.0.0.1:${port}`, { protocolVersion: version, clientId, reconnect: false });
      const ready = latch();
      client.connect().subscribe({ complete: ready.open });
      await ready.opened;
    },

    async publish(topic, count) {
      const { qos, size, window: concurrency } = task;
      const payload = Buffer.alloc(size, 0x61);
      const done = latch();
      client.publishAll(messages({ topic, payload, qos }, count), { concurrency }).subscribe({
        next: outcome => {
          if (outcome.status !== 'published') throw outcome.error;
        },
        complete: done.open,
      });
      await done.opened;
    },

    async queue(count) {
      const queue = { maxMessages: 2 * count, maxBytes: 1_000_000_000 };
      client = mqtt('mqtt://127.0.0.1:1', { protocolVersion: 4, reconnect: false, queue });
      const payload = Buffer.alloc(64, 0x61);
      const all = messages({ topic: 'bench/queue', payload, qos: 1 }, count);
      client.publishAll(all, { concurrency: count }).subscribe({ error: () => {} });
    },

    async stop() {
      const gone = latch();
      client.disconnect().subscribe({ complete: gone.open });
      await gone.opened;
    },
  };
}

function* messages({ topic, payload, qos }: OutgoingMessage, count: number): Generator<OutgoingMessage> {
  for (let i = 0; i < count; i++) yield { topic, payload: payload!, qos: qos! };
}
