import type { NextObserver, Subscription } from 'rxjs';
import { MqttError } from '../../../errors.js';
import type { Link } from '../../../transport/link.js';
import { callLink } from '../call-link.js';
import type { ReceivePressure } from '../../topics/acknowledgement/receive-pressure.js';
import type { Warnings } from '../../warnings.js';

/** Bytes that may wait undecoded if the link cannot be paused. */
const MAX_UNREAD = 16 * 1024 * 1024;

/**
 * Why reading is paused: the authentication function has not accepted the broker yet, the receive pressure is high, the link does not take
 * the acknowledgements, or the event loop is served between two slices. With `'backlog'` the keepalive ends the connection if no byte arrives.
 */
type Reason = 'unaccepted' | 'pressure' | 'backlog' | 'slice';

export interface ReadPauseListener {
  /** Called when reading continues. */
  onResumed(): void;
  /** Called when the link throws. */
  error(error: unknown): void;
}

const NO_REASONS: readonly Reason[] = [];

/** Pauses and resumes reading from the link. It observes the receive pressure. Lives with the connection. */
export class ReadPause implements NextObserver<void> {
  readonly #link: Link;
  readonly #pressure: ReceivePressure;
  readonly #warnings: Warnings;
  readonly #listener: ReadPauseListener;
  #reasons = NO_REASONS;
  /** Whether there is no reason to pause. It is a field because it is read for every packet. */
  isReading = true;

  constructor(link: Link, receivePressure: ReceivePressure, warnings: Warnings, listener: ReadPauseListener) {
    this.#link = link;
    this.#pressure = receivePressure;
    this.#warnings = warnings;
    this.#listener = listener;
  }

  /** Pauses while the receive pressure is high, from now on. */
  followPressure(): Subscription {
    const subscription = this.#pressure.changed$.subscribe(this);
    this.next();
    return subscription;
  }

  pause(reason: Reason): void {
    if (!this.#reasons.includes(reason)) this.#reasons = [...this.#reasons, reason];
    if (!this.isReading) return;
    this.isReading = false;
    if (this.#link.pause) callLink(this.#link, 'pause', error => this.#listener.error(error));
    else if (reason === 'pressure') this.#warn();
  }

  resume(reason: Reason): void {
    if (!this.#reasons.includes(reason)) return;
    this.#reasons = this.#reasons.length === 1 ? NO_REASONS : this.#reasons.filter(each => each !== reason);
    if (this.#reasons.length > 0) return;
    this.isReading = true;
    callLink(this.#link, 'resume', error => this.#listener.error(error));
    this.#listener.onResumed();
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

  next(): void {
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
