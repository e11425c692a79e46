import type { Subscriber } from 'rxjs';
import { type AckableMessage, type AckOptions, MqttMessage, type LeaveOptions } from '../../../message.js';
import type { StoreChange } from '../../../stored-session.js';
import type { AckTicket, AckTicketOwner } from '../../../protocol/inbound/ack-ticket.js';
import type { InboundMessage } from '../../../protocol/inbound/inbound-message.js';
import type { HandlingInfo } from '../../../hooks.js';
import type { Handleable, Operation } from '../../../operation.js';
import type { Instrumentation } from '../../instrumentation/instrumentation.js';
import type { ReceivePressure } from './receive-pressure.js';
import { assertDelay } from '../../../operators/delay.js';
import { REJECTED, assertRefusal } from '../../../protocol/reason-codes.js';

/** What the subscribers of a route need of their client. */
export interface ManualContext {
  readonly receivePressure: ReceivePressure;
  readonly instrumentation: Instrumentation;
}

export interface ManualLimits {
  readonly size: number;
  readonly bytes: number;
}

/** The subscribers of a route with `ack: 'manual'`. Each acknowledges its own copy of a message. Lives with a route. */
export class ManualSubscribers {
  /** Replaced, never mutated, because subscribers are added and removed while a message is delivered. */
  #all: readonly ManualSubscriber[] = [];

  get observed(): boolean {
    return this.#all.length > 0;
  }

  add(manualSubscriber: ManualSubscriber, subscriber: Subscriber<AckableMessage>): void {
    this.#all = [...this.#all, manualSubscriber];
    subscriber.add(() => {
      this.#all = this.#all.filter(each => each !== manualSubscriber);
      manualSubscriber.giveUpTickets();
    });
  }

  /** @param isLast - no other subscriber is going to get a ticket for the message. */
  deliver(message: MqttMessage, inbound: InboundMessage, isLast: boolean): void {
    const all = this.#all;
    for (let i = 0; i < all.length; i++) all[i]!.deliver(message, inbound, isLast && i === all.length - 1);
  }

  /** Completes all subscribers. They may still acknowledge what they have received. */
  complete(): void {
    for (const manualSubscriber of this.#all) manualSubscriber.complete();
  }

  fail(error: unknown): void {
    for (const manualSubscriber of this.#all) manualSubscriber.fail(error);
  }
}

/** One subscriber with its unacknowledged messages. Raises the receive pressure while they exceed its limits. */
export class ManualSubscriber implements AckTicketOwner {
  readonly filters: readonly string[];
  readonly #subscriber: Subscriber<AckableMessage>;
  readonly #limits: ManualLimits;
  readonly #context: ManualContext;
  readonly #openTickets = new Set<AckTicket>();
  #bytes = 0;
  #isCompleted = false;

  constructor(
    filters: readonly string[],
    subscriber: Subscriber<AckableMessage>,
    limits: ManualLimits,
    context: ManualContext,
  ) {
    this.filters = filters;
    this.#subscriber = subscriber;
    this.#limits = limits;
    this.#context = context;
  }

  get observed(): boolean {
    return !this.#subscriber.closed;
  }

  deliver(message: MqttMessage, inbound: InboundMessage, isLast: boolean): void {
    if (!this.observed) return;
    const ticket = inbound.issueTicket(this, isLast);
    if (!ticket.stale) {
      this.#openTickets.add(ticket);
      this.#bytes += message.payload.length;
    }
    this.#subscriber.next(new ManualMessage(message, ticket));
    const { size, bytes } = this.#limits;
    if (this.#openTickets.size >= size || this.#bytes >= bytes) this.#context.receivePressure.raise(this);
  }

  onTicketClosed(ticket: AckTicket): void {
    this.#openTickets.delete(ticket);
    this.#bytes -= ticket.inbound.message.payload.length;
    const { size, bytes } = this.#limits;
    if (this.#openTickets.size <= size / 2 && this.#bytes <= bytes / 2) this.#context.receivePressure.clear(this);
  }

  /** Gives up all unacknowledged messages, unless the stream completed before its subscriber left. */
  giveUpTickets(): void {
    this.#context.receivePressure.clear(this);
    if (this.#isCompleted) return;
    for (const ticket of [...this.#openTickets]) ticket.giveUp();
  }

  handle(message: MqttMessage, by: HandlingInfo['by'], attempt: number): Operation | undefined {
    const { filters } = this;
    return this.#context.instrumentation.active?.handle({ message, by, filters, attempt });
  }

  complete(): void {
    this.#isCompleted = true;
    this.#subscriber.complete();
  }

  fail(error: unknown): void {
    this.#subscriber.error(error);
  }
}

/** The message that a subscriber with `ack: 'manual'` gets. It holds the ticket of that subscriber. */
class ManualMessage extends MqttMessage implements AckableMessage, Handleable {
  readonly #ticket: AckTicket;

  constructor(
    { topic, payload, qos, retain, dup, packetId, properties, params, value }: MqttMessage,
    ticket: AckTicket,
  ) {
    super(topic, payload, qos, retain, dup, packetId, properties, params, value);
    this.#ticket = ticket;
  }

  ack({ stored = false }: AckOptions = {}): boolean {
    if (stored && this.qos === 2) this.#ticket.inbound.adoptReceipt();
    return this.#ticket.settle(0);
  }

  get receipt(): StoreChange | undefined {
    return this.#ticket.stale ? undefined : this.#ticket.inbound.receipt;
  }

  reject(reasonCode = REJECTED): boolean {
    assertRefusal(reasonCode);
    return this.#ticket.settle(reasonCode);
  }

  leave({ reconnectAfter }: LeaveOptions = {}): boolean {
    if (reconnectAfter !== undefined) assertDelay('reconnectAfter', reconnectAfter);
    return this.#ticket.leave(reconnectAfter);
  }

  beginHandling(by: HandlingInfo['by'], attempt: number): Operation | undefined {
    return (this.#ticket.owner as ManualSubscriber).handle(this, by, attempt);
  }

  get stale(): boolean {
    return this.#ticket.stale;
  }

  get acknowledged(): boolean | 'pending' {
    return this.#ticket.acknowledged;
  }
}
