import type { AckableMessage, LeaveOptions } from '../../ackable-message.js';
import { MqttMessage } from '../../message.js';
import { assertDelay } from '../../operators/delays.js';
import { REJECTED, assertRefusal } from '../../protocol/ack-codes.js';
import type { AckTicket } from '../../protocol/delivery.js';

/** A message for one subscriber, and that subscriber's word on it. */
export class ManualMessage extends MqttMessage implements AckableMessage {
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
