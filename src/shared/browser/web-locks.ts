import { Observable } from 'rxjs';
import { MqttError } from '../../errors.js';

/** The part of Web Locks that is used. */
export type WebLocks = Pick<LockManager, 'request'>;

/**
 * Holds the Web Lock `name` while it is subscribed. The browser gives the lock back when the page or worker ends, whatever ends it.
 *
 * Emits when the lock is granted. Errors if the browser refuses the request, and when somebody steals the lock. Unsubscribing gives the
 * lock back, or withdraws the request.
 */
export function holdLock(locks: WebLocks, name: string, { steal = false } = {}): Observable<void> {
  return new Observable(subscriber => {
    const withdrawal = new AbortController();
    // a request cannot have both
    const options: LockOptions = steal ? { steal } : { signal: withdrawal.signal };
    const untilReleased = () =>
      new Promise<void>(release => {
        subscriber.add(release);
        subscriber.next();
      });
    locks.request(name, options, untilReleased).catch((error: unknown) => subscriber.error(error));
    return () => withdrawal.abort();
  });
}

/** Whether this is the error of {@link holdLock} when somebody has stolen the lock. */
export const isStolen = (error: unknown): boolean => (error as Partial<Error> | null)?.name === 'AbortError';

/** Returns the Web Locks of the platform. Throws NOT_SUPPORTED if there are none. */
export function requireLocks(locks: WebLocks | undefined): WebLocks {
  if (locks !== undefined) return locks;
  throw new MqttError(
    'NOT_SUPPORTED',
    'there are no Web Locks here, so nobody would notice the end of a tab; serve the page by https or from localhost',
  );
}
