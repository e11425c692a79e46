import { type SchedulerLike, Subscription } from 'rxjs';
import type { InboundMessage } from '../../../protocol/inbound/inbound-message.js';
import type { SessionWarnings } from './session-warnings.js';
import type { Warnings } from '../../warnings.js';
import type { ReceivePressure } from './receive-pressure.js';
import type { UnacknowledgedMessages } from './unacknowledged-messages.js';
import { quoted } from '../../../quoted.js';

/** At so many of them reading pauses, until half of them are taken. */
const MOST = 10_000;
/** The same for the bytes of their payloads. */
const MOST_BYTES = 64 * 1024 * 1024;
/** ms that acknowledgements are held up before a warning: a stream that is subscribed again soon is not worth one. */
const GRACE = 1000;

export interface LeftMessagesConfig {
  readonly unacknowledged: UnacknowledgedMessages;
  readonly receivePressure: ReceivePressure;
  readonly advice: SessionWarnings;
  readonly warnings: Warnings;
  /** ms; 0: there is no warning. */
  readonly ackWarnAfter: number;
  readonly scheduler: SchedulerLike;
}

/**
 * The QoS 1 and 2 messages that were left unanswered and wait for a stream that takes them. Their number is bounded, `warning$` says
 * when they hold up acknowledgements, and after `reconnectAfter` the broker sends them again. Lives with the client.
 */
export class LeftMessages {
  readonly #config: LeftMessagesConfig;
  /** With the time when each was left, in ms. */
  readonly #left = new Map<InboundMessage, number>();
  #bytes = 0;
  #watching = Subscription.EMPTY;
  #warned = false;
  #reconnecting = Subscription.EMPTY;
  /** ms, when the first of them is to come again by a new connection. */
  #reconnectAt = Infinity;

  /** Drops the connection and makes a new one. */
  reconnect: () => void = () => undefined;

  constructor(config: LeftMessagesConfig) {
    this.#config = config;
  }

  get size(): number {
    return this.#left.size;
  }

  /** A delivery that was left. One that is here already may ask for an earlier reconnect. */
  add(inbound: InboundMessage): void {
    const { receivePressure, ackWarnAfter, scheduler } = this.#config;
    let since = this.#left.get(inbound);
    if (since === undefined) {
      this.#left.set(inbound, (since = scheduler.now()));
      this.#bytes += inbound.message.payload.length;
      if (this.#left.size >= MOST || this.#bytes >= MOST_BYTES) receivePressure.hold(this);
      if (ackWarnAfter > 0 && this.#left.size === 1) this.#watch();
    }
    const reconnectAt = since + inbound.reconnectAfter;
    if (reconnectAt < this.#reconnectAt) this.#schedule(reconnectAt);
  }

  /** It was taken, settled or is void. */
  delete(inbound: InboundMessage): void {
    if (!this.#left.delete(inbound)) return;
    this.#bytes -= inbound.message.payload.length;
    if (this.#left.size <= MOST / 2 && this.#bytes <= MOST_BYTES / 2) this.#config.receivePressure.release(this);
    if (this.#left.size > 0) return;
    this.#watching.unsubscribe();
    this.#warned = false;
    this.#schedule(Infinity);
  }

  #watch(): void {
    const { ackWarnAfter, scheduler } = this.#config;
    const every = Math.min(GRACE, ackWarnAfter);
    const warnIfHeldUp = () => this.#warnIfHeldUp(every);
    this.#watching = scheduler.schedule(function () {
      warnIfHeldUp();
      this.schedule(undefined, every);
    }, every);
  }

  /** Where nothing comes any more behind what was left, no acknowledgement has to wait: that takes longer to tell. */
  #warnIfHeldUp(grace: number): void {
    const { unacknowledged, advice, warnings, ackWarnAfter, scheduler } = this.#config;
    const waited = scheduler.now() - this.#left.values().next().value!;
    const { blockedCount: heldUp } = unacknowledged;
    if (this.#warned || waited < (heldUp > 0 ? grace : ackWarnAfter)) return;
    this.#warned = true;
    const { size: left } = this.#left;
    const { message, since } = [...unacknowledged].find(inbound => this.#left.has(inbound))!;
    const age = scheduler.now() - since;
    const remedy = advice.lasts
      ? "or, where its stream is still there, call reconnect() and the broker sends it again ('reconnectAfter' does so by itself)"
      : "for this session ends with the connection, and then it is lost. Set 'clean' to false, or 'sessionExpiry'";
    warnings.warn({
      code: 'LEFT_UNACKNOWLEDGED',
      message:
        `${left} messages were left without an answer, and ${heldUp} acknowledgements wait behind them: when the broker's window ` +
        `is full it sends nothing more. The oldest is of ${quoted(message.topic)}, ${age} ms old: subscribe a stream that takes it, ${remedy}`,
      left,
      heldUp,
      oldest: { age, topic: message.topic },
    });
  }

  readonly #reconnectIfDue = (): void => {
    const { advice, scheduler } = this.#config;
    const now = scheduler.now();
    let next = Infinity;
    for (const [inbound, since] of this.#left) {
      const reconnectAt = since + inbound.reconnectAfter;
      if (reconnectAt > now) next = Math.min(next, reconnectAt);
      else {
        this.#schedule(Infinity);
        return advice.lasts ? this.reconnect() : advice.reconnectInVain(inbound.message.topic);
      }
    }
    this.#schedule(next);
  };

  #schedule(at: number): void {
    const { scheduler } = this.#config;
    this.#reconnecting.unsubscribe();
    this.#reconnectAt = at;
    if (at < Infinity) this.#reconnecting = scheduler.schedule(this.#reconnectIfDue, at - scheduler.now());
  }
}
