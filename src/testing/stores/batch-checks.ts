import type { StoreChange } from '../../stored-session.js';
import { del, expectEntries, expectError, put, write, type StoreCheck } from './store-under-test.js';

const id = 'batches';

/** What a store must do with batches. */
export const batchChecks: Readonly<Record<string, StoreCheck>> = {
  'applies the changes of a batch in their order': async tested => {
    const session = await tested.open(await tested.makeEmpty(id), id);
    await write(session, put('c', 'old'), put('d', 'old'));
    await write(
      session,
      ...[put('a', '1'), put('a', '2')],
      ...[put('b', '1'), del('b'), put('b', '2')],
      ...[del('c'), put('c', 'new')],
      ...[put('d', 'new'), del('d')],
      ...[put('e', '1'), del('e')],
    );
    await tested.close(session);
    expectEntries(
      await tested.reload(id),
      ['a=2', 'b=2', 'c=new'],
      'after a batch that changes each key several times',
    );
  },

  'applies batches in their order': async tested => {
    const session = await tested.open(await tested.makeEmpty(id), id);
    for (let i = 0; i < 100; i++) await write(session, put('a', `${i}`), i % 2 === 0 ? put('b', '') : del('b'));
    await tested.close(session);
    expectEntries(await tested.reload(id), ['a=99'], 'after 100 batches');
  },

  'takes an empty batch': async tested => {
    const session = await tested.open(await tested.makeEmpty(id), id);
    await write(session);
    await write(session, put('a', '1'));
    await tested.close(session);
    expectEntries(await tested.reload(id), ['a=1'], 'after an empty batch and one with a');
  },

  'writes nothing of a batch that fails, and writes the next one': async tested => {
    const session = await tested.open(await tested.makeEmpty(id), id);
    await write(session, put('a', 'old'), put('b', 'old'));
    await expectError(
      () => session.write([put('a', 'new'), del('b'), put('c', 'new'), unreadable, put('e', 'new')]),
      undefined,
      'write() of a change that cannot be read',
    );
    await write(session, put('f', 'next'));
    await tested.close(session);
    expectEntries(
      await tested.reload(id),
      ['a=old', 'b=old', 'f=next'],
      'after a batch that failed, and one that puts f',
    );
  },

  'writes nothing after close()': async tested => {
    const session = await tested.open(await tested.makeEmpty(id), id);
    await tested.close(session);
    await expectError(() => session.write([put('a', '1')]), undefined, 'write() after close()');
    expectEntries(await tested.reload(id), [], 'after a write() that followed close()');
  },
};

/** A batch fails at this change, at the latest when its value is read. */
const unreadable: StoreChange = {
  type: 'put',
  key: 'd',
  get value(): Uint8Array {
    throw new Error('the value of this change cannot be read, because a test makes the batch fail here');
  },
};
