import type { MqttClient, MqttOptions, OutgoingMessage } from '../../src/index.js';
import { type HoldTask, type Task, latch, topicOf } from '../contestant.js';
import type { HoldMeter } from '../hold-meter.js';
import { library } from '../library.js';

/** Returns the longest hold of the event loop by this library, in ms. What the caller's own loops hold is not measured. */
export async function holdOfRxjsMqtt({ what, count }: HoldTask, task: Task, meter: HoldMeter): Promise<number> {
  const { mqtt } = await library();
  const { port, version: protocolVersion, clientId, size } = task;
  const payload = Buffer.alloc(size, 0x61);
  const open = (options: MqttOptions = {}): MqttClient =>
    mqtt(`mqtt://127.0.0.1:${port}`, {
      protocolVersion,
      clientId,
      queue: { maxMessages: 2 * count, maxBytes: 1_000_000_000, offlineQos0: 'queue' },
      ...options,
    });
  const connected = async (client: MqttClient) => {
    const ready = latch();
    client.connect().subscribe({ complete: ready.open });
    await ready.opened;
  };
  /** Publishes all messages. The latch opens when all of them have settled. */
  const publishEach = (client: MqttClient, topic: string, qos: 0 | 1) => {
    const settled = latch();
    let missing = count;
    const onSettled = () => {
      if (--missing === 0) settled.open();
    };
    const observer = { complete: onSettled, error: onSettled };
    for (let i = 0; i < count; i++) client.publish(topic, payload, { qos }).subscribe(observer);
    return settled;
  };
  const finish = async (client: MqttClient): Promise<number> => {
    const longest = await meter.end();
    client.close();
    return longest;
  };

  switch (what) {
    case 'publishAll': {
      const client = open();
      await connected(client);
      const done = latch();
      meter.begin();
      client.publishAll(messages({ topic: topicOf(0), payload }, count)).subscribe({ complete: done.open });
      await done.opened;
      return finish(client);
    }
    case 'queued': {
      const client = open({ autoConnect: false });
      const settled = publishEach(client, topicOf(0), 0);
      meter.begin();
      await connected(client);
      await settled.opened;
      return finish(client);
    }
    case 'resend': {
      const client = open({ clean: false });
      await connected(client);
      const settled = publishEach(client, 'bench/second', 1);
      // the peer has what was sent before
      await new Promise(resolve => setTimeout(resolve, 1000));
      meter.begin();
      client.reconnect().subscribe();
      await settled.opened;
      return finish(client);
    }
    case 'subscribe': {
      const client = open({ autoConnect: false });
      const granted = latch();
      let missing = count;
      client.ack$.subscribe(event => {
        if (event.kind === 'subscribe' && (missing -= event.filters.length) === 0) granted.open();
      });
      for (let i = 0; i < count; i++) client.topic$(topicOf(i)).subscribe();
      meter.begin();
      await connected(client);
      await granted.opened;
      return finish(client);
    }
    case 'close': {
      const client = open({ autoConnect: false });
      const settled = publishEach(client, topicOf(0), 1);
      meter.begin();
      client.close();
      await settled.opened;
      return meter.end();
    }
    case 'receive': {
      const client = open();
      await connected(client);
      const done = latch();
      let missing = count;
      client.topic$('bench/#').subscribe(() => {
        if (--missing === 0) done.open();
      });
      client.publish('bench/feed', `${count} 1`).subscribe();
      // the peer fills the buffers of the system meanwhile
      const until = performance.now() + 500;
      while (performance.now() < until);
      await new Promise(resolve => setImmediate(resolve));
      meter.begin();
      await done.opened;
      return finish(client);
    }
    case 'latest': {
      const client = open();
      const stored = latch();
      let missing = count;
      const message$ = client.topic$('bench/#', { latest: { max: count } });
      message$.subscribe(() => {
        if (--missing === 0) stored.open();
      });
      await connected(client);
      client.publish('bench/feed', `${count} ${count}`).subscribe();
      await stored.opened;
      const replayed = latch();
      let waiting = count;
      meter.begin();
      message$.subscribe(() => {
        if (--waiting === 0) replayed.open();
      });
      await replayed.opened;
      return finish(client);
    }
  }
}

function* messages(message: OutgoingMessage, count: number): Generator<OutgoingMessage> {
  for (let i = 0; i < count; i++) yield { ...message };
}
