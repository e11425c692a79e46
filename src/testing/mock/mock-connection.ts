import type { Observable } from 'rxjs';
import { BehaviorSubject, Subject, defer, of } from 'rxjs';
import type { ConnectionState } from '../../state.js';

/** The states that a test sets. As those of a client they end with `'closed'`, and begin again when it is opened again. */
export class MockConnection {
  #state$: BehaviorSubject<ConnectionState>;
  readonly #reopened$ = new Subject<void>();

  readonly state$: Observable<ConnectionState> = defer(() =>
    this.state.status === 'closed' ? of(this.state) : this.#state$,
  );
  readonly reopened$: Observable<void> = this.#reopened$.asObservable();

  constructor(first: ConnectionState) {
    this.#state$ = new BehaviorSubject(first);
  }

  get state(): ConnectionState {
    return this.#state$.value;
  }

  set(state: ConnectionState): void {
    const wasClosed = this.state.status === 'closed';
    if (wasClosed) this.#state$ = new BehaviorSubject<ConnectionState>({ status: 'idle' });
    this.#state$.next(state);
    if (wasClosed && state.status !== 'closed') this.#reopened$.next();
  }

  /** Gives what completes the states of now, also when a new opening has come meanwhile. */
  ending(): () => void {
    const state$ = this.#state$;
    return () => state$.complete();
  }
}
