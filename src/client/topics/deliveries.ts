import type { SchedulerLike } from 'rxjs';
import type { MqttMessage } from '../../message.js';
import { Delivery, type DeliveryKeeper } from '../../protocol/delivery.js';

/** Every message that somebody is to answer for. Lives with the client. */
export class Deliveries implements DeliveryKeeper {
  readonly #scheduler: SchedulerLike;
  /** Those without an answer, in the order in which they came. */
  readonly #open = new Set<Delivery>();
  #closed = 0;

  /** Takes what nobody claims. */
  keep: (delivery: Delivery, left: boolean) => void = () => undefined;

  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler;
  }

  get size(): number {
    return this.#open.size;
  }

  /** How many have been closed: this changes whenever there is progress. */
  get count(): number {
    return this.#closed;
  }

  get oldest(): Delivery | undefined {
    return this.#open.values().next().value;
  }

  /** ms */
  get age(): number {
    const { oldest } = this;
    return oldest === undefined ? 0 : this.#scheduler.now() - oldest.since;
  }

  readonly open = (message: MqttMessage): Delivery => {
    const delivery = new Delivery(message, this.#scheduler.now(), this);
    this.#open.add(delivery);
    return delivery;
  };

  abandoned(delivery: Delivery, left: boolean): void {
    this.keep(delivery, left);
  }

  closed(delivery: Delivery): void {
    this.#open.delete(delivery);
    this.#closed++;
  }
}
