import { type Observable, type SchedulerLike, Subject, Subscription } from 'rxjs';
import type { MqttMessage } from '../../message.js';
import type { HoldLimits } from '../options/resolve-options.js';
import { TickCoalescer } from '../../operators/tick-coalescer.js';
import type { InboundMessage } from '../../protocol/inbound/inbound-message.js';
import type { OverlapDedup } from '../../protocol/subscriptions/overlap-dedup.js';
import type { SessionWarnings } from './acknowledgement/session-warnings.js';
import type { Trampoline } from '../trampoline.js';
import type { Warnings } from '../warnings.js';
import type { UnacknowledgedMessages } from './acknowledgement/unacknowledged-messages.js';
import type { LeftMessages } from './acknowledgement/left-messages.js';
import { type Route, deliverToAll, takes } from './topic-route.js';
import { UnroutedWarning } from './unrouted-warning.js';

/** Bytes of payloads that are held at the most, beside one message. */
const MOST_BYTES = 64 * 1024 * 1024;

export interface UnroutedMessagesConfig {
  readonly hold: HoldLimits;
  readonly unacknowledged: UnacknowledgedMessages;
  readonly left: LeftMessages;
  readonly advice: SessionWarnings;
  readonly overlapDedup: OverlapDedup;
  readonly scheduler: SchedulerLike;
  readonly tick: SchedulerLike;
  readonly trampoline: Trampoline;
  readonly warnings: Warnings;
}

/**
 * Messages that wait for a stream. What no stream has claimed is shown on `unrouted$` and acknowledged, QoS 1 and 2 perhaps after they
 * were held for a while. What a stream has left is held until another one takes it, and never acknowledged here.
 */
export class UnroutedMessages {
  readonly #config: UnroutedMessagesConfig;
  readonly #unrouted$ = new Subject<MqttMessage>();
  /** Those that no stream was offered, or QoS 0, with the time when they are released, in ms. */
  readonly #held = new Map<InboundMessage, number>();
  #heldBytes = 0;
  readonly #turn: TickCoalescer;
  readonly #warning: UnroutedWarning;
  #newRoutes: Route[] = [];
  #timer = Subscription.EMPTY;
  #timerDue = Infinity;
  /** Filters that are given up, and of which messages may still be on their way; whether those who had them were to answer. */
  readonly #ending = new Map<string, { readonly manual: boolean; readonly patterns: readonly string[] }>();
  #tidyAt = 16;
  /** What a stream that answers by hand was offered on an earlier connection, and has not answered, by QoS and packet identifier. */
  readonly #unanswered = new Set<number>();
  /** The connection on which a message was held in vain: streams that were to come late have come. */
  #heldInVainOn = 0;

  /** Messages that no stream took. */
  readonly unrouted$: Observable<MqttMessage> = this.#unrouted$.asObservable();

  constructor(config: UnroutedMessagesConfig) {
    const { tick, trampoline, unacknowledged, warnings, advice } = config;
    this.#config = config;
    this.#turn = new TickCoalescer(tick, () => trampoline.run(this.#releaseDue));
    this.#warning = new UnroutedWarning(warnings);
    unacknowledged.onUnclaimed_ = inbound => this.#keep(inbound);
    unacknowledged.onClosed_ = delivery => {
      this.#forget(delivery);
      if (delivery.isVoid && delivery.isManual) this.#unanswered.add(keyOf(delivery.message));
    };
    advice.onSessionLost = () => this.#unanswered.clear();
  }

  readonly emit = (message: MqttMessage): void => this.#unrouted$.next(message);

  /** Somebody is to be brought what is held, before anything else. */
  get hasNewRoutes(): boolean {
    return this.#newRoutes.length > 0;
  }

  /** A message that no filter matches. */
  receive(message: MqttMessage): InboundMessage | undefined {
    const isEnding = message.qos > 0 && this.#isEnding(message);
    if (message.qos === 0 || !this.#isHeld(isEnding)) {
      if (!isEnding) this.#warnOf(message, 0);
      this.#unrouted$.next(message);
      return undefined;
    }
    const inbound = this.#config.unacknowledged.open(message);
    inbound.offered(false);
    return inbound;
  }

