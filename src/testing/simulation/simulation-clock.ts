import { type SchedulerAction, Subscription, VirtualAction, VirtualTimeScheduler } from 'rxjs';

/** The virtual time of one run, which can be stopped. */
export class SimulationClock extends VirtualTimeScheduler {
  #isStopped = false;

  constructor() {
    super(VirtualAction, 0);
  }

  override schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delay = 0, state?: T): Subscription {
    return this.#isStopped ? Subscription.EMPTY : super.schedule(work, delay, state);
  }

  /** Lets nothing happen any more, after the task that runs. */
  stop(): void {
    this.#isStopped = true;
    this.actions.length = 0;
  }
}
