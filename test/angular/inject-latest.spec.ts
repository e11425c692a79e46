import { ErrorHandler, signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { expect } from 'chai';
import { json } from '../../src/index.js';
import { injectLatest } from '../../src/angular/index.js';
import { injectMockMqtt, provideMockMqtt } from '../../src/angular/testing/index.js';

describe('injectLatest', () => {
  const silence = { provide: ErrorHandler, useValue: { handleError: () => {} } };
  beforeEach(() => TestBed.configureTestingModule({ providers: [provideMockMqtt(), silence] }));

  const here = TestBed.runInInjectionContext.bind(TestBed);
  const emit = (topic: string, payload: string) => injectMockMqtt().emit(topic, payload);
  const decode = json<number>();

  it('lists the latest message of each topic, in the order of the topics', () => {
    const rooms = here(() => injectLatest('rooms/+name', { decode }));
    expect(rooms()).to.deep.equal([]);
    emit('rooms/kitchen', '1');
    emit('rooms/attic', '2');
    emit('rooms/kitchen', '3');
    expect(rooms().map(({ params, value }) => [params.name, value])).to.deep.equal([
      ['attic', 2],
      ['kitchen', 3],
    ]);
  });

  it('makes a list when there is something new only', () => {
    const rooms = here(() => injectLatest('rooms/+name', { decode }));
    emit('rooms/attic', '2');
    const list = rooms();
    expect(rooms()).to.equal(list);
    emit('rooms/attic', '3');
    expect(rooms()).to.not.equal(list);
    expect(list.map(({ value }) => value)).to.deep.equal([2]);
  });

  for (const options of [{}, { decode }]) {
    it(`takes a topic off the list for an empty payload (${Object.keys(options).join() || 'no decode'})`, () => {
      const rooms = here(() => injectLatest('rooms/+', options));
      emit('rooms/attic', '2');
      emit('rooms/kitchen', '3');
      emit('rooms/attic', '');
      expect(rooms().map(({ topic }) => topic)).to.deep.equal(['rooms/kitchen']);
    });
  }

  it('keeps the message before one that cannot be decoded', () => {
    const rooms = here(() => injectLatest('rooms/+', { decode }));
    emit('rooms/attic', '2');
    emit('rooms/attic', '{');
    expect(rooms().map(({ value }) => value)).to.deep.equal([2]);
  });

  it('lists as many topics as latest.max says, without the one that was silent longest', () => {
    const rooms = here(() => injectLatest('rooms/+', { latest: { max: 2 } }));
    for (const room of ['a', 'b', 'a', 'c']) emit(`rooms/${room}`, '1');
    expect(rooms().map(({ topic }) => topic)).to.deep.equal(['rooms/a', 'rooms/c']);
  });

  it('begins with the list of another one that has the filter already', () => {
    here(() => injectLatest('rooms/+'));
    emit('rooms/a', '1');
    emit('rooms/b', '1');
    expect(here(() => injectLatest('rooms/+'))()).to.have.length(2);
  });

  it('follows a filter that is a signal, with an empty list, and shows why there is none', () => {
    const floor = signal('first');
    const rooms = here(() => injectLatest(() => `${floor()}/+`));
    TestBed.tick();
    emit('first/a', '1');
    expect(rooms()).to.have.length(1);
    floor.set('second');
    expect(rooms()).to.deep.equal([]);
    TestBed.tick();
    injectMockMqtt().fail('second/+', 0x87);
    expect(rooms.error()?.code).to.equal('SUBSCRIBE_REFUSED');
  });

  it('must be called in an injection context', () => {
    expect(() => injectLatest('a')).to.throw(/NG0203/);
  });
});
