import { Observable, type SchedulerLike, type Subscriber } from 'rxjs';
import type { TopicFilters, TopicOptions, UnsubscribeOptions } from '../../options/call-options.js';
import type { MqttError } from '../../errors.js';
import type { MqttMessage } from '../../message.js';
import type { SubackPacket, UnsubackPacket } from '../../packets.js';
import { isFailure } from '../../protocol/reason-codes.js';
import { UnsubscribeCall, stillHeld } from '../../protocol/subscriptions/unsubscribe-call.js';
import type { SubscriptionOutcome } from '../../protocol/subscriptions/subscription-requests.js';
import type { Subscriptions } from '../../protocol/subscriptions/subscriptions.js';
import type { TopicPrefixes } from '../../protocol/topics/prefixes.js';
import { type Template, parseTemplate } from '../../protocol/topics/template.js';
import type { AckEvent, UndecodableMessage, Unsubscribed } from '../../results.js';
import { checkUnsubscribe } from '../options/check-topics.js';
import { SubscriptionGrants } from './subscription-grants.js';
import type { SessionWarnings } from './acknowledgement/session-warnings.js';
import type { Dispatcher } from './dispatcher.js';
import type { UnroutedMessages } from './unrouted-messages.js';
import type { CoalescedTrigger } from '../coalesced-trigger.js';
import type { Warnings } from '../warnings.js';
import { LateSubject } from '../streams/late-subject.js';
import type { RouteTable } from './route-table.js';
import { TopicRoute, type RouteOwner, type TopicRouteContext } from './topic-route.js';
import { type ResolvedTopicOptions, canShareRoute, resolveTopicOptions } from './topic-options.js';
import { TopicSubscription, type TopicSubscriptionOwner } from './topic-subscription.js';
import { subscribeRefused } from '../client-errors.js';

export interface TopicsConfig extends TopicRouteContext {
  readonly options: { readonly topicPrefixes: TopicPrefixes };
  readonly dispatcher: Dispatcher;
  /** Undefined while no message is held or left. */
  readonly unroutedIfUsed: UnroutedMessages | undefined;
  readonly warnings: Warnings;
  readonly sessionWarnings: SessionWarnings;
  /** Runs tasks at the end of the turn, so that a route outlives the gap between two subscribers of one turn. */
  readonly tick: SchedulerLike;
  readonly subscriptions: Subscriptions;
  readonly resubscribe: CoalescedTrigger;
  readonly acks: LateSubject<AckEvent> | undefined;
}

/** The streams of `topic$`. All subscribers of the same filters with the same options share one route. */
export class Topics implements RouteOwner, TopicSubscriptionOwner {
  readonly #config: TopicsConfig;
  /** Undefined until a stream has an observer of its grants. */
  #grants: SubscriptionGrants | undefined = undefined;
  /** Undefined until somebody asks for it. */
  #undecodable: LateSubject<UndecodableMessage> | undefined = undefined;

  constructor(config: TopicsConfig) {
    this.#config = config;
  }

  /** @param warnsOfCleanSession - whether to warn where the session ends with the connection, and manual acknowledgement has no effect. */
  topic$(filters: TopicFilters, options: TopicOptions = {}, warnsOfCleanSession = true): Observable<MqttMessage> {
    return new Observable(subscriber => {
      let route: TopicRoute;
      try {
        route = this.#routeFor(resolveTopicOptions(filters, options, this.#config.options.topicPrefixes));
      } catch (error) {
        return subscriber.error(error);
      }
      const { manual, requests } = route.options;
      if (warnsOfCleanSession && manual && requests.some(({ qos }) => qos > 0))
        this.#config.sessionWarnings.noteManualStream();
      this.#subscribe(subscriber, route, options);
    });
  }

