import { ErrorHandler } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { expect } from 'chai';
import { json } from '../../src/index.js';
import { injectTopic } from '../../src/angular/index.js';
import { injectMockMqtt, provideMockMqtt } from '../../src/angular/testing/index.js';

describe('injectTopic', () => {
  const reported: unknown[] = [];

  beforeEach(() => {
    reported.length = 0;
    const errorHandler = { handleError: (error: unknown) => void reported.push(error) };
    TestBed.configureTestingModule({
      providers: [provideMockMqtt(), { provide: ErrorHandler, useValue: errorHandler }],
    });
  });

  const here = TestBed.runInInjectionContext.bind(TestBed);

  it('is the latest message', () => {
    const latest = here(() => injectTopic('kitchen/light'));
    expect(latest()).to.equal(undefined);
    injectMockMqtt().emit('kitchen/light', 'on');
    injectMockMqtt().emit('kitchen/light', 'off');
    expect(latest()?.text()).to.equal('off');
  });

  it('has the value of decode and the params of named wildcards', () => {
    const latest = here(() => injectTopic('home/+room/temperature', { decode: json<number>() }));
    injectMockMqtt().emit('home/kitchen/temperature', '21.5');
    expect([latest()?.params.room, latest()?.value]).to.deep.equal(['kitchen', 21.5]);
  });

  it('is what scan makes of all messages', () => {
    const sum = here(() =>
      injectTopic('count', { decode: json<number>(), initialValue: 10, scan: (total, { value }) => total + value }),
    );
    expect(sum()).to.equal(10);
    injectMockMqtt().emit('count', '1');
    injectMockMqtt().emit('count', '2');
    expect(sum()).to.equal(13);
  });
});
