import {
  type Observable,
  concat,
  catchError,
  defer,
  filter,
  from,
  fromEvent,
  map,
  merge,
  of,
  startWith,
  switchMap,
  take,
} from 'rxjs';
import type { ReconnectStrategy } from '../../options/reconnect-options.js';

/**
 * Tries again when `strategy` says so. While the platform is offline, waits until it is online again.
 *
 * ![No attempt while offline](../../../docs/marbles/when-online.svg)
 *
 * @param online$ - emits whether the platform is online, starting with the current value. Default: `navigator.onLine` with the events
 * `online` and `offline`; where they do not exist, as in Node, the platform counts as online. If it completes or errors, the wait ends.
 */
export function whenOnline(
  strategy: ReconnectStrategy,
  online$: Observable<boolean> = platformOnline$,
): ReconnectStrategy {
  const untilOnline$ = concat(online$.pipe(catchError(() => of(true))), of(true)).pipe(filter(Boolean), take(1));
  return context =>
    from(strategy(context)).pipe(
      take(1),
      switchMap(overrides => untilOnline$.pipe(map(() => overrides))),
    );
}

const platformOnline$: Observable<boolean> = defer(() => {
  const { navigator } = globalThis as { navigator?: { onLine?: boolean } };
  if (typeof navigator?.onLine !== 'boolean' || typeof globalThis.addEventListener !== 'function') return of(true);
  return merge(fromEvent(globalThis, 'online'), fromEvent(globalThis, 'offline')).pipe(
    startWith(undefined),
    map(() => navigator.onLine !== false),
  );
});
