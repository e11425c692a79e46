// Records the traces in test/traces, with real brokers and cuts in their connections: npx tsx test/interop/record-traces.ts
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { firstValueFrom, lastValueFrom, tap } from 'rxjs';
import { mqtt } from '../../src/index.js';
import { recordTrace, toJsonLines } from '../../src/trace/index.js';
import { startProxy } from '../broker/proxy.js';
import type { BrokerKind } from '../support/brokers/broker.js';
import { mosquitto } from '../support/brokers/mosquitto.js';
import { nats } from '../support/brokers/nats.js';
import { rabbitmq } from '../support/brokers/rabbitmq.js';
import { loopback } from '../support/ports.js';
import { alarms } from '../traces/alarms.js';

const rooms = ['attic', 'cellar', 'kitchen'] as const;
/** ms between two readings. */
const pace = 40;

/** Lets a client work for some seconds, in which it loses its connection in different ways, and writes its trace. */
async function record(kind: BrokerKind): Promise<void> {
  const broker = await kind.start();
  const proxy = await startProxy(broker.tcp);
  const reconnect = { initial: 200, max: 400 };
  const session = {
    clientId: `alarms-${kind.name.toLowerCase()}`,
    clean: false,
    keepalive: 30,
    quiet: true,
    reconnect,
  };
  const client = mqtt(proxy.url, session);
  const sensors = mqtt(`mqtt://${loopback}:${broker.tcp}`, { clientId: 'sensors', quiet: true });
  const file = createWriteStream(fileURLToPath(new URL(`../traces/${kind.name.toLowerCase()}.jsonl`, import.meta.url)));
  const written = lastValueFrom(
    recordTrace(client).pipe(
      toJsonLines(),
      tap(line => file.write(line)),
    ),
  );

  let n = 0;
  const send = async (readings: number) => {
    for (let i = 0; i < readings; i++, n++) {
      const celsius = 20 + ((n * 7) % 15);
      const payload = JSON.stringify({ celsius, n });
      await lastValueFrom(sensors.publish(`readings/${rooms[n % rooms.length]!}`, payload, { qos: 1 }));
      await delay(pace);
    }
  };
  const pipeline = alarms(client).subscribe();
  try {
    await firstValueFrom(client.connect());
    await send(25);
    proxy.cut();
    await send(25);
    proxy.cutAfter({ direction: 'toClient', bytes: 150 }); // in the middle of a packet
    await send(25);
    await proxy.stop();
    await send(10);
    await proxy.start();
    await send(25);
    await delay(500);
  } finally {
    await lastValueFrom(client.disconnect(), { defaultValue: undefined });
    pipeline.unsubscribe();
    await lastValueFrom(sensors.disconnect(), { defaultValue: undefined });
    await proxy.stop();
    await broker.stop();
  }
  await written;
  file.end();
  await finished(file);
}

for (const kind of [mosquitto, rabbitmq, nats]) {
  if (!kind.isInstalled()) throw new Error(kind.missing);
  await record(kind);
  console.log(`${kind.name}: recorded`);
}
