import type { AckableMessage } from '../../ackable-message.js';
import { MqttMessage } from '../../message.js';
import { REJECTED, assertRefusal } from '../../protocol/ack-codes.js';
import type { Claim } from '../../protocol/delivery.js';

/** A message for one subscriber, and that subscriber's word on it. */
export class Handle extends MqttMessage implements AckableMessage {
  readonly #claim: Claim;

  constructor({ topic, payload, qos, retain, dup, packetId, properties, params, value }: MqttMessage, claim: Claim) {
    super(topic, payload, qos, retain, dup, packetId, properties, params, value);
    this.#claim = claim;
    dropped?.register(this, claim);
  }

  ack(): boolean {
    return this.#claim.settle(0);
  }

  reject(reasonCode = REJECTED): boolean {
    assertRefusal(reasonCode);
    return this.#claim.settle(reasonCode);
  }

  leave(): boolean {
    return this.#claim.leave();
  }

  get stale(): boolean {
    return this.#claim.stale;
  }
}

/** A handle that nobody holds any more can never be used: its claim is given up. */
const dropped =
  typeof FinalizationRegistry === 'undefined'
    ? undefined
    : new FinalizationRegistry<Claim>(claim => {
        claim.giveUp();
      });
