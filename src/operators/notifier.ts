import type { Observer, TeardownLogic } from 'rxjs';
import type { Flow } from './flow.js';

/** A flow that acts when one of its notifiers emits. */
export interface NotifiedFlow extends Pick<Flow<never, never>, 'closed' | 'add' | 'error'> {
  onNotified(): void;
}

/** Observes a notifier of a flow, whose values do not matter and whose end does not end the flow. Its errors are those of the flow. */
export class NotifierObserver implements Observer<unknown> {
  readonly #flow: NotifiedFlow;

  constructor(flow: NotifiedFlow) {
    this.#flow = flow;
  }

  get closed(): boolean {
    return this.#flow.closed;
  }

  add(teardown: TeardownLogic): void {
    this.#flow.add(teardown);
  }

  next(): void {
    this.#flow.onNotified();
  }

  error(cause: unknown): void {
    this.#flow.error(cause);
  }

  complete(): void {
    // the flow completes with its source
  }
}
