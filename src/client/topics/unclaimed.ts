import { type Observable, type SchedulerLike, Subject, Subscription } from 'rxjs';
import type { MqttMessage } from '../../message.js';
import { OnceATick } from '../../operators/once-a-tick.js';
import type { Delivery } from '../../protocol/delivery.js';
import type { Copies } from '../../protocol/copies.js';
import type { SessionAdvice } from '../connection/session-advice.js';
import type { Trampoline } from '../trampoline.js';
import type { Warnings } from '../warnings.js';
import type { Deliveries } from './deliveries.js';
import type { LeftMessages } from './left-messages.js';
import { type Route, deliverToAll, takes } from './route.js';
import { UnroutedWarning } from './unrouted-warning.js';

/** Bytes of payloads that are held at the most, beside one message. */
const MOST_BYTES = 64 * 1024 * 1024;

export interface HoldLimits {
  /** Whether a message that no stream claims is held; `'inSession'`: where the session outlives the connection. */
  readonly when: 'always' | 'inSession' | 'never';
  readonly max: number;
  /** ms */
  readonly timeout: number;
}

export interface UnclaimedConfig {
  readonly hold: HoldLimits;
  readonly deliveries: Deliveries;
  readonly left: LeftMessages;
  readonly advice: SessionAdvice;
  readonly copies: Copies;
  readonly scheduler: SchedulerLike;
  readonly tick: SchedulerLike;
  readonly trampoline: Trampoline;
  readonly warnings: Warnings;
}

/**
 * Messages that wait for a stream. What no stream has claimed is shown on `unrouted$` and acknowledged, QoS 1 and 2 perhaps after they
 * were held for a while. What a stream has left is held until another one takes it, and never acknowledged here.
 */
export class Unclaimed {
  readonly #config: UnclaimedConfig;
  readonly #unrouted$ = new Subject<MqttMessage>();
  /** Those that no stream was offered, or QoS 0, with the time when they are released, in ms. */
  readonly #held = new Map<Delivery, number>();
  #heldBytes = 0;
  readonly #turn: OnceATick;
  readonly #warning: UnroutedWarning;
  #newcomers: Route[] = [];
  #timer = Subscription.EMPTY;
  #timerDue = Infinity;
  /** Filters that are given up, and of which messages may still be on their way; whether those who had them were to answer. */
  readonly #ending = new Map<string, { readonly manual: boolean; readonly patterns: readonly string[] }>();
  #tidyAt = 16;
  /** What a stream that answers by hand was offered on an earlier connection, and has not answered, by QoS and packet identifier. */
  readonly #owed = new Set<number>();
  /** The connection on which a message was held in vain: streams that were to come late have come. */
  #inVain = 0;

  /** Messages that no stream took. */
  readonly unrouted$: Observable<MqttMessage> = this.#unrouted$.asObservable();

  constructor(config: UnclaimedConfig) {
    const { tick, trampoline, deliveries, warnings, advice } = config;
    this.#config = config;
    this.#turn = new OnceATick(tick, () => trampoline.run(this.#look));
    this.#warning = new UnroutedWarning(warnings);
    deliveries.keep = delivery => this.#keep(delivery);
    deliveries.forget = delivery => {
      this.#forget(delivery);
      if (delivery.void && delivery.isManual) this.#owed.add(keyOf(delivery.message));
    };
    advice.onSessionLost = () => this.#owed.clear();
  }

  readonly show = (message: MqttMessage): void => this.#unrouted$.next(message);

  /** Somebody is to be brought what is held, before anything else. */
  get promised(): boolean {
    return this.#newcomers.length > 0;
  }

  /** A message that no filter matches. */
  arrived(message: MqttMessage): Delivery | undefined {
    const isEnding = message.qos > 0 && this.#isEnding(message);
    if (message.qos === 0 || !this.#isHeld(isEnding)) {
      if (!isEnding) this.#warnOf(message, 0);
      this.#unrouted$.next(message);
      return undefined;
    }
    const delivery = this.#config.deliveries.open(message);
    delivery.offered(false);
    return delivery;
  }

