import { type Observable, concat, ignoreElements, merge, retry, timer } from 'rxjs';
import type { MqttClient } from './library.js';

/**
 * Runs an inbox or a relay. After an error, closes the client and opens it again `delay` ms later: the transaction of a message failed, the
 * connection to the database was lost, or the session is locked, because its last process has just died (`STORE_IN_USE`). To report errors,
 * use `tap({ error })` before it.
 */
export function reopenOnError<T>(client: MqttClient, recipe$: Observable<T>, delay = 1000): Observable<T> {
  return merge(client.connect().pipe(ignoreElements()), recipe$).pipe(
    retry({ delay: () => concat(client.disconnect(), timer(delay)) }),
  );
}
