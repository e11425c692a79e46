// Sessions in databases, by import and by require(). Where these are two copies, a store of one works with a client of the other.
import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { MemoryLevel } from 'memory-level';
import { firstValueFrom, lastValueFrom, take, toArray } from 'rxjs';
import { MqttError, mqtt } from 'rxjs-mqtt';
import { levelStore } from 'rxjs-mqtt/store';
import { sessionStoreTests } from 'rxjs-mqtt/testing';

const require = createRequire(import.meta.url);
const imported = { MqttError, levelStore, mqtt, sessionStoreTests };
const required = { ...require('rxjs-mqtt'), ...require('rxjs-mqtt/store'), ...require('rxjs-mqtt/testing') };

/** A client of `ofClient` leaves two messages in a store of `ofStore`, and the next one, with stores of its own copy, sends them. */
async function hold(ofStore, ofClient, openDatabase, url) {
  const session = { clientId: 'device', clean: false, quiet: true };
  const database = openDatabase();
  const offline = ofClient.mqtt('mqtt://127.0.0.1:1', { ...session, store: ofStore.levelStore(database) });
  for (const tag of ['first', 'second'])
    await firstValueFrom(offline.publish('store/test', tag, { qos: 2, until: 'queued', tag }));
  const intruder = ofClient.mqtt(url, { ...session, store: ofClient.levelStore(database) });
  const refused = await firstValueFrom(intruder.restored$).catch(each => each);
  assert(ofStore.MqttError.is(refused, 'STORE_IN_USE'), `a second owner got ${refused}`);
  await lastValueFrom(offline.disconnect(), { defaultValue: undefined });

  const listener = ofClient.mqtt(url, { clean: true });
  const texts = lastValueFrom(listener.topic$('store/test', { qos: 2 }).pipe(take(2), toArray()));
  await lastValueFrom(listener.connect());
  await lastValueFrom(listener.publish('store/ready', '', { qos: 1 }));
  const next = ofClient.mqtt(url, { ...session, store: ofClient.levelStore(openDatabase()) });
  const tags = lastValueFrom(next.ack$.pipe(take(2), toArray()));
  assert.equal((await firstValueFrom(next.restored$)).waiting, 2);
  assert.deepEqual(
    (await tags).map(({ tag }) => tag),
    ['first', 'second'],
  );
  assert.deepEqual(
    (await texts).map(message => message.text()),
    ['first', 'second'],
  );
  for (const client of [listener, next]) await lastValueFrom(client.disconnect(), { defaultValue: undefined });
}

async function check(ofStore, ofClient, url) {
  const memory = new MemoryLevel();
  await hold(ofStore, ofClient, () => memory, url);
  const folder = mkdtempSync(join(tmpdir(), 'use-store-'));
  await hold(ofStore, ofClient, () => new ClassicLevel(folder), url);
  rmSync(folder, { recursive: true });

  const tested = new MemoryLevel();
  const tests = ofClient.sessionStoreTests(() => ofStore.levelStore(tested));
  assert(tests.length > 10);
  for (const { run } of tests) await run();
}

for (const ofStore of [imported, required])
  for (const ofClient of [imported, required]) await check(ofStore, ofClient, process.argv[2]);
console.log('stores work');
