import type { Observable } from 'rxjs';
import { catchError, defer, switchMap, throwError } from 'rxjs';
import { MqttError } from '../../errors.js';
import type { TabPlatform } from './platform.js';
import { holdLock, requireLocks } from './web-locks.js';

/**
 * Holds a Web Lock with a new name while it is subscribed, and passes the name to `use` when the lock is granted. Whoever knows the name
 * learns from the lock that its owner has ended. Errors with `NOT_SUPPORTED` if the platform grants no locks.
 */
export function holdOwnLock<T>(platform: TabPlatform, use: (name: string) => Observable<T>): Observable<T> {
  return defer(() => {
    const name = platform.randomName();
    return holdLock(requireLocks(platform.locks), name).pipe(
      catchError((cause: unknown) => throwError(() => lockRefused(cause))),
      switchMap(() => use(name)),
    );
  });
}

const lockRefused = (cause: unknown): MqttError =>
  new MqttError('NOT_SUPPORTED', `the browser grants this page no Web Lock: ${String(cause)}`, { cause });
