import { type Observable, type SchedulerLike, Subscription } from 'rxjs';
import type { MqttMessage } from '../../message.js';
import type { ClientOptions } from '../options/resolve-options.js';
import { TickCoalescer, type TickListener } from '../../operators/tick-coalescer.js';
import type { InboundMessage } from '../../protocol/inbound/inbound-message.js';
import type { OverlapDedup } from '../../protocol/subscriptions/overlap-dedup.js';
import { LateSubject } from '../streams/late-subject.js';
import type { Trampoline } from '../trampoline.js';
import type { UnacknowledgedListener } from './acknowledgement/unacknowledged-messages.js';
import { LeftBehind } from './acknowledgement/left-behind.js';
import { EndingFilters } from './ending-filters.js';
import { LeftMessages, type LeftMessagesConfig } from './acknowledgement/left-messages.js';
import { type Route, deliverToAll, matchesAny } from './route.js';
import { warnOfUnrouted } from './message-warnings.js';

/** The most bytes of payloads that are held. A single message may be larger. */
const MAX_BYTES = 64 * 1024 * 1024;

export interface UnroutedMessagesConfig extends LeftMessagesConfig {
  readonly options: Pick<ClientOptions, 'hold' | 'ackWarnAfter'>;
  readonly overlapDedup: OverlapDedup;
  readonly tick: SchedulerLike;
  readonly trampoline: Trampoline;
}

/**
 * The messages that no route takes. They are emitted on `unrouted$` and acknowledged; messages of QoS 1 and 2 may be held for a stream
 * before that. A message that a stream has left waits for another stream and is never acknowledged here. Lives with the client.
 */
export class UnroutedMessages implements UnacknowledgedListener, TickListener {
  readonly #config: UnroutedMessagesConfig;
  readonly #unrouted = new LateSubject<MqttMessage>();
  /** The held messages with the time of their release in ms. Messages that a stream has left are held here only at QoS 0. */
  readonly #held = new Map<InboundMessage, number>();
  #heldBytes = 0;
  readonly #releaseAtTick: TickCoalescer;
  #newRoutes: Route[] = [];
  #timer = Subscription.EMPTY;
  #timerDue = Infinity;
  readonly #endingFilters: EndingFilters;
  readonly leftBehind = new LeftBehind();
  #leftMessages: LeftMessages | undefined;
  /** The number of the connection on which the hold timeout passed. Streams that subscribe late have subscribed by then. */
  #holdTimedOutOn = 0;

  constructor(config: UnroutedMessagesConfig) {
    this.#config = config;
    this.#endingFilters = new EndingFilters(config.overlapDedup);
    this.#releaseAtTick = new TickCoalescer(config.tick, this);
  }

  /** Emits the messages that no stream took. */
  get unrouted$(): Observable<MqttMessage> {
    return this.#unrouted.values$;
  }

  onRemoved(inbound: InboundMessage): void {
    this.#remove(inbound);
    if (inbound.isVoid && inbound.isManual) this.leftBehind.add(inbound.message);
  }

  /** Called when the broker does not have the earlier session: there is none, or the client identifier is another one. */
  onSessionLost(): void {
    this.leftBehind.clear();
  }

  emit(message: MqttMessage): void {
    this.#unrouted.next(message);
  }

  /** Whether routes were added that get the held messages before any new message. */
  get hasNewRoutes(): boolean {
    return this.#newRoutes.length > 0;
  }

  /** Takes a message that no route matches: holds it, or emits it on `unrouted$`. */
  receive(message: MqttMessage): InboundMessage | undefined {
    const isEnding = message.qos > 0 && this.#endingFilters.match(message);
    if (message.qos === 0 || !this.#mustHold(isEnding)) {
      if (!isEnding) this.#warnIfDropped(message, 0);
      this.#unrouted.next(message);
      return undefined;
    }
    const inbound = this.#config.unacknowledged.track(message);
    inbound.offered(false);
    return inbound;
  }

  /** Keeps a message for a manual stream while there is none. */
  leaveUnacknowledged(message: MqttMessage): InboundMessage {
    const inbound = this.#config.unacknowledged.track(message);
    inbound.leave();
    inbound.offered(true);
    return inbound;
  }

