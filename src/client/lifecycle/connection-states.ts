import {
  type Observable,
  BehaviorSubject,
  defer,
  ignoreElements,
  map,
  of,
  type OperatorFunction,
  filter,
  take,
  tap,
  NEVER,
} from 'rxjs';
import type { ConnectionState, Connack } from '../../state.js';
import type { Trampoline } from '../trampoline.js';
import type { EstablishedConnection } from './attempts.js';
import type { FailureLog } from './failure-log.js';
import { clientClosed } from '../client-errors.js';
import type { MqttClient } from '../mqtt-client.js';

/** The connection that a state is about, and the options it was made with. */
export type LiveConnection = Pick<EstablishedConnection, 'connection' | 'options'>;

interface Situation {
  readonly state: ConnectionState;
  readonly live?: LiveConnection;
}

/**
 * The state of the lifecycle: what `connection$` shows, and the connection that belongs to it, as one value. A state that has no
 * connection cannot keep that of an earlier one.
 */
export class ConnectionStates {
  readonly #trampoline: Trampoline;
  readonly #failures: FailureLog;

  // lives from one opening to the next close
  #situation$ = new BehaviorSubject<Situation>(idle);

  constructor(trampoline: Trampoline, failures: FailureLog) {
    this.#trampoline = trampoline;
    this.#failures = failures;
  }

  /** The present state, then each new one; completes after `'closed'`. */
  readonly state$: Observable<ConnectionState> = defer(() =>
    // a subject that has completed does not tell its last value any more
    this.present.status === 'closed' ? of(this.present) : this.#situation$.pipe(map(({ state }) => state)),
  );

  get present(): ConnectionState {
    return this.#situation$.value.state;
  }

  get status(): ConnectionState['status'] {
    return this.present.status;
  }

  /** The connection of the state `'connected'`, and of `'disconnecting'` until it is closed; undefined in every other state. */
  get live(): LiveConnection | undefined {
    return this.#situation$.value.live;
  }

  /** Completes when the client is closed, without a value. */
  get closed$(): Observable<never> {
    return this.#situation$.pipe(ignoreElements());
  }

  /** @param live - undefined: the state has no connection, and that of the state before is forgotten. */
  enter(state: ConnectionState, live?: LiveConnection): void {
    this.#failures.entered(state, this.present);
    this.#trampoline.within(() => this.#situation$.next(live === undefined ? { state } : { state, live }));
  }

  /** Begins anew after the end: whoever was subscribed before is not told. */
  reopen(): void {
    this.#situation$ = new BehaviorSubject(idle);
  }

  /** Gives what completes the states of now, also when the client is opened again meanwhile. */
  ending(): () => void {
    const situation$ = this.#situation$;
    return () => situation$.complete();
  }
}

const idle: Situation = { state: { status: 'idle' } };

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

/** What holds a client for longer than from one `connect()` to the next `disconnect()` must know when its streams can be asked for anew. */
export interface Reopening {
  /** Emits when a client that was closed is open again. Never errors or completes. Shared. */
  readonly reopened$: Observable<void>;
}

/** Never, for a client that cannot tell. */
export const reopened$ = (client: MqttClient): Observable<void> => (client as Partial<Reopening>).reopened$ ?? NEVER;
