import { type Observable, type SchedulerLike, Subject, Subscription } from 'rxjs';
import type { MqttMessage } from '../../message.js';
import { OnceATick } from '../../operators/once-a-tick.js';
import type { Claim, ClaimOwner, Delivery } from '../../protocol/delivery.js';
import type { Deliveries } from './deliveries.js';
import { type Route, takes } from './route.js';
import type { Trampoline } from '../trampoline.js';
import type { Warnings } from '../warnings.js';

export interface HoldLimits {
  readonly max: number;
  /** ms; 0: what no stream claims is not held. */
  readonly timeout: number;
}

export interface UnclaimedConfig {
  readonly hold: HoldLimits;
  readonly deliveries: Deliveries;
  readonly scheduler: SchedulerLike;
  readonly tick: SchedulerLike;
  readonly trampoline: Trampoline;
  readonly warnings: Warnings;
}

/**
 * Messages that no stream claims: QoS 1 and 2 may be held, unacknowledged, for a stream that comes; then they are shown on
 * `unrouted$`. What a stream gave up is held at least until the end of the turn, so that who subscribes again at once loses nothing.
 */
export class Unclaimed implements ClaimOwner {
  readonly filters = [];
  readonly #config: UnclaimedConfig;
  readonly #unrouted$ = new Subject<MqttMessage>();
  /** In the order of their arrival here; `due` in ms. */
  readonly #held = new Map<Delivery, { readonly claim: Claim; readonly due: number }>();
  readonly #turn: OnceATick;
  #newcomers: Route[] = [];
  #timer = Subscription.EMPTY;
  #timerDue = Infinity;

  /** Messages that no stream took. */
  readonly unrouted$: Observable<MqttMessage> = this.#unrouted$.asObservable();

  constructor(config: UnclaimedConfig) {
    this.#config = config;
    this.#turn = new OnceATick(config.tick, () => config.trampoline.run(this.#look));
    config.deliveries.keep = (delivery, left) => this.#keep(delivery, left);
  }

  readonly show = (message: MqttMessage): void => this.#unrouted$.next(message);

  /** Somebody is to be brought what is held, before anything else. */
  get promised(): boolean {
    return this.#newcomers.length > 0;
  }

  /** A message that no filter matches. */
  arrived(message: MqttMessage): Delivery | undefined {
    if (this.#config.hold.timeout === 0 || message.qos === 0) {
      this.#unrouted$.next(message);
      return undefined;
    }
    const delivery = this.#config.deliveries.open(message);
    delivery.offered(false);
    return delivery;
  }

  /** A stream has come: what is held for it is handed over at the end of the turn, to all streams that come until then. */
  came(route: Route): void {
    if (this.#held.size === 0) return;
    this.#newcomers.push(route);
    this.#turn.ask();
  }

  left(route: Route): void {
    this.#newcomers = this.#newcomers.filter(each => each !== route);
  }

  handOver(): void {
    const newcomers = this.#newcomers;
    this.#newcomers = [];
    for (const [delivery, { claim }] of [...this.#held]) {
      const { message } = delivery;
      const takers = newcomers.filter(({ patterns }) => patterns.some(each => takes(each, message.topic)));
      if (takers.length === 0 || delivery.void) continue;
      delivery.offer();
      for (const route of takers) route.deliver(message, delivery);
      claim.giveUp();
      delivery.offered(takers.some(({ manual }) => !manual));
    }
  }

  /** The client is closed: nobody comes any more. */
  close(): void {
    for (const [delivery, { claim }] of [...this.#held]) this.#release(delivery, claim);
    this.#schedule(Infinity);
  }

  closed({ delivery }: Claim): void {
    this.#held.delete(delivery);
  }

  #keep(delivery: Delivery, left: boolean): void {
    const { hold, scheduler } = this.#config;
    const { message } = delivery;
    const time = Math.max(delivery.patience, message.qos === 0 ? 0 : hold.timeout);
    const due = left ? Infinity : scheduler.now() + time;
    this.#held.set(delivery, { claim: delivery.claim(this), due });
    if (time === 0 && !left) return this.#turn.ask();
    if (due < this.#timerDue) this.#schedule(due);
    if (!left && this.#held.size > hold.max) this.#evict();
  }

  #evict(): void {
    for (const [delivery, { claim, due }] of this.#held) {
      if (due === Infinity) continue;
      const { topic } = delivery.message;
      this.#held.delete(delivery);
      this.#config.trampoline.run(() => this.#release(delivery, claim));
      const message = `more than ${this.#config.hold.max} messages wait for a stream that takes them ('unrouted.hold.max')`;
      this.#config.warnings.warn({ code: 'HOLD_FULL', message, topic });
      return;
    }
  }

  readonly #look = (): void => {
    this.handOver();
    const now = this.#config.scheduler.now();
    let next = Infinity;
    for (const [delivery, { claim, due }] of [...this.#held]) {
      if (due <= now) this.#release(delivery, claim);
      else next = Math.min(next, due);
    }
    this.#schedule(next);
  };

  #release(delivery: Delivery, claim: Claim): void {
    if (delivery.void) return;
    this.#held.delete(delivery);
    this.#unrouted$.next(delivery.message);
    claim.settle(0);
  }

  #schedule(due: number): void {
    const { scheduler, trampoline } = this.#config;
    this.#timer.unsubscribe();
    this.#timerDue = due;
    if (due === Infinity) return;
    this.#timer = scheduler.schedule(() => trampoline.run(this.#look), due - scheduler.now());
  }
}