  /** Schedules the delivery of held messages for the end of the tick, to all routes that are added until then. */
  routeAdded(route: Route): void {
    this.#holdTimedOutOn = 0;
    if (this.#config.unacknowledged.size === 0) return;
    this.#newRoutes.push(route);
    this.#releaseAtTick.schedule();
  }

  routeRemoved(route: Route): void {
    this.#newRoutes = this.#newRoutes.filter(each => each !== route);
    if (route.manual) this.#holdTimedOutOn = 0;
    this.#endingFilters.add(route);
  }

  /** Delivers held and left messages to the routes that were added. */
  deliverToNewRoutes(): void {
    const newRoutes = this.#newRoutes;
    this.#newRoutes = [];
    const { unacknowledged } = this.#config;
    if (this.#held.size + (this.#leftMessages?.size ?? 0) === 0) return;
    for (const inbound of [...unacknowledged]) {
      if (inbound.isVoid || !(this.#held.has(inbound) || inbound.isLeft)) continue;
      const { message } = inbound;
      const routes = newRoutes.filter(
        // a message that was left goes to manual routes only
        ({ manual, patterns }) => (manual || !inbound.isLeft) && patterns.some(each => matchesAny(each, message.topic)),
      );
      if (routes.length === 0) continue;
      this.#remove(inbound);
      inbound.offer();
      deliverToAll(routes, message, inbound);
    }
  }

  /** Releases everything when the client is closed, because no route can be added any more. */
  close(): void {
    for (const inbound of [...this.#config.unacknowledged]) if (inbound.isLeft) inbound.cancel();
    for (const inbound of [...this.#held.keys()]) this.#release(inbound);
    this.#scheduleRelease(Infinity);
    this.#endingFilters.clear();
  }

  onAvailable(inbound: InboundMessage): void {
    if (inbound.isLeft) return this.#left.add(inbound);
    const { options, scheduler } = this.#config;
    const { hold } = options;
    const { message, patience } = inbound;
    const time = message.qos === 0 ? patience : this.#mustHold(this.#endingFilters.match(message)) ? hold.timeout : 0;
    const due = scheduler.now() + time;
    if (!this.#held.has(inbound)) this.#heldBytes += message.payload.length;
    this.#held.set(inbound, due);
    if (time === 0) return this.#releaseAtTick.schedule();
    if (due < this.#timerDue) this.#scheduleRelease(due);
    while (this.#held.size > hold.max || (this.#heldBytes > MAX_BYTES && this.#held.size > 1)) this.#evict();
  }

  get #left(): LeftMessages {
    return (this.#leftMessages ??= new LeftMessages(this.#config));
  }

  #remove(inbound: InboundMessage): void {
    if (this.#held.delete(inbound)) this.#heldBytes -= inbound.message.payload.length;
    this.#leftMessages?.delete(inbound);
  }

  #mustHold(isEnding: boolean): boolean {
    const { options, connections } = this.#config;
    const { hold } = options;
    if (hold.when !== 'inSession') return hold.when === 'always';
    return connections.sessionOutlivesConnection && !isEnding && this.#holdTimedOutOn !== connections.count;
  }

  #evict(): void {
    const { options, trampoline, warnings } = this.#config;
    const inbound = this.#held.keys().next().value!;
    this.#remove(inbound);
    trampoline.run(() => this.#release(inbound));
    const message = `more than ${options.hold.max} messages ('unrouted.hold.max') or ${MAX_BYTES} bytes wait for a stream: the oldest is released`;
    warnings.warn({ code: 'HOLD_FULL', message, topic: inbound.message.topic });
  }

  /** Releases what is due. The timer calls it, too. */
  onTick(): void {
    this.#config.trampoline.run(() => this.#releaseDue());
  }

  #releaseDue(): void {
    this.deliverToNewRoutes();
    const { options, connections, scheduler } = this.#config;
    const now = scheduler.now();
    let next = Infinity;
    for (const [inbound, due] of [...this.#held]) {
      if (due > now) next = Math.min(next, due);
      else {
        if (inbound.message.qos > 0) {
          this.#holdTimedOutOn = connections.count;
          this.#warnIfDropped(inbound.message, options.hold.timeout);
        }
        this.#release(inbound);
      }
    }
    this.#scheduleRelease(next);
  }

  #warnIfDropped(message: MqttMessage, held: number): void {
    if (message.qos > 0 && !this.#unrouted.observed) warnOfUnrouted(this.#config.warnings, message, held);
  }

  #release(inbound: InboundMessage): void {
    if (inbound.isVoid) return;
    this.#remove(inbound);
    this.#unrouted.next(inbound.message);
    inbound.offered(true);
  }

  #scheduleRelease(due: number): void {
    const { scheduler } = this.#config;
    this.#timer.unsubscribe();
    this.#timerDue = due;
    if (due === Infinity) return;
    this.#timer = scheduler.schedule(() => this.onTick(), due - scheduler.now());
  }
}
