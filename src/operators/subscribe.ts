import {
  Observable,
  type OperatorFunction,
  type SchedulerLike,
  type Subscriber,
  Subscription,
  type Unsubscribable,
} from 'rxjs';
import type { MqttError } from '../errors.js';
import type {
  SubackPacket,
  SubscribePacket,
  SubscriptionRequest,
  UnsubackPacket,
  UnsubscribePacket,
} from '../packets.js';
import type {
  FilterRequest,
  Request,
  SubscribeRequest,
  UnsubscribeRequest,
} from '../protocol/subscriptions/subscription-request.js';
import type { SubscriptionOutcome } from '../protocol/subscriptions/subscription-requests.js';
import type { Subscriptions } from '../protocol/subscriptions/subscriptions.js';
import { isRequestable, subscriptionObstacle } from '../protocol/limits.js';
import { createFilterSelector, requestFits } from '../protocol/subscriptions/request-fits.js';
import type { NegotiatedLimits } from '../state.js';
import { Flow } from './flow.js';
import { NotifierObserver, type NotifiedFlow } from './notifier.js';
import { Slice, type Yielding } from './slice.js';
import { TickCoalescer, type TickListener } from './tick-coalescer.js';

export interface SubscribeConfig {
  readonly subscriptions: Subscriptions;
  readonly limits: NegotiatedLimits;
  /** Emits when what is wanted may have changed. */
  readonly changed$: Observable<unknown>;
  /** Emits when a packet identifier may have become free. */
  readonly idFreed$: Observable<unknown>;
  /** The most filters in one packet. */
  readonly maxFilters: number;
  /** Schedules the packets of all changes of one tick. */
  readonly tick: SchedulerLike;
  /** Called when the packets for all changes so far are sent, or wait for an answer or a packet identifier. */
  sent(): void;
  /** Called for a filter that the limits do not allow; no SUBSCRIBE is sent for it. */
  obstructed(error: MqttError): void;
  settled(answer: SubackPacket | UnsubackPacket, outcome: SubscriptionOutcome): void;
  /** Creates what lets the event loop be served while there are very many filters. */
  createYielding(): Yielding;
}

/** The most unanswered packets, so that thousands of filters neither use up the packet identifiers nor flood the broker. */
const WINDOW = 8;

/** So many filters take about a ms, so that they need no slices. */
const FEW_FILTERS = 500;

/**
 * Sends SUBSCRIBE and UNSUBSCRIBE until the broker has the subscriptions that are wanted (5.0 sections 3.8 to 3.11). All changes of one
 * tick are sent in one packet of each kind, or in several if they do not fit; those are sent as answers arrive. Filters that overlap are
 * sent in separate packets with different subscription identifiers, and so are filters with different user properties. The filters of
 * each `unsubscribe()` call are sent in packets of their own, too. Very many changes are sent in slices.
 *
 * In: SUBACK, UNSUBACK. Out: SUBSCRIBE, UNSUBSCRIBE. Completes with its source; errors with `PROTOCOL_ERROR`.
 */
export const subscribe =
  (config: SubscribeConfig): OperatorFunction<SubackPacket | UnsubackPacket, SubscribePacket | UnsubscribePacket> =>
  answer$ =>
    new Observable(subscriber => {
      new SubscribeFlow(config, subscriber).start(answer$);
    });

