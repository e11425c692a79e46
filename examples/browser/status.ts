import { type Observable, map, of, scan, switchMap, takeWhile, timer } from 'rxjs';
import type { ConnectionState } from './library.js';
import { inWords } from './words.js';

/** What the page shows of the connection. */
export interface Status {
  readonly status: ConnectionState['status'];
  readonly title: string;
  /** Why there is no connection. It stays while the client tries to connect again. */
  readonly reason: string;
}

export const statusOf = (state$: Observable<ConnectionState>): Observable<Status> =>
  state$.pipe(
    scan((before, state) => ({ status: state.status, title: titleOf(state), reason: reasonOf(state, before) }), none),
  );

const none: Status = { status: 'idle', title: '', reason: '' };

function titleOf(state: ConnectionState): string {
  switch (state.status) {
    case 'idle':
      return 'Not connected';
    case 'connecting':
      return state.attempt === 1 ? 'Connecting' : `Connecting, attempt ${state.attempt}`;
    case 'connected':
      return `Connected to ${state.url}`;
    case 'reconnecting':
      return 'Reconnecting';
    case 'disconnecting':
      return 'Disconnecting';
    case 'closed':
      return 'Closed';
  }
}

function reasonOf(state: ConnectionState, before: Status): string {
  if (state.status === 'connecting') return before.reason;
  return 'error' in state && state.error ? inWords(state.error) : '';
}

/** Emits the seconds until the next attempt, once a second; empty if no attempt is scheduled. */
export const countdown = (state$: Observable<ConnectionState>): Observable<string> =>
  state$.pipe(
    switchMap(state => {
      if (state.status !== 'reconnecting') return of('');
      const seconds = Math.ceil(state.delay / 1000);
      return timer(0, 1000).pipe(
        map(passed => seconds - passed),
        takeWhile(left => left > 0, true),
        map(left => (left > 0 ? `Next attempt in ${left} s` : 'Next attempt now')),
      );
    }),
  );
