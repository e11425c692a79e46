import type { Subscription } from 'rxjs';
import { MqttError } from '../../errors.js';
import type { Link } from '../../transport/link.js';
import { askLink } from './ask-link.js';
import type { ReceivePressure } from '../topics/acknowledgement/receive-pressure.js';
import type { Warnings } from '../warnings.js';

/** Bytes that may wait undecoded, from a link that cannot be paused. */
const UNREAD = 16 * 1024 * 1024;

/**
 * Why nothing is read: the user's function has yet to accept the broker, too many messages wait, or the broker does not read our
 * answers (it is left by the keepalive, when not a byte comes).
 */
type Reason = 'unaccepted' | 'brake' | 'clogged';

/** Whether what comes is read. Lives with the connection. */
export class ReadPause {
  readonly #link: Link;
  readonly #pressure: ReceivePressure;
  readonly #warnings: Warnings;
  readonly #opened: () => void;
  readonly #broken: (error: unknown) => void;
  readonly #reasons = new Set<Reason>();
  /** Whether there is no reason; a field, for it is asked for every packet. */
  isReading = true;

  /**
   * @param opened - called when reading is to go on.
   * @param broken - called when the link throws.
   */
  constructor(
    link: Link,
    receivePressure: ReceivePressure,
    warnings: Warnings,
    opened: () => void,
    broken: (error: unknown) => void,
  ) {
    this.#link = link;
    this.#pressure = receivePressure;
    this.#warnings = warnings;
    this.#opened = opened;
    this.#broken = broken;
  }

  /** From here on the brake counts. */
  watch(): Subscription {
    const watching = this.#pressure.changed$.subscribe({ next: () => this.#followPressure(), error: noop });
    this.#followPressure();
    return watching;
  }

  pause(reason: Reason): void {
    this.#reasons.add(reason);
    if (!this.isReading) return;
    this.isReading = false;
    if (this.#link.pause) askLink(this.#link, 'pause', this.#broken);
    else if (reason === 'brake') this.#warn();
  }

  resume(reason: Reason): void {
    if (!this.#reasons.delete(reason) || this.#reasons.size > 0) return;
    this.isReading = true;
    askLink(this.#link, 'resume', this.#broken);
    this.#opened();
  }

  /** What to end the connection with when too much has come all the same. */
  overflow(unread: number): MqttError | undefined {
    if (unread <= UNREAD) return undefined;
    return new MqttError(
      'RECEIVE_OVERFLOW',
      `${unread} bytes wait to be read, and this link cannot be paused: messages come faster than they are acknowledged`,
      { reasonCode: 0x97, phase: 'mqtt', retryable: true },
    );
  }

  #followPressure(): void {
    if (this.#pressure.isHigh) this.pause('brake');
    else this.resume('brake');
  }

  #warn(): void {
    this.#warnings.warn({
      code: 'LINK_CANNOT_PAUSE',
      message:
        'messages come faster than they are acknowledged, and this link cannot be paused (a WebSocket of the platform cannot). ' +
        "In MQTT 5.0 'properties.receiveMaximum' has the broker wait; QoS 0 needs a buffer that drops",
    });
  }
}

/** It does not error. */
const noop = (): void => undefined;