/** Observes the answers of the broker. Lives with the connection. */
class SubscribeFlow
  extends Flow<SubackPacket | UnsubackPacket, SubscribePacket | UnsubscribePacket>
  implements NotifiedFlow, TickListener, Unsubscribable
{
  readonly #config: SubscribeConfig;
  readonly #sending: TickCoalescer;
  #isOutOfIds = false;
  /** Undefined until there are so many filters that they may be divided. */
  #slice: Slice | undefined = undefined;
  /** Filters that the present call of `onTick()` has looked at or sent. */
  #filters = 0;
  /** Subscribed only while identifiers are used up, because it emits with every acknowledgement. */
  #idFreed = Subscription.EMPTY;

  constructor(config: SubscribeConfig, subscriber: Subscriber<SubscribePacket | UnsubscribePacket>) {
    super(subscriber);
    this.#config = config;
    this.#sending = new TickCoalescer(config.tick, this);
  }

  start(answer$: Observable<SubackPacket | UnsubackPacket>): void {
    const { subscriber } = this;
    subscriber.add(this);
    subscriber.add(answer$.subscribe(this));
    subscriber.add(this.#config.changed$.subscribe(new NotifierObserver(this)));
    // a connection with very many filters has used this turn to begin with them
    this.#countFilters(this.#config.subscriptions.size);
    this.#slice?.postpone();
    this.onTick();
  }

  unsubscribe(): void {
    this.#sending.cancel();
    this.#slice?.cancel();
    this.#idFreed.unsubscribe();
  }

  next(answer: SubackPacket | UnsubackPacket): void {
    const { subscriptions } = this.#config;
    try {
      const outcome = answer.cmd === 'suback' ? subscriptions.suback(answer) : subscriptions.unsuback(answer);
      if (outcome) this.#config.settled(answer, outcome);
    } catch (error) {
      return this.error(error);
    }
    // most connections have one request, and nothing to send after its answer
    if (!subscriptions.isComplete) this.#sending.schedule();
  }

  /** Sends what has changed. */
  onTick(): void {
    if (this.#isYielding) return;
    const { subscriptions, limits, maxFilters } = this.#config;
    const mayContinue = () => this.#countFilter();
    this.#isOutOfIds = false;
    this.#idFreed.unsubscribe();
    this.#sendUnsubscribes();
    this.#filters = 0;
    this.#slice?.begin();
    this.#slice?.readClock();
    if (this.#isYielding) return subscriptions.postponeChanges();
    while (this.#maySend && !subscriptions.isComplete) {
      const fits = requestFits(limits, maxFilters, WINDOW - subscriptions.requests);
      const { subscribe, identifier, unsubscribe } = subscriptions.takeChanges(fits, mayContinue);
      if (subscribe.length + unsubscribe.length === 0 && !this.#isYielding) break;
      const filters = unsubscribe.filter(filter => this.#isExpressible(filter));
      if (filters.length > 0) this.#send({ kind: 'unsubscribe', filters });
      const requests = subscribe.filter(request => this.#isAllowed(request));
      if (requests.length > 0) this.#send({ kind: 'subscribe', requests, identifier });
      this.#countFilters(filters.length + requests.length);
      this.#slice?.readClock();
      if (this.#isYielding) return subscriptions.postponeChanges();
    }
    this.#config.sent();
  }

  get #isYielding(): boolean {
    return this.#slice?.isYielding === true;
  }

  /** Counts a filter that is looked at. Returns whether to look at more of them now. */
  #countFilter(): boolean {
    this.#countFilters(1);
    this.#slice?.count();
    return !this.#isYielding;
  }

  #countFilters(count: number): void {
    this.#filters += count;
    if (this.#slice !== undefined || this.#filters <= FEW_FILTERS) return;
    this.#slice = new Slice(this.#config.createYielding(), () => this.onTick());
  }

  get #maySend(): boolean {
    return !this.subscriber.closed && !this.#isOutOfIds;
  }

  /** Something has changed that may allow to send more. */
  onNotified(): void {
    this.#sending.schedule();
  }

  #sendUnsubscribes(): void {
    const { subscriptions, limits, maxFilters } = this.#config;
    const selectFilters = createFilterSelector(limits, maxFilters);
    while (this.#maySend && !this.#isYielding && subscriptions.requests < WINDOW) {
      const request = subscriptions.takeUnsubscribe(selectFilters);
      if (request === undefined) return;
      this.#countFilters(request.filters.length);
      this.#send(request);
      this.#slice?.readClock();
    }
  }

  #send(request: Request): void {
    if (this.subscriber.closed) return;
    const { subscriptions, limits } = this.#config;
    const packetId = subscriptions.start(request);
    if (packetId === 0) this.#waitForId();
    else if (request.kind === 'unsubscribe') this.subscriber.next(createUnsubscribePacket(packetId, request, limits));
    else this.subscriber.next(createSubscribePacket(packetId, request, limits));
  }

  #waitForId(): void {
    if (this.#isOutOfIds) return;
    this.#isOutOfIds = true;
    this.#idFreed = this.#config.idFreed$.subscribe(new NotifierObserver(this));
  }

  /** Refuses a filter that the limits do not allow. */
  #isAllowed(request: FilterRequest): boolean {
    const { subscriptions, limits } = this.#config;
    const obstacle = subscriptionObstacle(request, limits);
    if (obstacle === undefined) return true;
    subscriptions.refuse(request.filter);
    this.#config.obstructed(obstacle);
    return false;
  }

  /** Refuses a filter that does not fit a packet: the session may have it from a broker that accepted larger ones. */
  #isExpressible(filter: string): boolean {
    const { subscriptions, limits } = this.#config;
    if (isRequestable({ filter }, limits)) return true;
    subscriptions.refuse(filter);
    return false;
  }
}

function createSubscribePacket(id: number, request: SubscribeRequest, limits: NegotiatedLimits): SubscribePacket {
  const { requests, identifier } = request;
  const { userProperties } = requests[0]!;
  const subscriptions = userProperties === undefined ? requests : requests.map(withoutProperties);
  const packet: SubscribePacket = { cmd: 'subscribe', packetId: id, subscriptions };
  if (identifier !== undefined) packet.properties = { subscriptionIdentifier: identifier };
  if (userProperties !== undefined && limits.protocolVersion === 5)
    packet.properties = { ...packet.properties, userProperties };
  return packet;
}

const withoutProperties = ({ userProperties: _, ...request }: FilterRequest): SubscriptionRequest => request;

function createUnsubscribePacket(id: number, request: UnsubscribeRequest, limits: NegotiatedLimits): UnsubscribePacket {
  const { filters, call } = request;
  const packet: UnsubscribePacket = { cmd: 'unsubscribe', packetId: id, filters };
  if (call?.userProperties !== undefined && limits.protocolVersion === 5)
    packet.properties = { userProperties: call.userProperties };
  return packet;
}
