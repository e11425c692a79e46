// Compiled by `npm run types`, never run: which databases levelStore takes.
import { BrowserLevel } from 'browser-level';
import { ClassicLevel } from 'classic-level';
import { MemoryLevel } from 'memory-level';
import { levelStore, type SessionStore } from '../../src/store/index.js';

export const stores: SessionStore[] = [
  levelStore(new ClassicLevel('x')),
  levelStore(new ClassicLevel<string, Uint8Array>('x', { valueEncoding: 'view' }), { sync: true }),
  levelStore(new ClassicLevel<Buffer, { a: 1 }>('x', { keyEncoding: 'buffer', valueEncoding: 'json' })),
  levelStore(new ClassicLevel('x').sublevel('y')),
  levelStore(new ClassicLevel('x').sublevel<Buffer, Buffer>('y', { valueEncoding: 'buffer' }), { prefix: 'a' }),
  levelStore(new BrowserLevel('x')),
  levelStore(new MemoryLevel()),
];

// @ts-expect-error: no database
levelStore(new Map());
