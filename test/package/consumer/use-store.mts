import { BrowserLevel } from 'browser-level';
import { ClassicLevel } from 'classic-level';
import { MemoryLevel } from 'memory-level';
import { mqtt } from 'rxjs-mqtt';
import { levelStore, type SessionStore } from 'rxjs-mqtt/store';

const stores: SessionStore[] = [
  levelStore(new ClassicLevel('a'), { sync: true }),
  levelStore(new ClassicLevel<string, { b: 1 }>('a', { valueEncoding: 'json' }).sublevel('c')),
  levelStore(new BrowserLevel('a')),
  levelStore(new MemoryLevel()),
];

export const clients = stores.map(store => mqtt('mqtt://127.0.0.1', { clientId: 'a', clean: false, store }));
