import { appendFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EMPTY, distinctUntilChanged, finalize, map, merge } from 'rxjs';
import { embeddedBroker } from '../demo/broker.js';
import { type ConnectionState, mqtt } from './library.js';
import { archive, heating, means } from './pipeline.js';
import { thermometers } from './thermometers.js';

// npm run pipeline: starts its own broker and thermometers
// npm run pipeline -- mqtt://host: reads rooms/<room>/temperature from your broker, and publishes rooms/<room>/mean
const given = process.argv[2];
const embedded = given === undefined ? await embeddedBroker() : undefined;
const url = given ?? `mqtt://127.0.0.1:${embedded!.port}`;
const file = join(tmpdir(), 'rxjs-mqtt-means.jsonl');
console.log(`The broker is ${embedded?.name ?? url}. Averages are stored in ${file}. Press Ctrl-C to stop.`);

const client = mqtt(url, { clientId: 'pipeline', clean: false });

const running = merge(
  client.connection$.pipe(map(state => `pipeline: ${describe(state)}`)),
  means(client, embedded ? 2000 : 10_000).pipe(
    map(({ message: { topic, payload = 0 }, status }) => `${topic} ${payload.toFixed(1)}: ${status}`),
  ),
  heating(client, 'attic').pipe(
    distinctUntilChanged(),
    map(on => `attic: heating ${on ? 'on' : 'off'}`),
  ),
  archive(client, row => appendFile(file, `${JSON.stringify(row)}\n`)).pipe(
    map(({ message }) => `${message.topic}: stored`),
  ),
  embedded ? thermometers(url) : EMPTY,
)
  .pipe(finalize(() => void embedded?.close()))
  .subscribe({ next: line => console.log(line), error: (error: unknown) => console.error(String(error)) });

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.once(signal, () => {
    client.disconnect({ drain: 2000 }).subscribe({ error: console.error, complete: () => running.unsubscribe() });
  });
}

function describe(state: ConnectionState): string {
  switch (state.status) {
    case 'connected':
      return `connected to ${state.url}`;
    case 'reconnecting':
      return `no connection, next attempt in ${(state.delay / 1000).toFixed(1)} s: ${state.error.message}`;
    case 'closed':
      return state.error ? `closed: ${state.error.message}` : 'closed';
    default:
      return state.status;
  }
}
