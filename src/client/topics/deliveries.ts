import type { SchedulerLike } from 'rxjs';
import type { MqttMessage } from '../../message.js';
import { Delivery, type DeliveryKeeper } from '../../protocol/delivery.js';
import type { Receiver } from '../../protocol/receiver.js';

/** What a receiver says of its acknowledgements. */
export type HoldUps = Pick<Receiver, 'heldUp' | 'isHeldUp'>;

/** Every message that somebody is to answer for. Lives with the client. */
export class Deliveries implements DeliveryKeeper {
  readonly #scheduler: SchedulerLike;
  readonly #receiver: HoldUps;
  /** Those without an answer, in the order in which they came. */
  readonly #open = new Set<Delivery>();
  #closed = 0;

  /** Takes what a stream may claim. */
  keep: (delivery: Delivery) => void = () => undefined;
  /** What was kept is settled, or void. */
  forget: (delivery: Delivery) => void = () => undefined;

  constructor(scheduler: SchedulerLike, receiver: HoldUps) {
    this.#scheduler = scheduler;
    this.#receiver = receiver;
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

  /** Acknowledgements that could go out, were it not for messages before them that were left. */
  get heldUp(): number {
    return this.#receiver.heldUp;
  }

  /** In the order in which they came; also those that come while it is walked. */
  [Symbol.iterator](): Iterator<Delivery> {
    return this.#open.values();
  }

  readonly open = (message: MqttMessage): Delivery => {
    const delivery = new Delivery(message, this.#scheduler.now(), this);
    this.#open.add(delivery);
    return delivery;
  };

  unclaimed(delivery: Delivery): void {
    this.keep(delivery);
  }

  closed(delivery: Delivery): void {
    this.#open.delete(delivery);
    this.#closed++;
    this.forget(delivery);
  }

  isHeldUp({ message }: Delivery): boolean {
    return this.#receiver.isHeldUp(message);
  }
}
