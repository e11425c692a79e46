import type { Connected } from '../connection/accepted-connection.js';
import {
  EMPTY,
  NEVER,
  Observable,
  type OperatorFunction,
  Subject,
  concat,
  defer,
  filter,
  ignoreElements,
  map,
  of,
  startWith,
  switchMap,
  take,
  tap,
} from 'rxjs';
import type { ConnectionState, Connack } from '../../state.js';
import { LateSubject } from '../streams/late-subject.js';
import type { Trampoline } from '../trampoline.js';
import type { EstablishedConnection } from './attempt.js';
import type { FailureLog } from './failure-log.js';
import { clientClosed } from '../client-errors.js';
import type { MqttClient } from '../mqtt-client.js';

/** The connection that a state is about, and the options it was made with. */
export type LiveConnection = Pick<EstablishedConnection, 'connection' | 'options' | 'connect'>;

const IDLE: ConnectionState = { status: 'idle' };

/**
 * The state of the lifecycle, as `connection$` emits it, together with its connection. Both are set by one method, so that a state without
 * a connection cannot keep the connection of an earlier state. The Subjects are made when they are first needed: most clients have no
 * subscriber to their states most of the time.
 */
export class ConnectionStates {
  // lives with the client
  readonly #trampoline: Trampoline;
  readonly #failures: FailureLog;
  #reopened: LateSubject<void> | undefined;
  #state$: Observable<ConnectionState> | undefined;
  /** How often disconnect() was called, so that a connect() that waits for the close can tell that it is overruled. */
  disconnectCalls = 0;

  // lives from one opening to the next close
  #current = IDLE;
  #live: LiveConnection | undefined;
  /** Emits the states that follow the current one, and completes after `'closed'`. */
  #next$: Subject<ConnectionState> | undefined;
  /** Whether the client is closed, or is going to be when its messages have settled. */
  isClosing = false;

  constructor(trampoline: Trampoline, failures: FailureLog) {
    this.#trampoline = trampoline;
    this.#failures = failures;
  }

  get #following$(): Observable<ConnectionState> {
    return (this.#next$ ??= new Subject());
  }

  /** The states for the library itself. Emits the current state, then each new one; completes after `'closed'`. */
  get state$(): Observable<ConnectionState> {
    return (this.#state$ ??= new Observable(subscriber => {
      const { current } = this;
      if (current.status !== 'closed') this.#following$.subscribe(subscriber);
      subscriber.next(current);
      if (current.status === 'closed') subscriber.complete();
    }));
  }

  get current(): ConnectionState {
    return this.#current;
  }

  get status(): ConnectionState['status'] {
    return this.#current.status;
  }

  /** The connection in the state `'connected'`, and in `'disconnecting'` until it is closed; undefined in every other state. */
  get live(): LiveConnection | undefined {
    return this.#live;
  }

  /** Emits when the client is open again after it was closed. */
  get reopened$(): Observable<void> {
    return (this.#reopened ??= new LateSubject()).values$;
  }

  /** True while the client is not closed. Never errors or completes. */
  get isOpen$(): Observable<boolean> {
    return this.reopened$.pipe(
      startWith(undefined),
      switchMap(() => concat(of(true), this.closed$, of(false))),
    );
  }

  /** Completes without a value when the client is closed. */
  get closed$(): Observable<never> {
    return this.#following$.pipe(ignoreElements());
  }

  /** Completes when the client is closed, so that it can be opened again. Errors then if disconnect() is called after this call. */
  reopenable(): Observable<never> {
    const calls = this.disconnectCalls;
    const assertNotCalled$ = defer(() => {
      if (calls !== this.disconnectCalls) throw clientClosed(undefined);
      return EMPTY;
    });
    return concat(this.closed$, assertNotCalled$);
  }

  /** @param live - the connection of the new state; the connection of the state before is dropped. */
  transitionTo(state: ConnectionState, live?: LiveConnection): void {
    this.#failures.logTransition(state, this.#current);
    this.#trampoline.within(() => {
      this.#current = state;
      this.#live = live;
      this.#next$?.next(state);
    });
  }

  /** Starts a new series of states after the client was closed. The subscribers of the old series get none of them. */
  reopen(): void {
    this.isClosing = false;
    this.#current = IDLE;
    this.#next$ = undefined;
  }

  /** Tells those who must subscribe again that the client is open again. */
  notifyReopened(): void {
    this.#trampoline.within(() => this.#reopened?.next());
  }

  /** Returns a function that completes the current series of states, even if the client has been opened again by then. */
  bindComplete(): () => void {
    const next$ = (this.#next$ ??= new Subject());
    return () => next$.complete();
  }
}

/** Emits the CONNACK of the first connection among the states. Errors with the reason if the client is closed before. */
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

/** A client that emits when it is opened again, for code that must resubscribe to its streams after `disconnect()` and `connect()`. */
export interface Reopening {
  /** Emits when a client that was closed is open again. Never errors or completes. Shared. */
  readonly reopened$: Observable<void>;
}

/** Emits when the client is opened again. Never emits for a client that is not `Reopening`. */
export const reopened$ = (client: MqttClient): Observable<void> => (client as Partial<Reopening>).reopened$ ?? NEVER;

export function connectedState({ connack, limits, link }: Connected, url: string): ConnectionState {
  const { localAddress, remoteAddress } = link;
  return {
    status: 'connected',
    connack,
    limits,
    url,
    ...(localAddress === undefined ? {} : { localAddress }),
    ...(remoteAddress === undefined ? {} : { remoteAddress }),
  };
}
