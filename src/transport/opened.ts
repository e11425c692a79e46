import type { Socket } from 'node:net';
import { Observable } from 'rxjs';

/**
 * Emits a socket when its event `ready` comes, and completes; from then on the socket is its taker's. Errors when it breaks before, with what `failure` makes of the cause.
 * Unsubscribing before destroys it.
 */
export function opened<S extends Socket>(
  make: () => S,
  ready: string,
  failure: (cause: Error) => Error = cause => cause,
): Observable<S> {
  return new Observable(subscriber => {
    const socket = make();
    let taken = false;
    // these listeners stay, so that an error which nobody waits for any more is not thrown
    socket.on('error', cause => subscriber.error(failure(cause)));
    socket.once('close', () => {
      if (!subscriber.closed) subscriber.error(failure(new Error('the connection was closed')));
    });
    socket.once(ready, () => {
      if (subscriber.closed) return;
      taken = true;
      subscriber.next(socket);
      subscriber.complete();
    });
    return () => {
      if (!taken) socket.destroy();
    };
  });
}