  /** Whether it comes again for a stream that answers by hand, and that has not answered it on an earlier connection. */
  isOwed(message: MqttMessage): boolean {
    if (this.#owed.size === 0 || message.qos === 0) return false;
    // an identifier of QoS 1 that comes without DUP is another message
    return this.#owed.delete(keyOf(message)) && (message.dup || message.qos === 2);
  }

  /** Nobody is there who answers by hand, and it is for somebody who does. */
  leave(message: MqttMessage): Delivery {
    const delivery = this.#config.deliveries.open(message);
    delivery.leave();
    delivery.offered(true);
    return delivery;
  }

  /** A stream has come: what is held for it is handed over at the end of the turn, to all streams that come until then. */
  came(route: Route): void {
    this.#inVain = 0;
    if (this.#config.deliveries.size === 0) return;
    this.#newcomers.push(route);
    this.#turn.ask();
  }

  left(route: Route): void {
    this.#newcomers = this.#newcomers.filter(each => each !== route);
    if (route.manual) this.#inVain = 0;
    if (this.#ending.size >= this.#tidyAt) this.#tidyEnding();
    route.filters.forEach((filter, i) => {
      const manual = route.manual || this.#ending.get(filter)?.manual === true;
      this.#ending.set(filter, { manual, patterns: route.patterns[i]! });
    });
  }

  handOver(): void {
    const newcomers = this.#newcomers;
    this.#newcomers = [];
    const { deliveries, left } = this.#config;
    if (this.#held.size + left.size === 0) return;
    for (const delivery of [...deliveries]) {
      if (delivery.void || !(this.#held.has(delivery) || delivery.left)) continue;
      const { message } = delivery;
      const takers = newcomers.filter(
        // what was left is for somebody who answers
        ({ manual, patterns }) => (manual || !delivery.left) && patterns.some(each => takes(each, message.topic)),
      );
      if (takers.length === 0) continue;
      this.#forget(delivery);
      delivery.offer();
      deliverToAll(takers, message, delivery);
    }
  }

  /** The client is closed: nobody comes any more. */
  close(): void {
    for (const delivery of [...this.#config.deliveries]) if (delivery.left) delivery.cancel();
    for (const delivery of [...this.#held.keys()]) this.#release(delivery);
    this.#schedule(Infinity);
    this.#ending.clear();
  }

  /** Each time when there are twice as many, so that thousands of streams that leave at once cost no more than a few walks. */
  #tidyEnding(): void {
    for (const filter of this.#ending.keys()) if (!this.#config.copies.isEnding(filter)) this.#ending.delete(filter);
    this.#tidyAt = 2 * this.#ending.size + 16;
  }

  #keep(delivery: Delivery): void {
    if (delivery.left) return this.#config.left.add(delivery);
    const { hold, scheduler } = this.#config;
    const time = delivery.message.qos === 0 ? delivery.patience : hold.timeout;
    const due = scheduler.now() + time;
    if (!this.#held.has(delivery)) this.#heldBytes += delivery.message.payload.length;
    this.#held.set(delivery, due);
    if (time === 0) return this.#turn.ask();
    if (due < this.#timerDue) this.#schedule(due);
    while (this.#held.size > hold.max || (this.#heldBytes > MOST_BYTES && this.#held.size > 1)) this.#evict();
  }

  #forget(delivery: Delivery): void {
    if (this.#held.delete(delivery)) this.#heldBytes -= delivery.message.payload.length;
    this.#config.left.delete(delivery);
  }

  #isHeld(isEnding: boolean): boolean {
    const { hold, advice } = this.#config;
    if (hold.when !== 'inSession') return hold.when === 'always';
    return advice.lasts && !isEnding && this.#inVain !== advice.connections;
  }

  /**
   * It was on its way when streams were given up that did not have to answer: neither a loss nor a reason to wait. What comes again
   * was there before, perhaps for a stream that has left it.
   */
  #isEnding({ topic, dup }: MqttMessage): boolean {
    let isEnding = false;
    for (const [filter, { manual, patterns }] of this.#ending) {
      if (!this.#config.copies.isEnding(filter)) this.#ending.delete(filter);
      else if (takes(patterns, topic)) {
        if (manual) return false;
        isEnding = !dup;
      }
    }
    return isEnding;
  }

  #evict(): void {
    const { hold, trampoline, warnings } = this.#config;
    const delivery = this.#held.keys().next().value!;
    this.#forget(delivery);
    trampoline.run(() => this.#release(delivery));
    const message = `more than ${hold.max} messages ('unrouted.hold.max') or ${MOST_BYTES} bytes wait for a stream that takes them`;
    warnings.warn({ code: 'HOLD_FULL', message, topic: delivery.message.topic });
  }

  readonly #look = (): void => {
    this.handOver();
    const { hold, advice, scheduler } = this.#config;
    const now = scheduler.now();
    let next = Infinity;
    for (const [delivery, due] of [...this.#held]) {
      if (due > now) next = Math.min(next, due);
      else {
        if (delivery.message.qos > 0) {
          this.#inVain = advice.connections;
          this.#warnOf(delivery.message, hold.timeout);
        }
        this.#release(delivery);
      }
    }
    this.#schedule(next);
  };

  #warnOf(message: MqttMessage, held: number): void {
    if (message.qos > 0 && !this.#unrouted$.observed) this.#warning.warn(message, held);
  }

  #release(delivery: Delivery): void {
    if (delivery.void) return;
    this.#forget(delivery);
    this.#unrouted$.next(delivery.message);
    delivery.offered(true);
  }

  #schedule(due: number): void {
    const { scheduler, trampoline } = this.#config;
    this.#timer.unsubscribe();
    this.#timerDue = due;
    if (due === Infinity) return;
    this.#timer = scheduler.schedule(() => trampoline.run(this.#look), due - scheduler.now());
  }
}

const keyOf = ({ qos, packetId = 0 }: MqttMessage): number => qos * 0x10000 + packetId;
