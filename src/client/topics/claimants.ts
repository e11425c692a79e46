import type { Subscriber } from 'rxjs';
import type { AckableMessage } from '../../ackable-message.js';
import type { MqttMessage } from '../../message.js';
import type { Claim, ClaimOwner, Delivery } from '../../protocol/delivery.js';
import type { Brake } from './brake.js';
import { Handle } from './handle.js';

export interface Bound {
  readonly size: number;
  readonly bytes: number;
}

/** The subscribers of a stream who answer for its messages themselves, each for its own. Lives with a route. */
export class Claimants {
  /** Replaced, never changed: it is walked while subscribers come and go. */
  #all: readonly Claimant[] = [];

  get observed(): boolean {
    return this.#all.length > 0;
  }

  join(claimant: Claimant, subscriber: Subscriber<AckableMessage>): void {
    this.#all = [...this.#all, claimant];
    subscriber.add(() => {
      this.#all = this.#all.filter(each => each !== claimant);
      claimant.giveUp();
    });
  }

  /** @param isLast - nobody else is going to claim the delivery. */
  deliver(message: MqttMessage, delivery: Delivery, isLast: boolean): void {
    const all = this.#all;
    for (let i = 0; i < all.length; i++) all[i]!.take(message, delivery, isLast && i === all.length - 1);
  }

  /** The stream has ended in order: what is open may still be answered. */
  complete(): void {
    for (const claimant of this.#all) claimant.complete();
  }

  fail(error: unknown): void {
    for (const claimant of this.#all) claimant.fail(error);
  }
}

/** One of them: what it has not answered yet, and the brake when that is too much. */
export class Claimant implements ClaimOwner {
  readonly filters: readonly string[];
  readonly #subscriber: Subscriber<AckableMessage>;
  readonly #bound: Bound;
  readonly #brake: Brake;
  readonly #open = new Set<Claim>();
  #bytes = 0;
  #completed = false;

  constructor(filters: readonly string[], subscriber: Subscriber<AckableMessage>, bound: Bound, brake: Brake) {
    this.filters = filters;
    this.#subscriber = subscriber;
    this.#bound = bound;
    this.#brake = brake;
  }

  take(message: MqttMessage, delivery: Delivery, isLast: boolean): void {
    if (this.#subscriber.closed) return;
    const claim = delivery.claim(this, isLast);
    this.#open.add(claim);
    this.#bytes += message.payload.length;
    this.#subscriber.next(new Handle(message, claim));
    const { size, bytes } = this.#bound;
    if (this.#open.size >= size || this.#bytes >= bytes) this.#brake.hold(this);
  }

  closed(claim: Claim): void {
    this.#open.delete(claim);
    this.#bytes -= claim.delivery.message.payload.length;
    const { size, bytes } = this.#bound;
    if (this.#open.size <= size / 2 && this.#bytes <= bytes / 2) this.#brake.release(this);
  }

  giveUp(): void {
    this.#brake.release(this);
    if (this.#completed) return;
    for (const claim of [...this.#open]) claim.giveUp();
  }

  complete(): void {
    this.#completed = true;
    this.#subscriber.complete();
  }

  fail(error: unknown): void {
    this.#subscriber.error(error);
  }
}
