import type { Subscriber } from 'rxjs';
import { type AckableMessage, MqttMessage, type LeaveOptions } from '../../../message.js';
import type { AckTicket, AckTicketOwner, InboundMessage } from '../../../protocol/inbound/inbound-message.js';
import type { ReceivePressure } from './receive-pressure.js';
import { assertDelay } from '../../../operators/reconnect-strategies.js';
import { REJECTED, assertRefusal } from '../../../protocol/reason-codes.js';

export interface ManualLimits {
  readonly size: number;
  readonly bytes: number;
}

/** The subscribers of a stream who answer for its messages themselves, each for its own. Lives with a route. */
export class ManualSubscribers {
  /** Replaced, never changed: it is walked while subscribers come and go. */
  #all: readonly ManualSubscriber[] = [];

  get observed(): boolean {
    return this.#all.length > 0;
  }

  add(manualSubscriber: ManualSubscriber, subscriber: Subscriber<AckableMessage>): void {
    this.#all = [...this.#all, manualSubscriber];
    subscriber.add(() => {
      this.#all = this.#all.filter(each => each !== manualSubscriber);
      manualSubscriber.giveUp();
    });
  }

  /** @param isLast - nobody else is going to claim the delivery. */
  deliver(message: MqttMessage, inbound: InboundMessage, isLast: boolean): void {
    const all = this.#all;
    for (let i = 0; i < all.length; i++) all[i]!.take(message, inbound, isLast && i === all.length - 1);
  }

  /** The stream has ended in order: what is open may still be answered. */
  complete(): void {
    for (const manualSubscriber of this.#all) manualSubscriber.complete();
  }

  fail(error: unknown): void {
    for (const manualSubscriber of this.#all) manualSubscriber.fail(error);
  }
}

/** One of them: what it has not answered yet, and the brake when that is too much. */
export class ManualSubscriber implements AckTicketOwner {
  readonly filters: readonly string[];
  readonly #subscriber: Subscriber<AckableMessage>;
  readonly #bound: ManualLimits;
  readonly #receivePressure: ReceivePressure;
  readonly #open = new Set<AckTicket>();
  #bytes = 0;
  #completed = false;

  constructor(
    filters: readonly string[],
    subscriber: Subscriber<AckableMessage>,
    bound: ManualLimits,
    receivePressure: ReceivePressure,
  ) {
    this.filters = filters;
    this.#subscriber = subscriber;
    this.#bound = bound;
    this.#receivePressure = receivePressure;
  }

  take(message: MqttMessage, inbound: InboundMessage, isLast: boolean): void {
    if (this.#subscriber.closed) return;
    const ticket = inbound.issueTicket(this, isLast);
    this.#open.add(ticket);
    this.#bytes += message.payload.length;
    this.#subscriber.next(new ManualMessage(message, ticket));
    const { size, bytes } = this.#bound;
    if (this.#open.size >= size || this.#bytes >= bytes) this.#receivePressure.hold(this);
  }

  onTicketClosed(ticket: AckTicket): void {
    this.#open.delete(ticket);
    this.#bytes -= ticket.message.message.payload.length;
    const { size, bytes } = this.#bound;
    if (this.#open.size <= size / 2 && this.#bytes <= bytes / 2) this.#receivePressure.release(this);
  }

  giveUp(): void {
    this.#receivePressure.release(this);
    if (this.#completed) return;
    for (const ticket of [...this.#open]) ticket.giveUp();
  }

  complete(): void {
    this.#completed = true;
    this.#subscriber.complete();
  }

  fail(error: unknown): void {
    this.#subscriber.error(error);
  }
}

/** A message for one subscriber, and that subscriber's word on it. */
class ManualMessage extends MqttMessage implements AckableMessage {
  readonly #ticket: AckTicket;

  constructor(
    { topic, payload, qos, retain, dup, packetId, properties, params, value }: MqttMessage,
    ticket: AckTicket,
  ) {
    super(topic, payload, qos, retain, dup, packetId, properties, params, value);
    this.#ticket = ticket;
  }

  ack(): boolean {
    return this.#ticket.settle(0);
  }

  reject(reasonCode = REJECTED): boolean {
    assertRefusal(reasonCode);
    return this.#ticket.settle(reasonCode);
  }

  leave({ reconnectAfter }: LeaveOptions = {}): boolean {
    if (reconnectAfter !== undefined) assertDelay('reconnectAfter', reconnectAfter);
    return this.#ticket.leave(reconnectAfter);
  }

  get stale(): boolean {
    return this.#ticket.stale;
  }

  get acknowledged(): boolean | 'pending' {
    return this.#ticket.acknowledged;
  }
}