  #subscribe(subscriber: Subscriber<MqttMessage>, route: TopicRoute, options: TopicOptions): void {
    const { instrumentation, unroutedIfUsed, subscriptions, dispatcher } = this.#config;
    const operation = instrumentation.active?.stream({ filters: route.filters, options });
    const isNew = !route.observed;
    const newRoute = route.subscribe(subscriber);
    if (isNew || route.manual) unroutedIfUsed?.routeAdded(newRoute);
    const { subscribeObserver } = options;
    const subscription = new TopicSubscription(route, subscribeObserver, subscriber, this, operation);
    subscriber.add(subscription);
    if (subscribeObserver === undefined || subscriber.closed) return;
    this.#grants ??= new SubscriptionGrants(subscriptions, dispatcher.routes);
    this.#grants.add(route, subscription);
  }

  onUnsubscribed(subscription: TopicSubscription): void {
    const { route, grantObserver } = subscription;
    this.#removeOrLinger(route);
    if (grantObserver !== undefined) this.#grants?.delete(route, subscription);
  }

  /** Implements `unsubscribe()`, also for filters of a route without subscribers, and for filters that this client never subscribed. */
  unsubscribe(given: string | readonly string[], options: UnsubscribeOptions = {}): Observable<Unsubscribed> {
    return new Observable(subscriber => {
      const { subscriptions, resubscribe } = this.#config;
      const templates = typeof given === 'string' ? [given] : given;
      checkUnsubscribe(templates, options);
      const filters = templates.map(text => this.parseTemplate(text).filter);
      this.#removeUnobserved(filters);
      const { userProperties } = options.properties ?? {};
      const call = new UnsubscribeCall(filters, userProperties, (error, result) => {
        if (error !== undefined) return subscriber.error(error);
        subscriber.next(result!);
        subscriber.complete();
      });
      subscriptions.unsubscribe(call);
      resubscribe.trigger();
      return () => {
        subscriptions.cancelUnsubscribe(call);
        resubscribe.trigger();
      };
    });
  }

  /** Emits the messages that a route could not decode, whatever its option `onDecodeError` does. */
  get undecodable$(): Observable<UndecodableMessage> {
    return (this.#undecodable ??= new LateSubject()).values$;
  }

  /** Parses a filter as the caller writes it, with named wildcards. */
  parseTemplate(text: string): Template {
    return parseTemplate(text, this.#config.options.topicPrefixes);
  }

  /** Removes the routes of these filters that linger. Throws SUBSCRIPTION_CONFLICT where one has subscribers. */
  #removeUnobserved(filters: readonly string[]): void {
    const routes = filters.flatMap(filter => [...this.#routes.withFilter(filter)]);
    for (const route of routes)
      if (route.observed) throw stillHeld(filters.find(filter => route.filters.includes(filter))!);
    for (const route of routes) this.#remove(route);
  }

  /** Called with each SUBACK and UNSUBACK. A refused filter ends its own streams and no others. */
  settled(
    { cmd, packetId, properties }: SubackPacket | UnsubackPacket,
    { filters, reasonCodes, outdated = [] }: SubscriptionOutcome,
  ): void {
    const kind = cmd === 'suback' ? 'subscribe' : 'unsubscribe';
    this.#config.acks?.next({ kind, packetId, filters, reasonCodes, ...properties });
    if (kind === 'unsubscribe') return;
    filters.forEach((filter, i) => {
      const reasonCode = reasonCodes[i]!;
      if (isFailure(reasonCode) && !outdated.includes(filter))
        this.#failFilter(subscribeRefused(filter, reasonCode, properties?.reasonString), filter);
    });
    this.#grants?.notify(filters);
  }

  /** Called when everything that is wanted has been requested from the broker. */
  notifyPendingGrants(): void {
    this.#grants?.notifyPending();
  }

  /** Called when the broker does not support what a filter needs. */
  obstructed(error: MqttError): void {
    this.#failFilter(error, error.subject!);
  }

  /** Called when a filter is given up because connections ended right after it was sent. An UNSUBSCRIBE has no stream that could error. */
  onGivenUp(error: MqttError): void {
    if (error.code === 'SUBSCRIBE_REFUSED') return this.obstructed(error);
    const { message, subject } = error;
    this.#config.warnings.warn({ code: 'UNSUBSCRIBE_GIVEN_UP', message, filter: subject!, error });
  }

  /** Ends all streams when the client is closed, those of one route in each step: they complete, or error if there is an error. */
  *endAll(error: MqttError | undefined): Generator<void, void> {
    for (const route of this.#routes.all) {
      if (error !== undefined) this.onFailed(route, error);
      else if (this.#remove(route)) route.complete();
      yield;
    }
  }

  /** The number of routes: streams of different filters or options. */
  get size(): number {
    return this.#routes.size;
  }

  get #routes(): RouteTable<TopicRoute> {
    return this.#config.dispatcher.routes;
  }

  #routeFor(options: ResolvedTopicOptions): TopicRoute {
    for (const route of this.#routes.withFilter(options.templates[0]!.filter))
      if (canShareRoute(route.options, options)) return route;
    this.#wantFilters(options);
    const route = new TopicRoute(options, this.#config, this);
    this.#config.dispatcher.add(route);
    return route;
  }

  #wantFilters({ requests }: ResolvedTopicOptions): void {
    const subscriptions = this.#config.subscriptions;
    const wanted: string[] = [];
    try {
      for (const request of requests) {
        subscriptions.want(request);
        wanted.push(request.filter);
      }
    } catch (error) {
      for (const filter of wanted) subscriptions.release(filter);
      throw error;
    }
    this.#config.resubscribe.trigger();
  }

  /**
   * Removes a route without subscribers, after it has lingered for as long as its options say. One with `latest` lingers to the end of the
   * turn at least: the broker sends nothing again for a filter that is subscribed again in one turn.
   */
  #removeOrLinger(route: TopicRoute): void {
    if (route.observed || route.isRemoved) return;
    const { linger, latest } = route.options;
    const { scheduler, tick } = this.#config;
    route.lingerTimer.unsubscribe();
    if (linger === 0 && latest === 0) this.#remove(route);
    else if (linger !== Infinity)
      route.lingerTimer = (linger === 0 ? tick : scheduler).schedule(() => this.#remove(route), linger);
  }

  /** Removes the route, so that the next subscriber gets a new one. Returns false if it was removed before. */
  #remove(route: TopicRoute): boolean {
    if (route.isRemoved) return false;
    route.isRemoved = true;
    for (const filter of route.filters) this.#config.subscriptions.release(filter, route.options.keepSubscribed);
    this.#config.dispatcher.delete(route);
    route.release();
    this.#config.resubscribe.trigger();
    return true;
  }

  #failFilter(error: MqttError, filter: string): void {
    for (const route of [...this.#routes.withFilter(filter)]) this.onFailed(route, error);
  }

  // removes the route first: a subscriber that subscribes again when it gets the error must not get the failed route
  onFailed(route: TopicRoute, error: unknown): void {
    if (this.#remove(route)) route.fail(error);
  }

  onUndecodable(undecodable: UndecodableMessage, isHandled: boolean): void {
    if (this.#undecodable?.observed === true) return this.#undecodable.next(undecodable);
    if (isHandled) return;
    const { filters, message, error } = undecodable;
    const words = `${error.message}; it was skipped: subscribe to undecodable$, or set option 'onDecodeError'`;
    this.#config.warnings.warn({ code: 'UNDECODABLE', message: words, topic: message.topic, filters });
  }
}
