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
import type { ReconnectStrategy } from '../options/reconnect-options.js';

/**
 * Tries again as `strategy` says, but not while the platform says that it is offline: then as soon as it is online again.
 *
 * ![No attempt while offline](../../docs/marbles/when-online.svg)
 *
 * @param online$ - whether the platform is online, the present value first. Default: `navigator.onLine` with the events `online`
 * and `offline`; always online where there are none, as in Node. One that ends or errors is no reason to wait any longer.
 */
export function whenOnline(strategy: ReconnectStrategy, online$: Observable<boolean> = platform$): ReconnectStrategy {
  const waited$ = concat(online$.pipe(catchError(() => of(true))), of(true)).pipe(filter(Boolean), take(1));
  return context =>
    from(strategy(context)).pipe(
      take(1),
      switchMap(overrides => waited$.pipe(map(() => overrides))),
    );
}

const platform$: Observable<boolean> = defer(() => {
  const { navigator } = globalThis as { navigator?: { onLine?: boolean } };
  if (typeof navigator?.onLine !== 'boolean' || typeof globalThis.addEventListener !== 'function') return of(true);
  return merge(fromEvent(globalThis, 'online'), fromEvent(globalThis, 'offline')).pipe(
    startWith(undefined),
    map(() => navigator.onLine !== false),
  );
});
