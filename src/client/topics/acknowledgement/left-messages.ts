import { type SchedulerLike, Subscription } from 'rxjs';
import type { InboundMessage } from '../../../protocol/inbound/inbound-message.js';
import type { SessionWarnings } from './session-warnings.js';
import type { ConnectionRecord } from '../../connection-record.js';
import type { Warnings } from '../../warnings.js';
import type { ReceivePressure } from './receive-pressure.js';
import type { UnacknowledgedMessages } from './unacknowledged-messages.js';
import { quoted } from '../../../quoted.js';

/** Reading pauses at this number of left messages, until other streams have taken half of them. */
const MAX_MESSAGES = 10_000;
/** The same limit for the bytes of their payloads. */
const MAX_BYTES = 64 * 1024 * 1024;
/** ms that acknowledgements are blocked before a warning. A stream that is soon subscribed again needs none. */
const BLOCKED_GRACE = 1000;

export interface Redelivering {
  /** Reconnects, so that the broker sends again what was left unacknowledged. */
  redeliver(): void;
}

export interface LeftMessagesConfig {
  readonly unacknowledged: UnacknowledgedMessages;
  readonly receivePressure: ReceivePressure;
  readonly connections: ConnectionRecord;
  readonly sessionWarnings: SessionWarnings;
  readonly warnings: Warnings;
  readonly options: {
    /** ms; 0 disables the warning. */
    readonly ackWarnAfter: number;
  };
  readonly scheduler: SchedulerLike;
  readonly redelivering: Redelivering | undefined;
}

/**
 * The QoS 1 and 2 messages that were left unacknowledged and wait for another stream. Their number is bounded, a warning says when they
 * block acknowledgements, and after `reconnectAfter` a reconnect makes the broker send them again. Lives with the client.
 */
export class LeftMessages {
  readonly #config: LeftMessagesConfig;
  /** With the time at which each was left, in ms. */
  readonly #left = new Map<InboundMessage, number>();
  #bytes = 0;
  #warnTimer = Subscription.EMPTY;
  #hasWarned = false;
  #reconnectTimer = Subscription.EMPTY;
  /** The time of the earliest requested reconnect, in ms. */
  #reconnectAt = Infinity;

  constructor(config: LeftMessagesConfig) {
    this.#config = config;
  }

  get size(): number {
    return this.#left.size;
  }

  /** Adds a message that was left. A message that is here already may ask for an earlier reconnect. */
  add(inbound: InboundMessage): void {
    const { receivePressure, options, scheduler } = this.#config;
    let since = this.#left.get(inbound);
    if (since === undefined) {
      this.#left.set(inbound, (since = scheduler.now()));
      this.#bytes += inbound.message.payload.length;
      if (this.#left.size >= MAX_MESSAGES || this.#bytes >= MAX_BYTES) receivePressure.raise(this);
      if (options.ackWarnAfter > 0 && this.#left.size === 1) this.#startWarnTimer();
    }
    const reconnectAt = since + inbound.reconnectAfter;
    if (reconnectAt < this.#reconnectAt) this.#scheduleReconnect(reconnectAt);
  }

  /** Removes a message that another stream has taken, or that is settled or void. */
  delete(inbound: InboundMessage): void {
    if (!this.#left.delete(inbound)) return;
    this.#bytes -= inbound.message.payload.length;
    if (this.#left.size <= MAX_MESSAGES / 2 && this.#bytes <= MAX_BYTES / 2) this.#config.receivePressure.clear(this);
    if (this.#left.size > 0) return;
    this.#warnTimer.unsubscribe();
    this.#hasWarned = false;
    this.#scheduleReconnect(Infinity);
  }

  #startWarnTimer(): void {
    const { options, scheduler } = this.#config;
    const interval = Math.min(BLOCKED_GRACE, options.ackWarnAfter);
    const warnIfDue = () => this.#warnIfDue(interval);
    this.#warnTimer = scheduler.schedule(function () {
      warnIfDue();
      this.schedule(undefined, interval);
    }, interval);
  }

  /** Warns after `grace` ms where acknowledgements are blocked, and after `ackWarnAfter` ms where no message arrived after those left. */
  #warnIfDue(grace: number): void {
    const { unacknowledged, connections, warnings, options, scheduler } = this.#config;
    const waited = scheduler.now() - this.#left.values().next().value!;
    const { blockedCount: heldUp } = unacknowledged;
    if (this.#hasWarned || waited < (heldUp > 0 ? grace : options.ackWarnAfter)) return;
    this.#hasWarned = true;
    const { size: left } = this.#left;
    const { message, since } = [...unacknowledged].find(inbound => this.#left.has(inbound))!;
    const age = scheduler.now() - since;
    const remedy = connections.sessionOutlivesConnection
      ? "or, if its stream is still subscribed, call reconnect(), after which the broker sends it again ('reconnectAfter' does this automatically)"
      : "and set 'clean' to false, or 'sessionExpiry', because this session ends with the connection, and the message is lost then";
    warnings.warn({
      code: 'LEFT_UNACKNOWLEDGED',
      message:
        `${left} messages were left unacknowledged, and ${heldUp} acknowledgements wait for them, so that the broker sends no more ` +
        `messages when its window is full (the oldest is of ${quoted(message.topic)} and ${age} ms old): subscribe to its topic, ${remedy}`,
      left,
      heldUp,
      oldest: { age, topic: message.topic },
    });
  }

  #reconnectIfDue(): void {
    const { connections, scheduler, redelivering } = this.#config;
    const now = scheduler.now();
    let next = Infinity;
    for (const [inbound, since] of this.#left) {
      const reconnectAt = since + inbound.reconnectAfter;
      if (reconnectAt > now) next = Math.min(next, reconnectAt);
      else {
        this.#scheduleReconnect(Infinity);
        return connections.sessionOutlivesConnection
          ? redelivering?.redeliver()
          : this.#config.sessionWarnings.warnOfUselessReconnect(inbound.message.topic);
      }
    }
    this.#scheduleReconnect(next);
  }

  #scheduleReconnect(at: number): void {
    const { scheduler } = this.#config;
    this.#reconnectTimer.unsubscribe();
    this.#reconnectAt = at;
    if (at < Infinity) this.#reconnectTimer = scheduler.schedule(() => this.#reconnectIfDue(), at - scheduler.now());
  }
}
