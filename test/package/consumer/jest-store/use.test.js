// Jest runs this as CommonJS, without configuration.
const { firstValueFrom, lastValueFrom } = require('rxjs');
const { MemoryLevel } = require('memory-level');
const { mqtt } = require('rxjs-mqtt');
const { levelStore } = require('rxjs-mqtt/store');
const { sessionStoreTests } = require('rxjs-mqtt/testing');

test('sends what an earlier client has stored', async () => {
  const options = { clientId: 'jest', clean: false, quiet: true, store: levelStore(new MemoryLevel()) };
  const offline = mqtt(process.env.BROKER, { ...options, autoConnect: false });
  await firstValueFrom(offline.publish('jest/store', 'hello', { qos: 1, until: 'queued', tag: 'kept' }));
  await lastValueFrom(offline.disconnect(), { defaultValue: undefined });

  const next = mqtt(process.env.BROKER, options);
  const ack = firstValueFrom(next.ack$);
  expect((await firstValueFrom(next.restored$)).waiting).toBe(1);
  expect((await ack).tag).toBe('kept');
  await lastValueFrom(next.disconnect(), { defaultValue: undefined });
});

const db = new MemoryLevel();
for (const { name, run } of sessionStoreTests(() => levelStore(db))) test(name, run);
