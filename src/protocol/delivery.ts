import type { MqttMessage } from '../message.js';

/** Told what becomes of deliveries. Must not throw. */
export interface DeliveryKeeper {
  /** Nobody claims it any more, and it is not answered. `left`: and is not to be, until somebody else takes it. */
  abandoned(delivery: Delivery, left: boolean): void;
  /** It is settled, or void. */
  closed(delivery: Delivery): void;
}

/** Who answers for messages. */
export interface ClaimOwner {
  /** What it asked for. */
  readonly filters: readonly string[];
  /** The claim counts no more: it was used, given up, or its delivery is void. */
  closed(claim: Claim): void;
}

/**
 * One message on its way through those who are to answer for it. It is settled when no claim is open; the first refusal is its
 * answer, otherwise it is an acknowledgement.
 */
export class Delivery {
  readonly #keeper: DeliveryKeeper;
  readonly #claims = new Set<Claim>();
  #state: 'offered' | 'open' | 'left' | 'settled' | 'void' = 'offered';
  #answered = false;
  #left = false;

  /** ms that it is kept for others, should nobody claim it any more. */
  patience = 0;
  /** Of the answer; 0 is success. */
  reasonCode = 0;
  /** Called once when it is settled. Lives with the connection. */
  onSettled: (() => void) | undefined;

  constructor(
    readonly message: MqttMessage,
    /** ms, when it came. */
    readonly since: number,
    keeper: DeliveryKeeper,
  ) {
    this.#keeper = keeper;
  }

  get settled(): boolean {
    return this.#state === 'settled';
  }

  /** It comes again, or is gone: no answer counts any more. */
  get void(): boolean {
    return this.#state === 'void';
  }

  /** Nobody has taken it since it was left: on the next connection it is to be handed over anew. */
  get left(): boolean {
    return this.#state === 'left';
  }

  /** What those asked for who have not answered. */
  get filters(): string[] {
    return [...this.#claims].flatMap(({ filters }) => filters);
  }

  claim(owner: ClaimOwner): Claim {
    const claim = new Claim(this, owner);
    this.#claims.add(claim);
    return claim;
  }

  /** It is shown to others: until `offered()`, that nobody claims it means nothing. */
  offer(): void {
    this.#state = 'offered';
    this.#left = false;
  }

  /** All have seen it. `taken`: also by somebody who need not answer. */
  offered(taken: boolean): void {
    this.#state = 'open';
    if (taken) this.#answered = true;
    this.#look();
  }

  /** The connection or the session to which an answer would belong is gone. */
  cancel(): void {
    if (this.#state === 'settled' || this.#state === 'void') return;
    this.#state = 'void';
    this.onSettled = undefined;
    for (const claim of this.#claims) claim.cancel();
    this.#claims.clear();
    this.#keeper.closed(this);
  }

  /** Of a claim. No answer, where it is given up. */
  close(claim: Claim, answer: { readonly reasonCode: number } | undefined, left: boolean): void {
    this.#claims.delete(claim);
    if (answer !== undefined) {
      this.#answered = true;
      this.reasonCode ||= answer.reasonCode;
    }
    this.#left ||= left;
    this.#look();
  }

  #look(): void {
    if (this.#state !== 'open' || this.#claims.size > 0) return;
    if (this.#left) this.#state = 'left';
    if (this.#left || !this.#answered) return this.#keeper.abandoned(this, this.#left);
    this.#state = 'settled';
    this.#keeper.closed(this);
    this.onSettled?.();
  }
}

/** One of those who are to answer for a delivery. Used once. */
export class Claim {
  readonly #owner: ClaimOwner;
  #state: 'open' | 'used' | 'stale' = 'open';

  constructor(
    readonly delivery: Delivery,
    owner: ClaimOwner,
  ) {
    this.#owner = owner;
  }

  get filters(): readonly string[] {
    return this.#owner.filters;
  }

  /** Nothing that is said now counts, though nothing was said before. */
  get stale(): boolean {
    return this.#state === 'stale';
  }

  /** False when it was used before, or is stale. */
  settle(reasonCode: number): boolean {
    return this.#close('used', { reasonCode }, false);
  }

  /** Without an answer, on purpose: the delivery stays open. There is none to keep open at QoS 0. */
  leave(): boolean {
    return this.delivery.message.qos === 0 ? this.settle(0) : this.#close('used', undefined, true);
  }

  /** Its owner will not answer. */
  giveUp(): void {
    this.#close('stale', undefined, false);
  }

  /** The delivery is void. */
  cancel(): void {
    this.#state = 'stale';
    this.#owner.closed(this);
  }

  #close(state: 'used' | 'stale', answer: { readonly reasonCode: number } | undefined, left: boolean): boolean {
    if (this.#state !== 'open') return false;
    this.#state = state;
    this.#owner.closed(this);
    this.delivery.close(this, answer, left);
    return true;
  }
}
