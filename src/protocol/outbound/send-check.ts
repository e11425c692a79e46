import type { MqttError } from '../../errors.js';
import type { QoS } from '../../message.js';
import type { NegotiatedLimits } from '../../state.js';
import { capQos, publishObstacle } from '../limits.js';
import { expired, indeterminate } from './delivery-errors.js';
import type { OutgoingPublish } from './outgoing-publish.js';

export interface Clock {
  /** ms */
  now(): number;
}

/** Checks whether a connection can carry a message, and adapts the message to it. Lives with the connection. */
export class SendCheck {
  readonly limits: NegotiatedLimits;
  readonly #maximumQoS: QoS | undefined;
  readonly #clock: Clock;

  /** @param maximumQoS - the maximum QoS that the options allow. */
  constructor(limits: NegotiatedLimits, maximumQoS: QoS | undefined, clock: Clock) {
    this.limits = limits;
    this.#maximumQoS = maximumQoS;
    this.#clock = clock;
  }

  /** Returns why the message cannot be sent now; undefined if it can. */
  rejection(message: OutgoingPublish): MqttError | undefined {
    return this.#hasExpired(message) ? expired(message) : this.obstacle(message);
  }

  /** Returns the error of a message that has expired; undefined if it has not. */
  expiry(message: OutgoingPublish): MqttError | undefined {
    if (!this.#hasExpired(message)) return undefined;
    return message.sentBefore ? indeterminate(expired(message)) : expired(message);
  }

  /** Returns why this connection cannot carry the message, after lowering its QoS. It is checked once per connection. */
  obstacle(message: OutgoingPublish): MqttError | undefined {
    const { limits } = this;
    if (message.allowedBy === limits) return undefined;
    // a copy of what may have arrived does not become QoS 2 again, of which a lost session would leave nothing to send
    message.qos = capQos(message.sentBefore ? message.qos : message.requestedQoS, this.#maximumQoS);
    const obstacle = publishObstacle(message, limits);
    if (obstacle === undefined) message.allowedBy = limits;
    return obstacle;
  }

  /** Returns whether the message has expired. A message that is sent carries the rest of its lifetime (3.3.2.3.3). */
  #hasExpired(message: OutgoingPublish): boolean {
    if (message.expiresAt === undefined) return false;
    const left = message.expiresAt - this.#clock.now();
    message.properties = { ...message.properties, messageExpiryInterval: Math.ceil(left / 1000) };
    return left <= 0;
  }
}
