import type { NegotiatedLimits } from '../../state.js';
import type { OutgoingPublish } from './outgoing-publish.js';

/**
 * 3.x brokers have a Receive Maximum too, but cannot say so: what is above it mosquitto (20 by default) drops, QoS 1 with a PUBACK,
 * QoS 2 without a word. Only QoS 2 stays with the broker until a packet of ours, so only that fills it.
 */
const MAXIMUM_QOS2_3X = 16;

export interface InFlightOptions {
  /** The bound of messages in flight, where the user sets one. */
  readonly maxInFlight?: number | undefined;
  /** The bound of bytes in flight. Default: no bound. */
  readonly maxInFlightBytes?: number | undefined;
}

/** What a {@link SendWindow} bounds. */
export interface SendBounds {
  /** QoS 1 and 2 messages without their last acknowledgement. */
  readonly maximum: number;
  /** Those of QoS 2. */
  readonly maximumQos2: number;
}

/** Returns the bounds for a connection. `maxInFlight` lowers the Receive Maximum, and replaces the bound of 3.x, which is a guess. */
export function sendBounds({ receiveMaximum, protocolVersion }: NegotiatedLimits, maxInFlight?: number): SendBounds {
  const maximum = Math.min(receiveMaximum, maxInFlight ?? Infinity);
  return { maximum, maximumQos2: protocolVersion === 5 ? maximum : (maxInFlight ?? MAXIMUM_QOS2_3X) };
}

/** Bounds how many QoS 1 and 2 messages are sent without their acknowledgement. Lives with the connection. */
export class SendWindow {
  #maximum = 0;
  #maximumQos2 = 0;
  /** Messages that were sent on this connection and are not acknowledged. */
  #unacknowledged = 0;
  /** Those of QoS 2. */
  #unacknowledgedQos2 = 0;
  #sent = 0;

  /** Whether messages that were in flight when the connection began are sent one at a time. */
  oneByOne = false;

  get maximum(): number {
    return this.#maximum;
  }

  get unacknowledged(): number {
    return this.#unacknowledged;
  }

  /** The number of messages that were sent on this connection. */
  get sent(): number {
    return this.#sent;
  }

  begin({ maximum, maximumQos2 }: SendBounds): void {
    this.#maximum = maximum;
    this.#maximumQos2 = maximumQos2;
    this.#unacknowledged = this.#unacknowledgedQos2 = this.#sent = 0;
  }

  end(): void {
    this.#maximum = 0;
  }

  isShutFor({ qos }: OutgoingPublish): boolean {
    if (this.oneByOne && this.#unacknowledged > 0) return true;
    return this.#unacknowledged >= this.#maximum || (qos === 2 && this.#unacknowledgedQos2 >= this.#maximumQos2);
  }

  /** Counts a message whose PUBLISH or PUBREL is sent for the first time on this connection. */
  take(message: OutgoingPublish): void {
    message.sendOrder = ++this.#sent;
    this.#unacknowledged++;
    if (message.qos === 2) this.#unacknowledgedQos2++;
  }

  /** Frees the place of a message among those of QoS 2. Must be called before its QoS is lowered. */
  lower({ qos, onThisConnection }: OutgoingPublish): void {
    if (qos === 2 && onThisConnection) this.#unacknowledgedQos2--;
  }

  /** Frees all places of a message, which needs no other answer. */
  free(message: OutgoingPublish): void {
    this.lower(message);
    if (message.onThisConnection) this.#unacknowledged--;
  }
}
