import { expect } from 'chai';
import { VirtualTimeScheduler } from 'rxjs';
import { TickCoalescer } from '../../src/operators/tick-coalescer.js';

describe('a task once a tick', () => {
  function ticking() {
    const scheduler = new VirtualTimeScheduler();
    let runs = 0;
    const task = new TickCoalescer(scheduler, { onTick: () => runs++ });
    const tick = () => {
      scheduler.flush();
      return runs;
    };
    return { scheduler, task, tick };
  }

  it('runs at the end of the turn, once, however often it was asked for', () => {
    const { scheduler, task, tick } = ticking();
    task.schedule();
    task.schedule();
    task.schedule();
    expect(scheduler.actions).to.have.length(1);
    expect(tick()).to.equal(1);
  });

  it('runs again when it is asked for again', () => {
    const { task, tick } = ticking();
    task.schedule();
    expect(tick()).to.equal(1);
    expect(tick()).to.equal(1);
    task.schedule();
    expect(tick()).to.equal(2);
  });

  it('does not run after cancel(), and can be asked for after that', () => {
    const { task, tick } = ticking();
    task.schedule();
    task.cancel();
    expect(tick()).to.equal(0);
    task.schedule();
    task.cancel();
    task.schedule();
    expect(tick()).to.equal(1);
  });
});
