import { clockJumps } from '../../src/operators/liveness/clock-jumps.js';
import { flow } from './support.js';

const jump = { j: undefined };

describe('clockJumps', () => {
  it(
    'looks every 5 s, and has nothing to tell while clock and timers agree',
    flow(({ expectObservable, clock }) => {
      expectObservable(clockJumps(clock), '^ 60m !').toBe('');
    }),
  );

  it(
    'tells of a sleep at the next look, once',
    flow(({ expectObservable, clock }) => {
      clock.sleep(7_000, 600_000);
      expectObservable(clockJumps(clock), '^ 60s !').toBe('10s j', jump);
    }),
  );

  it(
    'tells of each sleep',
    flow(({ expectObservable, clock }) => {
      clock.sleep(7_000, 600_000);
      clock.sleep(14_000, 10_000);
      expectObservable(clockJumps(clock), '^ 60s !').toBe('10s j 4999ms j', jump);
    }),
  );

  it(
    'tells that the clock was set back',
    flow(({ expectObservable, clock }) => {
      clock.sleep(1_000, -3_600_000);
      expectObservable(clockJumps(clock), '^ 60s !').toBe('5s j', jump);
    }),
  );

  it(
    'takes a process that was busy for a while for what it is',
    flow(({ expectObservable, clock }) => {
      clock.sleep(7_000, 5_000);
      expectObservable(clockJumps(clock), '^ 60s !').toBe('');
    }),
  );
});
