import { type OperatorFunction, filter, map, take, tap } from 'rxjs';
import type { Connack, ConnectionState } from '../../state.js';
import { clientClosed } from '../client-errors.js';

/** The CONNACK of the first connection among the states; errors with the reason when the client is closed before. */
export function firstConnack(): OperatorFunction<ConnectionState, Connack> {
  return state$ =>
    state$.pipe(
      tap(state => {
        if (state.status === 'closed') throw state.error ?? clientClosed(undefined);
      }),
      filter(state => state.status === 'connected'),
      map(({ connack }) => connack),
      take(1),
    );
}
