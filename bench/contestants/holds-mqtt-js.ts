import { type HoldTask, type Task, latch, topicOf } from '../contestant.js';
import type { HoldMeter } from '../hold-meter.js';

/** The same for MQTT.js, which has no `latest`. In place of `publishAll` each callback publishes the next message. */
export async function holdOfMqttJs({ what, count }: HoldTask, task: Task, meter: HoldMeter): Promise<number> {
  const { connect } = (await import('mqtt')).default;
  const { port, version: protocolVersion, clientId, size, window } = task;
  const payload = Buffer.alloc(size, 0x61);
  const isOffline = what === 'queued';
  const client = connect(`mqtt://127.0.0.1:${what === 'close' ? 1 : port}`, {
    protocolVersion,
    clientId,
    manualConnect: isOffline,
    clean: what !== 'resend',
    reconnectPeriod: 100,
  });
  const connected = async () => {
    const ready = latch();
    client.once('connect', ready.open);
    if (isOffline) client.connect();
    await ready.opened;
  };
  const publishEach = (topic: string, qos: 0 | 1) => {
    const settled = latch();
    let missing = count;
    const onSettled = () => {
      if (--missing === 0) settled.open();
    };
    for (let i = 0; i < count; i++) client.publish(topic, payload, { qos }, onSettled);
    return settled;
  };
  const finish = async () => {
    const longest = await meter.end();
    client.end(true);
    return longest;
  };

  switch (what) {
    case 'publishAll': {
      await connected();
      const done = latch();
      let sent = 0;
      let settled = 0;
      const next = () => {
        sent++;
        client.publish(topicOf(0), payload, {}, () => {
          if (++settled === count) done.open();
          else if (sent < count) next();
        });
      };
      meter.begin();
      for (let i = 0; i < window; i++) next();
      await done.opened;
      return finish();
    }
    case 'queued': {
      const settled = publishEach(topicOf(0), 0);
      meter.begin();
      await connected();
      await settled.opened;
      return finish();
    }
    case 'resend': {
      await connected();
      const settled = publishEach('bench/second', 1);
      await new Promise(resolve => setTimeout(resolve, 2000));
      meter.begin();
      client.stream.destroy();
      await settled.opened;
      return finish();
    }
    case 'subscribe': {
      const granted = latch();
      await connected();
      const filters = Array.from({ length: count }, (_, i) => topicOf(i));
      meter.begin();
      // in packets of the size that this library sends
      let missing = count;
      for (let i = 0; i < count; i += 2000) {
        const some = filters.slice(i, i + 2000);
        client.subscribe(some, () => {
          if ((missing -= some.length) === 0) granted.open();
        });
      }
      await granted.opened;
      return finish();
    }
    case 'close': {
      // without a stream it cannot end, so there is one that nobody answers
      client.on('error', () => {});
      publishEach(topicOf(0), 1);
      const ended = latch();
      meter.begin();
      client.end(true, ended.open);
      await ended.opened;
      return meter.end();
    }
    case 'receive': {
      await connected();
      const done = latch();
      let missing = count;
      client.on('message', () => {
        if (--missing === 0) done.open();
      });
      await client.subscribeAsync('bench/#');
      client.publish('bench/feed', `${count} 1`);
      await new Promise(resolve => setTimeout(resolve, 100));
      const until = performance.now() + 500;
      while (performance.now() < until);
      await new Promise(resolve => setImmediate(resolve));
      meter.begin();
      await done.opened;
      return finish();
    }
    case 'latest':
      throw new Error('MQTT.js keeps no messages for late subscribers');
  }
}
