import { expectEntries, expectError, put, write, type StoreCheck } from './store-under-test.js';

const id = 'owners';

/** What a store must do for the owner of a session. */
export const ownerChecks: Readonly<Record<string, StoreCheck>> = {
  'opens a session for one owner': async tested => {
    const store = await tested.makeEmpty(id);
    const session = await tested.open(store, id);
    await expectError(() => store.open(id), 'STORE_IN_USE', 'open() of a session that is open');
    await expectError(() => store.open(id), 'STORE_IN_USE', 'the third open() of a session that is open');
    await write(session, put('a', '1'));
    await tested.close(session);
    const next = await tested.open(store, id);
    await tested.close(next);
    expectEntries(await tested.reload(id), ['a=1'], 'that the owner wrote after another open() had failed');
  },

  'opens a session for one owner, also if another store has it': async tested => {
    const session = await tested.open(await tested.makeEmpty(id), id);
    const other = await tested.make();
    await expectError(() => other.open(id), 'STORE_IN_USE', 'open() of a session that another store has open');
    await write(session, put('a', '1'));
    await expectError(
      () => other.open(id),
      'STORE_IN_USE',
      'the second open() of a session that another store has open',
    );
    await tested.close(session);
    await tested.close(await tested.open(other, id));
    expectEntries(await tested.reload(id), ['a=1'], 'that the owner wrote after another open() had failed');
  },

  'opens sessions of several client ids at the same time': async tested => {
    const ids = [id, `${id}1`, ''];
    const store = await tested.makeEmpty(...ids);
    const sessions = [];
    for (const clientId of ids) sessions.push(await tested.open(store, clientId));
    await Promise.all(sessions.map((session, i) => write(session, put('a', `${i}`), put('b', `${i}`))));
    await tested.close(sessions[0]!);
    await write(sessions[1]!, put('c', '1'));
    await expectError(
      () => store.open(ids[1]!),
      'STORE_IN_USE',
      'open() of a session that is open, after another one was closed',
    );
    await tested.close(sessions[1]!);
    await tested.close(sessions[2]!);
    expectEntries(await tested.reload(ids[0]!), ['a=0', 'b=0'], 'of the first of three sessions');
    expectEntries(await tested.reload(ids[1]!), ['a=1', 'b=1', 'c=1'], 'of the second of three sessions');
    expectEntries(await tested.reload(ids[2]!), ['a=2', 'b=2'], 'of the third of three sessions');
  },
};
