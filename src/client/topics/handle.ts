import type { AckableMessage, LeaveOptions } from '../../ackable-message.js';
import { MqttMessage } from '../../message.js';
import { assertDelay } from '../../operators/delays.js';
import { REJECTED, assertRefusal } from '../../protocol/ack-codes.js';
import type { Claim } from '../../protocol/delivery.js';

/** A message for one subscriber, and that subscriber's word on it. */
export class Handle extends MqttMessage implements AckableMessage {
  readonly #claim: Claim;

  constructor({ topic, payload, qos, retain, dup, packetId, properties, params, value }: MqttMessage, claim: Claim) {
    super(topic, payload, qos, retain, dup, packetId, properties, params, value);
    this.#claim = claim;
  }

  ack(): boolean {
    return this.#claim.settle(0);
  }

  reject(reasonCode = REJECTED): boolean {
    assertRefusal(reasonCode);
    return this.#claim.settle(reasonCode);
  }

  leave({ reconnectAfter }: LeaveOptions = {}): boolean {
    if (reconnectAfter !== undefined) assertDelay('reconnectAfter', reconnectAfter);
    return this.#claim.leave(reconnectAfter);
  }

  get stale(): boolean {
    return this.#claim.stale;
  }

  get acknowledged(): boolean | 'pending' {
    return this.#claim.acknowledged;
  }
}