  /** Whether it comes again for a stream that answers by hand, and that has not answered it on an earlier connection. */
  isRedeliveredToManual(message: MqttMessage): boolean {
    if (this.#unanswered.size === 0 || message.qos === 0) return false;
    // an identifier of QoS 1 that comes without DUP is another message
    return this.#unanswered.delete(keyOf(message)) && (message.dup || message.qos === 2);
  }

  /** Nobody is there who answers by hand, and it is for somebody who does. */
  leaveUnacknowledged(message: MqttMessage): InboundMessage {
    const inbound = this.#config.unacknowledged.open(message);
    inbound.leave();
    inbound.offered(true);
    return inbound;
  }

  /** A stream has come: what is held for it is handed over at the end of the turn, to all streams that come until then. */
  routeAdded(route: Route): void {
    this.#heldInVainOn = 0;
    if (this.#config.unacknowledged.size === 0) return;
    this.#newRoutes.push(route);
    this.#turn.schedule();
  }

  routeRemoved(route: Route): void {
    this.#newRoutes = this.#newRoutes.filter(each => each !== route);
    if (route.manual) this.#heldInVainOn = 0;
    if (this.#ending.size >= this.#tidyAt) this.#tidyEnding();
    route.filters.forEach((filter, i) => {
      const manual = route.manual || this.#ending.get(filter)?.manual === true;
      this.#ending.set(filter, { manual, patterns: route.patterns[i]! });
    });
  }

  handOver(): void {
    const newcomers = this.#newRoutes;
    this.#newRoutes = [];
    const { unacknowledged, left } = this.#config;
    if (this.#held.size + left.size === 0) return;
    for (const inbound of [...unacknowledged]) {
      if (inbound.isVoid || !(this.#held.has(inbound) || inbound.isLeft)) continue;
      const { message } = inbound;
      const takers = newcomers.filter(
        // what was left is for somebody who answers
        ({ manual, patterns }) => (manual || !inbound.isLeft) && patterns.some(each => takes(each, message.topic)),
      );
      if (takers.length === 0) continue;
      this.#forget(inbound);
      inbound.offer();
      deliverToAll(takers, message, inbound);
    }
  }

  /** The client is closed: nobody comes any more. */
  close(): void {
    for (const inbound of [...this.#config.unacknowledged]) if (inbound.isLeft) inbound.cancel();
    for (const delivery of [...this.#held.keys()]) this.#release(delivery);
    this.#schedule(Infinity);
    this.#ending.clear();
  }

  /** Each time when there are twice as many, so that thousands of streams that leave at once cost no more than a few walks. */
  #tidyEnding(): void {
    for (const filter of this.#ending.keys())
      if (!this.#config.overlapDedup.isEnding(filter)) this.#ending.delete(filter);
    this.#tidyAt = 2 * this.#ending.size + 16;
  }

  #keep(inbound: InboundMessage): void {
    if (inbound.isLeft) return this.#config.left.add(inbound);
    const { hold, scheduler } = this.#config;
    const time = inbound.message.qos === 0 ? inbound.patience : hold.timeout;
    const due = scheduler.now() + time;
    if (!this.#held.has(inbound)) this.#heldBytes += inbound.message.payload.length;
    this.#held.set(inbound, due);
    if (time === 0) return this.#turn.schedule();
    if (due < this.#timerDue) this.#schedule(due);
    while (this.#held.size > hold.max || (this.#heldBytes > MOST_BYTES && this.#held.size > 1)) this.#evict();
  }

  #forget(inbound: InboundMessage): void {
    if (this.#held.delete(inbound)) this.#heldBytes -= inbound.message.payload.length;
    this.#config.left.delete(inbound);
  }

  #isHeld(isEnding: boolean): boolean {
    const { hold, advice } = this.#config;
    if (hold.when !== 'inSession') return hold.when === 'always';
    return advice.lasts && !isEnding && this.#heldInVainOn !== advice.connections;
  }

  /**
   * It was on its way when streams were given up that did not have to answer: neither a loss nor a reason to wait. What comes again
   * was there before, perhaps for a stream that has left it.
   */
  #isEnding({ topic, dup }: MqttMessage): boolean {
    let isEnding = false;
    for (const [filter, { manual, patterns }] of this.#ending) {
      if (!this.#config.overlapDedup.isEnding(filter)) this.#ending.delete(filter);
      else if (takes(patterns, topic)) {
        if (manual) return false;
        isEnding = !dup;
      }
    }
    return isEnding;
  }

  #evict(): void {
    const { hold, trampoline, warnings } = this.#config;
    const inbound = this.#held.keys().next().value!;
    this.#forget(inbound);
    trampoline.run(() => this.#release(inbound));
    const message = `more than ${hold.max} messages ('unrouted.hold.max') or ${MOST_BYTES} bytes wait for a stream that takes them`;
    warnings.warn({ code: 'HOLD_FULL', message, topic: inbound.message.topic });
  }

  readonly #releaseDue = (): void => {
    this.handOver();
    const { hold, advice, scheduler } = this.#config;
    const now = scheduler.now();
    let next = Infinity;
    for (const [inbound, due] of [...this.#held]) {
      if (due > now) next = Math.min(next, due);
      else {
        if (inbound.message.qos > 0) {
          this.#heldInVainOn = advice.connections;
          this.#warnOf(inbound.message, hold.timeout);
        }
        this.#release(inbound);
      }
    }
    this.#schedule(next);
  };

  #warnOf(message: MqttMessage, held: number): void {
    if (message.qos > 0 && !this.#unrouted$.observed) this.#warning.warn(message, held);
  }

  #release(inbound: InboundMessage): void {
    if (inbound.isVoid) return;
    this.#forget(inbound);
    this.#unrouted$.next(inbound.message);
    inbound.offered(true);
  }

  #schedule(due: number): void {
    const { scheduler, trampoline } = this.#config;
    this.#timer.unsubscribe();
    this.#timerDue = due;
    if (due === Infinity) return;
    this.#timer = scheduler.schedule(() => trampoline.run(this.#releaseDue), due - scheduler.now());
  }
}

const keyOf = ({ qos, packetId = 0 }: MqttMessage): number => qos * 0x10000 + packetId;
