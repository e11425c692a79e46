import { type Observable, Subject, defer, distinctUntilChanged, map, of, startWith, switchMap } from 'rxjs';
import type { ConnectionState } from '../../state.js';

/**
 * The states of a mock: those of its client, without the states on the way to the one that the test has set, and with the state object that
 * the test gave in place of the client's own.
 */
export class ShownStates {
  readonly #real: () => ConnectionState;
  readonly #changed$ = new Subject<void>();
  #given: ConnectionState | undefined;
  /** The state that is shown while the client is on the way to the one that the test has set. */
  #before: ConnectionState | undefined;
  #target: ConnectionState['status'] | undefined;

  readonly state$: Observable<ConnectionState>;

  constructor(real$: Observable<ConnectionState>, real: () => ConnectionState) {
    this.#real = real;
    const shown = () => this.present;
    this.state$ = defer(() =>
      real$.pipe(
        switchMap(({ status }) => (status === 'closed' ? of(undefined) : this.#changed$.pipe(startWith(undefined)))),
        map(shown),
        distinctUntilChanged(),
      ),
    );
  }

  get present(): ConnectionState {
    const real = this.#real();
    const isStep = this.#before !== undefined && real.status !== this.#target && real.status !== 'closed';
    if (isStep) return this.#before!;
    return this.#given?.status === real.status ? this.#given : real;
  }

  /** Runs the steps that lead the client to a state, and shows only that state. */
  lead(status: ConnectionState['status'], given: ConnectionState | undefined, steps: () => void): void {
    this.#before = this.present;
    this.#target = status;
    this.#given = given;
    steps();
    this.#before = undefined;
    this.#changed$.next();
  }
}
