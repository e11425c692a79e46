// A store of its own in a page: what one client could not send, the next one sends.
import { firstValueFrom, lastValueFrom, take, toArray } from 'rxjs';
import { mqtt } from 'rxjs-mqtt';
import { SessionStore, levelStore } from 'rxjs-mqtt/store';

class MapStore extends SessionStore {
  entries = new Map();

  async open() {
    const { entries } = this;
    return {
      load: async () => Array.from(entries, ([key, value]) => ({ key, value })),
      async write(changes) {
        for (const { type, key, value } of changes) type === 'put' ? entries.set(key, value) : entries.delete(key);
      },
      close: async () => undefined,
    };
  }
}

async function run() {
  const options = { clientId: 'page', clean: false, quiet: true, store: new MapStore() };
  const offline = mqtt('ws://broker.example:9001', { ...options, autoConnect: false });
  for (const tag of ['first', 'second'])
    await firstValueFrom(offline.publish('app/store', tag, { qos: 2, until: 'queued', tag }));
  await lastValueFrom(offline.disconnect(), { defaultValue: undefined });

  const next = mqtt('ws://broker.example:9001', options);
  const acks = lastValueFrom(next.ack$.pipe(take(2), toArray()));
  const { waiting } = await firstValueFrom(next.restored$);
  const tags = (await acks).map(({ tag }) => tag);
  await lastValueFrom(next.disconnect(), { defaultValue: undefined });
  return { waiting, tags, noDatabase: codeOf(() => levelStore({})) };
}

function codeOf(call) {
  try {
    call();
  } catch ({ code }) {
    return code;
  }
}

globalThis.result = run();
