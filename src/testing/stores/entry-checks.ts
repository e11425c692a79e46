import { entriesOf, expect, expectEntries, put, del, write, type StoreCheck } from './store-under-test.js';

const id = 'entries';
const LONGEST_CLIENT_ID = 65_535;

/** Client ids that some databases confuse: by case, accents, blanks, wildcards, separators, or as beginnings of each other. */
const clientIds = [
  '',
  ' ',
  'a',
  'A',
  'a ',
  'ab',
  'a!',
  'a!b',
  'a"',
  '!',
  '!!',
  '%',
  '%21',
  '_',
  "a' OR 'a' = 'a",
  '../a',
  'a/b',
  'a\\b',
  '\u0001',
  'é',
  'e\u0301',
  'ß',
  'ss',
  '\uffff',
  '\u{10ffff}',
  '😀',
  '😁',
  'x'.repeat(LONGEST_CLIENT_ID),
  `${'x'.repeat(LONGEST_CLIENT_ID - 1)}y`,
];

/** What a store must do with entries. */
export const entryChecks: Readonly<Record<string, StoreCheck>> = {
  'opens a session that is not stored as an empty one': async tested => {
    const session = await tested.open(await tested.makeEmpty(id), id);
    expectEntries(await entriesOf(session), [], 'of a session without entries');
  },

  'loads what was written, in ascending order of the keys by code unit': async tested => {
    const session = await tested.open(await tested.makeEmpty(id), id);
    const longKey = `q${'0'.repeat(39)}`;
    await write(
      session,
      ...['z', 'b', 'a0', 'aa', 'a', 'a9', longKey, 'z0', 'q9', 'q10', 'a00'].map(key => put(key, key)),
    );
    await tested.close(session);
    const sorted = ['a', 'a0', 'a00', 'a9', 'aa', 'b', longKey, 'q10', 'q9', 'z', 'z0'];
    expectEntries(
      await tested.reload(id),
      sorted.map(key => `${key}=${key}`),
      'after these keys were put in another order',
    );
  },

  'replaces and deletes entries': async tested => {
    const session = await tested.open(await tested.makeEmpty(id), id);
    await write(session, put('a', '1'), put('b', '1'), put('c', '1'));
    await write(session, put('a', '2'), del('b'), del('missing'));
    await tested.close(session);
    expectEntries(await tested.reload(id), ['a=2', 'c=1'], 'after a was replaced and b was deleted');
  },

  'keeps values byte for byte': async tested => {
    const session = await tested.open(await tested.makeEmpty(id), id);
    const allBytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    const values: Readonly<Record<string, Uint8Array>> = {
      all: allBytes,
      empty: new Uint8Array(0),
      large: Uint8Array.from({ length: 1_000_000 }, (_, i) => (i * 7) ^ (i >> 8)),
      part: allBytes.subarray(100, 103),
    };
    await write(session, ...Object.entries(values).map(([key, value]) => put(key, value)));
    await tested.close(session);
    const entries = await tested.reload(id);
    for (const [key, value] of Object.entries(values)) {
      const found = entries.find(entry => entry.key === key)?.value;
      expect(found instanceof Uint8Array, `the value of '${key}' must be a Uint8Array, and is ${typeof found}`);
      const wrong = value.findIndex((byte, i) => byte !== found[i]);
      const lengths = `${found.length} of ${value.length} bytes`;
      expect(
        found.length === value.length && wrong < 0,
        `'${key}' must have its bytes, and has ${lengths}, wrong at ${wrong}`,
      );
    }
  },

  'keeps the entries of a message with a tag like all others': async tested => {
    const session = await tested.open(await tested.makeEmpty(id), id);
    await write(session, { ...put('a', '1'), tag: 'sale-4711' } as ReturnType<typeof put>, put('b', '2'));
    await tested.close(session);
    expectEntries(await tested.reload(id), ['a=1', 'b=2'], 'after a was put with a tag');
  },

  'loads 10,000 entries, each once': async tested => {
    const session = await tested.open(await tested.makeEmpty(id), id);
    const keys = Array.from({ length: 10_000 }, (_, i) => `q${String(i).padStart(12, '0')}`);
    for (let i = 0; i < keys.length; i += 500) await write(session, ...keys.slice(i, i + 500).map(key => put(key, '')));
    await tested.close(session);
    expectEntries(
      await tested.reload(id),
      keys.map(key => `${key}=`),
      'after as many were put',
    );
  },

  'keeps the sessions of different client ids apart': async tested => {
    const store = await tested.makeEmpty(...clientIds);
    for (const [i, clientId] of clientIds.entries()) {
      const session = await tested.open(store, clientId);
      await write(session, put('a', `${i}`), put('only', `${i}`));
      await tested.close(session);
    }
    const deleted = 2;
    const session = await tested.open(store, clientIds[deleted]!);
    await write(session, del('only'));
    await tested.close(session);
    for (const [i, clientId] of clientIds.entries()) {
      const expected = i === deleted ? [`a=${i}`] : [`a=${i}`, `only=${i}`];
      const name = clientId.length > 40 ? `${clientId.slice(0, 3)}... of ${clientId.length} characters` : clientId;
      expectEntries(await tested.reload(clientId), expected, `of client id '${name}'`);
    }
  },
};
