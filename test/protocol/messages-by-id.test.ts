import { expect } from 'chai';
import fc from 'fast-check';
import { MessagesById } from '../../src/protocol/outbound/messages-by-id.js';
import { message } from './support.js';

describe('messages by identifier', () => {
  it('holds all 65,535, and none where none is', () => {
    const messages = new MessagesById();
    for (let id = 1; id <= 0xffff; id++) messages.add(Object.assign(message('a'), { packetId: id }));
    for (const id of [1, 64, 65, 0xffff]) expect(messages.get(id)?.packetId).to.equal(id);
    expect(messages.get(0)).to.equal(undefined);
    expect(new MessagesById().get(7)).to.equal(undefined);
  });

  it('is a Map, whatever comes and goes', () => {
    // a narrow range, so that they meet in one place of the ring
    const ids = fc.array(fc.oneof(fc.integer({ min: 1, max: 300 }), fc.constantFrom(64, 128, 4096, 8192, 0xffff)), {
      maxLength: 500,
      size: 'max',
    });
    fc.assert(
      fc.property(ids, toggled => {
        const [messages, model] = [new MessagesById(), new Map<number, unknown>()];
        for (const id of toggled) {
          const there = messages.get(id);
          expect(there).to.equal(model.get(id));
          if (there === undefined) {
            const added = Object.assign(message('a'), { packetId: id });
            messages.add(added);
            model.set(id, added);
          } else {
            messages.delete(there);
            model.delete(id);
          }
        }
        for (const [id, there] of model) expect(messages.get(id)).to.equal(there);
      }),
    );
  });
});
