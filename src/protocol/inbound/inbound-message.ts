import type { MqttMessage } from '../../message.js';

/** Told what becomes of deliveries. Must not throw. */
export interface InboundMessageListener {
  /** A stream may take it: somebody left it, or nobody claims it and it is not answered. May be told more than once. */
  onUnclaimed(inbound: InboundMessage): void;
  /** It is settled, or void. */
  onClosed(delivery: InboundMessage): void;
  /** Whether the acknowledgement of a settled delivery has to wait, for that of another one or for the broker to send it again. */
  isHeldUp(delivery: InboundMessage): boolean;
}

const nobody: InboundMessageListener = {
  onUnclaimed: () => undefined,
  onClosed: () => undefined,
  isHeldUp: () => false,
};

/** Who answers for messages. */
export interface AckTicketOwner {
  /** What it asked for. */
  readonly filters: readonly string[];
  /** The claim counts no more: it was used, given up, or its delivery is void. */
  onTicketClosed(ticket: AckTicket): void;
}

/**
 * One message on its way through those who are to answer for it. It is settled when no claim is open; the first refusal is its
 * answer, otherwise it is an acknowledgement. A claim that ends without an answer leaves the delivery open, whatever the others say,
 * until somebody else claims it.
 */
export class InboundMessage {
  readonly #listener: InboundMessageListener;
  readonly #tickets = new Set<AckTicket>();
  #state: 'offered' | 'open' | 'settled' | 'void' = 'offered';
  #answered = false;
  #left = false;
  /** Before it was offered anew. */
  #leftBefore = false;
  /** Since it was last offered. */
  #hasTicket = false;
  /** Nobody else is going to claim it, though it is not offered yet. */
  #hasAllTickets = false;

  /** ms that QoS 0 is kept for others, should nobody claim it any more. */
  patience = 0;
  /** Of the answer; 0 is success. */
  reasonCode = 0;
  /** ms after which those who left it want it from a new connection. */
  reconnectAfter = Infinity;
  /** It was offered to a stream that answers by hand. */
  isManual = false;
  /** Its acknowledgement has gone out. */
  sent = false;
  /** Called once when it is settled. Lives with the connection. */
  onSettled: (() => void) | undefined;

  constructor(
    readonly message: MqttMessage,
    /** ms, when it came. */
    readonly since: number,
    listener: InboundMessageListener,
  ) {
    this.#listener = listener;
  }

  /** Of a message that is not handed over: its answer is known, and waits for its turn only. */
  static refused(message: MqttMessage, reasonCode: number): InboundMessage {
    const inbound = new InboundMessage(message, 0, nobody);
    inbound.#state = 'settled';
    inbound.reasonCode = reasonCode;
    return inbound;
  }

  get isSettled(): boolean {
    return this.#state === 'settled';
  }

  /** It comes again, or is gone: no answer counts any more. */
  get isVoid(): boolean {
    return this.#state === 'void';
  }

  /** Somebody has left it, and nobody has taken it since. */
  get isLeft(): boolean {
    return this.#left && this.#state === 'open';
  }

  /** Nobody is to answer, or everybody who was has left it: on the next connection it is to be handed over anew. */
  get isAbandoned(): boolean {
    return this.#state === 'open' && this.#tickets.size === 0;
  }

  /** What those asked for who have not answered. */
  get filters(): string[] {
    return [...this.#tickets].flatMap(({ filters }) => filters);
  }

  /** Whether the broker is told of an answer: `'pending'` while that has to wait. */
  get acknowledged(): boolean | 'pending' {
    if (this.#state === 'void') return false;
    if (this.sent || this.message.qos === 0) return true;
    const settled = this.isSettled || (this.#hasAllTickets && this.#tickets.size === 0 && !this.#left);
    return settled && !this.#listener.isHeldUp(this) ? true : 'pending';
  }

  /** @param isLast - nobody else is going to claim it, until it is offered anew. */
  issueTicket(owner: AckTicketOwner, isLast = false): AckTicket {
    const ticket = new AckTicket(this, owner);
    this.#tickets.add(ticket);
    this.#hasTicket = this.isManual = true;
    this.#hasAllTickets = isLast;
    return ticket;
  }

  /** It is shown to others: until `offered()`, that nobody claims it means nothing. */
  offer(): void {
    this.#state = 'offered';
    this.#leftBefore = this.#left;
    this.#left = this.#hasTicket = this.#hasAllTickets = false;
  }

  /** All have seen it. `taken`: also by somebody who need not answer. */
  offered(taken: boolean): void {
    this.#state = 'open';
    if (taken) this.#answered = true;
    else if (!this.#hasTicket && this.#leftBefore) this.#left = true;
    this.#settleIfAnswered();
  }

  /** It is for somebody who is not there to answer. QoS 0 cannot be left: it does not come again. */
  leave(): void {
    this.isManual = true;
    this.#left ||= this.message.qos > 0;
  }

  /** The connection or the session to which an answer would belong is gone. */
  cancel(): void {
    if (this.#state === 'void' || this.sent) return;
    const { isSettled: settled } = this;
    this.#state = 'void';
    this.onSettled = undefined;
    if (settled) return;
    for (const ticket of this.#tickets) ticket.cancel();
    this.#tickets.clear();
    this.#listener.onClosed(this);
  }

  /** Of a claim. No answer, where it is given up or left. */
  close(ticket: AckTicket, reasonCode: number | undefined): void {
    this.#tickets.delete(ticket);
    if (reasonCode === undefined) this.leave();
    else {
      this.#answered = true;
      this.reasonCode ||= reasonCode;
    }
    this.#settleIfAnswered();
  }

  #settleIfAnswered(): void {
    if (this.#state !== 'open') return;
    if (this.#left) return this.#listener.onUnclaimed(this);
    if (this.#tickets.size > 0) return;
    if (!this.#answered) return this.#listener.onUnclaimed(this);
    this.#state = 'settled';
    this.#listener.onClosed(this);
    this.onSettled?.();
  }
}

/** One of those who are to answer for a delivery. Used once. */
export class AckTicket {
  readonly #owner: AckTicketOwner;
  #state: 'open' | 'answered' | 'left' | 'stale' = 'open';

  constructor(
    readonly message: InboundMessage,
    owner: AckTicketOwner,
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

  /** What has become of the answer; false without one. */
  get acknowledged(): boolean | 'pending' {
    return this.#state === 'answered' && this.message.acknowledged;
  }

  /** False when it was used before, or is stale. */
  settle(reasonCode: number): boolean {
    return this.#close('answered', reasonCode);
  }

  /**
   * Without an answer, on purpose: the delivery stays open. There is none to keep open at QoS 0.
   *
   * @param reconnectAfter - ms; see {@link InboundMessage.reconnectAfter}.
   */
  leave(reconnectAfter = Infinity): boolean {
    const { message: inbound } = this;
    if (inbound.message.qos === 0) return this.settle(0);
    if (this.#state === 'open') inbound.reconnectAfter = Math.min(inbound.reconnectAfter, reconnectAfter);
    return this.#close('left', undefined);
  }

  /** Its owner is gone and has not answered. */
  giveUp(): void {
    this.#close('stale', undefined);
  }

  /** The delivery is void. */
  cancel(): void {
    this.#state = 'stale';
    this.#owner.onTicketClosed(this);
  }

  #close(state: 'answered' | 'left' | 'stale', reasonCode: number | undefined): boolean {
    if (this.#state !== 'open') return false;
    this.#state = state;
    this.#owner.onTicketClosed(this);
    this.message.close(this, reasonCode);
    return true;
  }
}
