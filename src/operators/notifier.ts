import type { Observer } from 'rxjs';

/** A flow that acts when one of its notifiers emits. */
export interface NotifiedFlow {
  onNotified(): void;
  error(cause: unknown): void;
}

/** Observes a notifier of a flow, whose values do not matter and whose end does not end the flow. Its errors are those of the flow. */
export class NotifierObserver implements Observer<unknown> {
  readonly #flow: NotifiedFlow;

  constructor(flow: NotifiedFlow) {
    this.#flow = flow;
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
