import { type Observable, Subject, defer, distinctUntilChanged, map, of, startWith, switchMap } from 'rxjs';
import type { ConnectionState } from '../../state.js';

/**
 * The states of a mock: those of its client, without the steps that only lead to what the test has set, and with the whole state in
 * its place where the test gave one.
 */
export class ShownStates {
  readonly #real: () => ConnectionState;
  readonly #changed$ = new Subject<void>();
  #given: ConnectionState | undefined;
  /** On the way to what the test has set: the state that is shown until then. */
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

  /** Leads the client to a state, and shows only that. */
  lead(status: ConnectionState['status'], given: ConnectionState | undefined, steps: () => void): void {
    this.#before = this.present;
    this.#target = status;
    this.#given = given;
    steps();
    this.#before = undefined;
    this.#changed$.next();
  }
}
