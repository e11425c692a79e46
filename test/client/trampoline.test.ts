import { expect } from 'chai';
import { Trampoline } from '../../src/client/trampoline.js';
import { expectUnhandled } from '../support/unhandled.js';

describe('the trampoline', () => {
  it('runs one task after the other, however deep they are asked for', () => {
    const trampoline = new Trampoline();
    const done: string[] = [];
    trampoline.run(() => {
      trampoline.run(() => {
        trampoline.run(() => done.push('innermost'));
        done.push('inner');
      });
      done.push('outer');
    });
    expect(done).to.deep.equal(['outer', 'inner', 'innermost']);
  });

  it('a task that throws is reported, and the tasks behind it run [S66]', () => {
    expectUnhandled('first', 'third');
    const trampoline = new Trampoline();
    const done: string[] = [];
    const failing = (name: string) => () => {
      done.push(name);
      throw new Error(name);
    };
    trampoline.run(() => {
      trampoline.run(failing('first'));
      trampoline.run(() => done.push('second'));
      trampoline.run(failing('third'));
      trampoline.run(() => done.push('fourth'));
    });
    expect(done).to.deep.equal(['first', 'second', 'third', 'fourth']);
  });

  it('neither whoever runs a task nor a long task that lets others pass hears what it throws [S66]', () => {
    expectUnhandled('run', 'within', 'passed');
    const trampoline = new Trampoline();
    const done: string[] = [];
    const failing = (name: string) => () => {
      throw new Error(name);
    };
    trampoline.run(failing('run'));
    trampoline.run(() => {
      trampoline.within(failing('within'));
      trampoline.run(failing('passed'));
      trampoline.run(() => done.push('behind it'));
      trampoline.settle();
      done.push('the long task');
    });
    trampoline.run(() => done.push('later'));
    expect(done).to.deep.equal(['behind it', 'the long task', 'later']);
  });
});
