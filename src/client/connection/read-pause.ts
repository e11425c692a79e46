import { type Subscription, noop } from 'rxjs';
import { MqttError } from '../../errors.js';
import type { Link } from '../../transport/link.js';
import { callLink } from './call-link.js';
import type { ReceivePressure } from '../topics/acknowledgement/receive-pressure.js';
import type { Warnings } from '../warnings.js';

/** Bytes that may wait undecoded if the link cannot be paused. */
const MAX_UNREAD = 16 * 1024 * 1024;

/**
 * Why reading is paused: the authentication function has not accepted the broker yet, the receive pressure is high, or the link does not
 * take the acknowledgements. In the last case the keepalive ends the connection if no byte arrives.
 */
type Reason = 'unaccepted' | 'pressure' | 'backlog';

/** Pauses and resumes reading from the link. Lives with the connection. */
export class ReadPause {
  readonly #link: Link;
  readonly #pressure: ReceivePressure;
  readonly #warnings: Warnings;
  readonly #onResumed: () => void;
  readonly #onLinkError: (error: unknown) => void;
  readonly #reasons = new Set<Reason>();
  /** Whether there is no reason to pause. It is a field because it is read for every packet. */
  isReading = true;

  /**
   * @param onResumed - called when reading continues.
   * @param onLinkError - called when the link throws.
   */
  constructor(
    link: Link,
    receivePressure: ReceivePressure,
    warnings: Warnings,
    onResumed: () => void,
    onLinkError: (error: unknown) => void,
  ) {
    this.#link = link;
    this.#pressure = receivePressure;
    this.#warnings = warnings;
    this.#onResumed = onResumed;
    this.#onLinkError = onLinkError;
  }

  /** Pauses while the receive pressure is high, from now on. */
  followPressure(): Subscription {
    const subscription = this.#pressure.changed$.subscribe({ next: () => this.#applyPressure(), error: noop });
    this.#applyPressure();
    return subscription;
  }

  pause(reason: Reason): void {
    this.#reasons.add(reason);
    if (!this.isReading) return;
    this.isReading = false;
    if (this.#link.pause) callLink(this.#link, 'pause', this.#onLinkError);
    else if (reason === 'pressure') this.#warn();
  }

  resume(reason: Reason): void {
    if (!this.#reasons.delete(reason) || this.#reasons.size > 0) return;
    this.isReading = true;
    callLink(this.#link, 'resume', this.#onLinkError);
    this.#onResumed();
  }

  /** Returns the error that ends the connection if too many bytes wait, because the link cannot be paused. */
  overflowError(unread: number): MqttError | undefined {
    if (unread <= MAX_UNREAD) return undefined;
    return new MqttError(
      'RECEIVE_OVERFLOW',
      `${unread} bytes wait to be read, because messages arrive faster than they are acknowledged and this link cannot be paused`,
      { reasonCode: 0x97, phase: 'mqtt', retryable: true },
    );
  }

  #applyPressure(): void {
    if (this.#pressure.isHigh) this.pause('pressure');
    else this.resume('pressure');
  }

  #warn(): void {
    this.#warnings.warn({
      code: 'LINK_CANNOT_PAUSE',
      message:
        'messages arrive faster than they are acknowledged, and this link cannot be paused, as no WebSocket of the platform can; ' +
        "in MQTT 5.0 'properties.receiveMaximum' makes the broker wait, and QoS 0 needs a 'buffer' that drops messages",
    });
  }
}
