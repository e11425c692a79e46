import {
  type OperatorFunction,
  type SchedulerLike,
  asyncScheduler,
  bufferCount,
  distinctUntilChanged,
  filter,
  map,
  pairwise,
  scan,
  startWith,
  switchMap,
  timer,
} from 'rxjs';

/** The average of the last `size` values, from the first value on: bufferCount(size, 1) would wait for the first `size`. */
export const rollingAverage =
  (size: number): OperatorFunction<number, number> =>
  value$ =>
    value$.pipe(
      scan((last: readonly number[], value) => [...last, value].slice(-size), []),
      map(average),
    );

/** The averages of `every` values each, the last `length` of them: a history that moves calmly. */
export const history =
  (every: number, length: number): OperatorFunction<number, readonly number[]> =>
  value$ =>
    value$.pipe(
      bufferCount(every),
      map(average),
      scan((past: readonly number[], value) => [...past, value].slice(-length), []),
    );

/** True above `on`, false below `off`, and in between as before: a value that trembles about one limit would ring all day. */
export const above =
  (on: number, off: number): OperatorFunction<number, boolean> =>
  value$ =>
    value$.pipe(
      scan((high, value) => (high ? value >= off : value > on), false),
      startWith(false),
      distinctUntilChanged(),
    );

/** How much a value rose in one step, when it rose by `step` or more. */
export const jumps =
  (step: number): OperatorFunction<number, number> =>
  value$ =>
    value$.pipe(
      pairwise(),
      map(([before, now]) => now - before),
      filter(rise => rise >= step),
    );

/** True when nothing came for `patience` ms. Each value starts the clock anew, and switchMap stops the one before. */
export const silence =
  (patience: number, scheduler: SchedulerLike = asyncScheduler): OperatorFunction<unknown, boolean> =>
  value$ =>
    value$.pipe(
      switchMap(() =>
        timer(patience, scheduler).pipe(
          map(() => true),
          startWith(false),
        ),
      ),
      distinctUntilChanged(),
    );

const average = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
