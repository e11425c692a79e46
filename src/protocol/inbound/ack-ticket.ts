import type { InboundMessage } from './inbound-message.js';

/** A subscriber that acknowledges messages by hand. */
export interface AckTicketOwner {
  /** The filters that it subscribed to. */
  readonly filters: readonly string[];
  /** Called when the ticket no longer counts: it was used or given up, or its message is void. */
  onTicketClosed(ticket: AckTicket): void;
}

/** The right of one subscriber to acknowledge a message, once. */
export class AckTicket {
  readonly owner: AckTicketOwner;
  #state: 'open' | 'answered' | 'left' | 'stale' = 'open';

  constructor(
    readonly inbound: InboundMessage,
    owner: AckTicketOwner,
    isStale = false,
  ) {
    this.owner = owner;
    if (isStale) this.#state = 'stale';
  }

  get filters(): readonly string[] {
    return this.owner.filters;
  }

  /** Whether answers no longer count, although none was given. */
  get stale(): boolean {
    return this.#state === 'stale';
  }

  /** What has become of the answer; false if there was none. */
  get acknowledged(): boolean | 'pending' {
    return this.#state === 'answered' && this.inbound.acknowledged;
  }

  /** Acknowledges or refuses the message. Returns false if the ticket was used before or is stale. */
  settle(reasonCode: number): boolean {
    return this.#close('answered', reasonCode);
  }

  /**
   * Closes the ticket without an answer: the message stays unacknowledged. A QoS 0 message is settled, because it is not sent again.
   *
   * @param reconnectAfter - in ms; see {@link InboundMessage.reconnectAfter}.
   */
  leave(reconnectAfter = Infinity): boolean {
    const { inbound } = this;
    if (inbound.message.qos === 0) return this.settle(0);
    if (this.#state === 'open') inbound.reconnectAfter = Math.min(inbound.reconnectAfter, reconnectAfter);
    return this.#close('left', undefined);
  }

  /** Closes the ticket of a subscriber that is gone and has not answered. */
  giveUp(): void {
    this.#close('stale', undefined);
  }

  /** Takes the ticket back from its owner without an answer: see `InboundMessage.withdraw()`. */
  withdraw(): boolean {
    this.#state = 'stale';
    return this.inbound.withdraw(this);
  }

  /** Makes the ticket stale, because its message is void. */
  cancel(): void {
    this.#state = 'stale';
    this.owner.onTicketClosed(this);
  }

  #close(state: 'answered' | 'left' | 'stale', reasonCode: number | undefined): boolean {
    if (this.#state !== 'open') return false;
    this.#state = state;
    this.owner.onTicketClosed(this);
    this.inbound.close(this, reasonCode);
    return true;
  }
}
