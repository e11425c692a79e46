import type { MqttMessage } from '../../message.js';
import type { StoreChange } from '../../stored-session.js';
import { AckTicket, type AckTicketOwner } from './ack-ticket.js';

/** Is called when the state of an inbound message changes. Its methods must not throw. */
export interface InboundMessageListener {
  /** Called when a stream may take the message: a stream left it, or no stream has a ticket for it. May be called more than once. */
  onUnclaimed(inbound: InboundMessage): void;
  /** Called when the message is settled or void. */
  onClosed(inbound: InboundMessage): void;
  /** Returns whether the acknowledgement of a settled message waits for that of another one, or for the broker to send the packet again. */
  isHeldUp(inbound: InboundMessage): boolean;
  /** Returns the change by which the program stores itself that it has processed the message; undefined without a store. */
  receiptOf?(inbound: InboundMessage): StoreChange | undefined;
  /** Called when the program says that it has made that change. */
  onStored?(inbound: InboundMessage): void;
}

const noListener: InboundMessageListener = {
  onUnclaimed: () => undefined,
  onClosed: () => undefined,
  isHeldUp: () => false,
};

/**
 * A received message until it is acknowledged. Each subscriber that acknowledges by hand gets a ticket. The message is settled when no ticket
 * is open: the first refusal decides, otherwise it is acknowledged. A ticket that ends without an answer leaves the message unacknowledged,
 * whatever the other tickets say, until another subscriber takes it.
 */
export class InboundMessage {
  readonly #listener: InboundMessageListener;
  readonly #tickets = new Set<AckTicket>();
  #state: 'offered' | 'open' | 'settled' | 'void' = 'offered';
  #answered = false;
  #left = false;
  /** Whether it was left before it was offered again. */
  #leftBefore = false;
  /** Whether a ticket was issued since it was last offered. */
  #hasTicket = false;
  /** Whether all tickets are issued, although the offer is not over yet. */
  #hasAllTickets = false;

  /** How long a QoS 0 message without a ticket is kept for other streams, in ms. */
  patience = 0;
  /** The reason code of the answer; 0 is success. */
  reasonCode = 0;
  /** After how many ms a subscriber that left the message wants a reconnect, so that the broker sends it again. */
  reconnectAfter = Infinity;
  /** Whether it was offered to a stream that acknowledges by hand. */
  isManual = false;
  /** Whether its acknowledgement was sent. */
  sent = false;
  /** Whether the program has stored itself that it has processed the message. */
  isStored = false;
  /** Called once, when the message is settled. Lives with the connection. */
  onSettled: (() => void) | undefined;

  constructor(
    readonly message: MqttMessage,
    /** When the message was received, in ms on the clock of the client. */
    readonly since: number,
    listener: InboundMessageListener,
  ) {
    this.#listener = listener;
  }

  /** Returns a message that is not delivered: its refusal only waits for its turn. */
  static refused(message: MqttMessage, reasonCode: number): InboundMessage {
    const inbound = new InboundMessage(message, 0, noListener);
    inbound.#state = 'settled';
    inbound.reasonCode = reasonCode;
    return inbound;
  }

  get isSettled(): boolean {
    return this.#state === 'settled';
  }

  /** Whether answers no longer count: the message is sent again, or its session is gone. */
  get isVoid(): boolean {
    return this.#state === 'void';
  }

  /** Whether a subscriber has left it, and no other one has taken it since. */
  get isLeft(): boolean {
    return this.#left && this.#state === 'open';
  }

  /** Whether no ticket is open, so that the message is delivered again on the next connection. */
  get isAbandoned(): boolean {
    return this.#state === 'open' && this.#tickets.size === 0;
  }

  /** The filters of the subscribers that have not answered. */
  get filters(): string[] {
    return [...this.#tickets].flatMap(({ filters }) => filters);
  }

  /** Whether the acknowledgement reaches the broker; `'pending'` while it waits. */
  get acknowledged(): boolean | 'pending' {
    if (this.#state === 'void') return false;
    if (this.sent || this.message.qos === 0) return true;
    const settled = this.isSettled || (this.#hasAllTickets && this.#tickets.size === 0 && !this.#left);
    return settled && !this.#listener.isHeldUp(this) ? true : 'pending';
  }

  /** The change by which the program stores itself that it has processed the message; undefined without a store, and if it is void. */
  get receipt(): StoreChange | undefined {
    return this.isVoid ? undefined : this.#listener.receiptOf?.(this);
  }

  /** Records that the program has made that change. The message is processed then, although a subscriber has left it or leaves it later. */
  adoptReceipt(): void {
    this.isStored = this.#answered = true;
    this.#left = false;
    this.#listener.onStored?.(this);
    this.#settleIfAnswered();
  }

  /**
   * Gives a subscriber a ticket, which is stale if the message is void.
   *
   * @param isLast - whether no further ticket is issued until the message is offered again.
   * @param isManual - whether the subscriber acknowledges by hand. A stream that has yet to decode the message has a ticket, too.
   */
  issueTicket(owner: AckTicketOwner, isLast = false, isManual = true): AckTicket {
    const ticket = new AckTicket(this, owner, this.isVoid);
    if (this.isVoid) return ticket;
    this.#tickets.add(ticket);
    this.#hasTicket = true;
    this.isManual ||= isManual;
    this.#hasAllTickets = isLast;
    return ticket;
  }

  /** Begins an offer to streams. Until `offered()`, the absence of tickets means nothing. */
  offer(): void {
    this.#state = 'offered';
    this.#leftBefore = this.#left;
    this.#left = this.#hasTicket = this.#hasAllTickets = false;
  }

  /** Ends an offer. @param taken - whether a stream that need not acknowledge got the message, too. */
  offered(taken: boolean): void {
    if (this.isVoid) return;
    this.#state = 'open';
    if (taken) this.#answered = true;
    else if (!this.#hasTicket && this.#leftBefore) this.leave();
    this.#settleIfAnswered();
  }

  /** Leaves the message to a later subscriber. A QoS 0 message cannot be left, because it is not sent again, nor one that is processed. */
  leave(): void {
    this.isManual = true;
    this.#left ||= this.message.qos > 0 && !this.isStored;
  }

  /** Makes the message void, because the connection or session of its acknowledgement is gone. */
  cancel(): void {
    if (this.#state === 'void' || this.sent) return;
    const { isSettled } = this;
    this.#state = 'void';
    this.onSettled = undefined;
    if (isSettled) return;
    for (const ticket of this.#tickets) ticket.cancel();
    this.#tickets.clear();
    this.#listener.onClosed(this);
  }

  /** Closes a ticket. @param reasonCode - the answer; undefined if the ticket was given up or left. */
  close(ticket: AckTicket, reasonCode: number | undefined): void {
    this.#tickets.delete(ticket);
    if (reasonCode === undefined) this.leave();
    else {
      this.#answered = true;
      this.reasonCode ||= reasonCode;
    }
    this.#settleIfAnswered();
  }

  /** Takes a ticket back without an answer, and offers the message again. Returns false if the message is void. */
  withdraw(ticket: AckTicket): boolean {
    this.#tickets.delete(ticket);
    if (this.isVoid) return false;
    this.offer();
    return true;
  }

  #settleIfAnswered(): void {
    if (this.#state !== 'open' || (this.#tickets.size > 0 && !this.#left)) return;
    if (this.#left || !this.#answered) return this.#listener.onUnclaimed(this);
    this.#state = 'settled';
    this.#listener.onClosed(this);
    this.onSettled?.();
  }
}
