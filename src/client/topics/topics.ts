import { Observable, type SchedulerLike, Subject } from 'rxjs';
import type { TopicFilters, TopicOptions, UnsubscribeOptions } from '../../options/call-options.js';
import { MqttError } from '../../errors.js';
import type { MqttMessage } from '../../message.js';
import type { SubackPacket, UnsubackPacket } from '../../packets.js';
import { describeReason, isFailure, isRetryable } from '../../protocol/reason-codes.js';
import { UnsubscribeCall, stillHeld } from '../../protocol/subscriptions/unsubscribe-call.js';
import type { SubscriptionOutcome } from '../../protocol/subscriptions/subscription-requests.js';
import type { Subscriptions } from '../../protocol/subscriptions/subscriptions.js';
import type { TopicPrefixes } from '../../protocol/topics/prefixes.js';
import type { Template } from '../../protocol/topics/template.js';
import type { AckEvent, UndecodableMessage, Unsubscribed } from '../../results.js';
import { clientClosed } from '../client-errors.js';
import { checkUnsubscribe } from '../options/check-calls.js';
import { SubscriptionGrants } from './subscription-grants.js';
import type { Inbound } from './inbound.js';
import type { CoalescedTrigger } from '../coalesced-trigger.js';
import { TopicRoute } from './topic-route.js';
import { TopicOptionsResolver, type ResolvedTopicOptions } from './topic-options.js';
import { piece, quoted } from '../../quoted.js';

export interface TopicsConfig extends Inbound {
  readonly topicPrefixes: TopicPrefixes;
  readonly scheduler: SchedulerLike;
  readonly subscriptions: Subscriptions;
  readonly resubscribe: CoalescedTrigger;
  readonly ack$: Subject<AckEvent>;
}

/** The streams of `topic$`: one shared route for all subscribers of the same filters with the same options. */
export class Topics {
  readonly #config: TopicsConfig;
  readonly #arguments: TopicOptionsResolver;
  readonly #grants: SubscriptionGrants;
  readonly #routes = new Map<string, TopicRoute>();
  readonly #byFilter = new Map<string, Set<TopicRoute>>();
  readonly #undecodable$ = new Subject<UndecodableMessage>();

  /** Messages that a route could not decode, whatever it does about it. */
  readonly undecodable$: Observable<UndecodableMessage> = this.#undecodable$.asObservable();

  constructor(config: TopicsConfig) {
    this.#config = config;
    this.#arguments = new TopicOptionsResolver(config.topicPrefixes);
    this.#grants = new SubscriptionGrants(config.subscriptions);
    this.asked = this.#grants.asked;
  }

  /** @param advise - whether to warn of a session in which acknowledging by hand is in vain. */
  topic$(filters: TopicFilters, options: TopicOptions = {}, advise = true): Observable<MqttMessage> {
    return new Observable(subscriber => {
      let route: TopicRoute;
      let terms: ResolvedTopicOptions;
      try {
        terms = this.#arguments.resolve(filters, options);
        route = this.#join(terms);
        if (advise && terms.manual && terms.requests.some(({ qos }) => qos > 0)) this.#config.advice.manual();
      } catch (error) {
        return subscriber.error(error);
      }
      const isNew = !route.observed;
      const newcomer = route.subscribe(subscriber);
      if (isNew || route.manual) this.#config.unrouted.routeAdded(newcomer);
      subscriber.add(() => this.#leave(route));
      if (terms.observer !== undefined && !subscriber.closed)
        subscriber.add(this.#grants.watch(route.filters, terms.observer));
    });
  }

  /** `unsubscribe()`: also of filters that a stream without subscribers holds, and of those that nobody here has subscribed. */
  unsubscribe(given: string | readonly string[], options: UnsubscribeOptions = {}): Observable<Unsubscribed> {
    return new Observable(subscriber => {
      const { subscriptions, resubscribe } = this.#config;
      const templates = typeof given === 'string' ? [given] : given;
      checkUnsubscribe(templates, options);
      const filters = templates.map(text => this.#arguments.template(text).filter);
      this.#dropUnobserved(filters);
      const { userProperties = [] } = options.properties ?? {};
      const told = userProperties.length === 0 ? undefined : userProperties;
      const call = new UnsubscribeCall(filters, told, (error, result) => {
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

  /** A filter as the caller writes it. */
  template(text: string): Template {
    return this.#arguments.template(text);
  }

  /** Ends the streams of these filters that linger without a subscriber. Throws SUBSCRIPTION_CONFLICT where one has subscribers. */
  #dropUnobserved(filters: readonly string[]): void {
    const routes = filters.flatMap(filter => [...(this.#byFilter.get(filter) ?? [])]);
    for (const route of routes)
      if (route.observed) throw stillHeld(filters.find(filter => route.filters.includes(filter))!);
    for (const route of routes) this.#drop(route);
  }

  /** SUBACK or UNSUBACK came: a refused filter ends its own streams, and no others. */
  readonly settled = (
    { cmd, packetId, properties }: SubackPacket | UnsubackPacket,
    { filters, reasonCodes, outdated = [] }: SubscriptionOutcome,
  ): void => {
    const kind = cmd === 'suback' ? 'subscribe' : 'unsubscribe';
    this.#config.ack$.next({ kind, packetId, filters, reasonCodes, ...properties });
    if (kind === 'unsubscribe') return;
    filters.forEach((filter, i) => {
      const reasonCode = reasonCodes[i]!;
      if (isFailure(reasonCode) && !outdated.includes(filter))
        this.#fail(refused(filter, reasonCode, properties?.reasonString), filter);
    });
    this.#grants.answered(filters);
  };

  /** All that is wanted has been asked of the broker. */
  readonly asked: () => void;

  /** The broker does not offer what the filter needs. */
  readonly obstructed = (error: MqttError): void => this.#fail(error, error.subject!);

  /** Connections ended at the filter. Where it was to be unsubscribed, no stream is left to be told. */
  readonly givenUp = (error: MqttError): void => {
    if (error.code === 'SUBSCRIBE_REFUSED') return this.obstructed(error);
    const { message, subject } = error;
    this.#config.warnings.warn({ code: 'UNSUBSCRIBE_GIVEN_UP', message, filter: subject!, error });
  };

  /** The client is closed: the streams complete, or error with why. */
  end(error: MqttError | undefined): void {
    for (const route of [...this.#routes.values()]) {
      if (error !== undefined) this.#failRoute(route, error);
      else if (this.#drop(route)) route.complete();
    }
    this.#config.subscriptions.endUnsubscribes(clientClosed(error));
  }

  #join(options: ResolvedTopicOptions): TopicRoute {
    const known = this.#routes.get(options.key);
    if (known) return known;
    this.#want(options);
    const route = new TopicRoute(options, {
      receivePressure: this.#config.receivePressure,
      open: this.#config.unacknowledged.open,
      undecodable: this.#undecodable,
      failed: this.#failRoute,
    });
    this.#routes.set(options.key, route);
    for (const filter of route.filters) {
      const routes = this.#byFilter.get(filter);
      if (routes) routes.add(route);
      else this.#byFilter.set(filter, new Set([route]));
    }
    this.#config.dispatcher.add(route);
    return route;
  }

  #want({ requests }: ResolvedTopicOptions): void {
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

  /** One subscriber less. After the last the route is kept for a while, where that is wanted. */
  #leave(route: TopicRoute): void {
    if (route.observed || !this.#isOpen(route)) return;
    const { linger } = route.options;
    route.lingering.unsubscribe();
    if (linger === 0) this.#drop(route);
    else if (linger !== Infinity) route.lingering = this.#config.scheduler.schedule(() => this.#drop(route), linger);
  }

  #isOpen(route: TopicRoute): boolean {
    return this.#routes.get(route.options.key) === route;
  }

  /** The route is no more: who comes now gets a new one. False when it was none before. */
  #drop(route: TopicRoute): boolean {
    if (!this.#isOpen(route)) return false;
    route.lingering.unsubscribe();
    this.#routes.delete(route.options.key);
    for (const filter of route.filters) {
      const routes = this.#byFilter.get(filter);
      routes?.delete(route);
      if (routes?.size === 0) this.#byFilter.delete(filter);
      this.#config.subscriptions.release(filter, route.options.keep);
    }
    this.#config.dispatcher.delete(route);
    this.#config.resubscribe.trigger();
    return true;
  }

  #fail(error: MqttError, filter: string): void {
    for (const route of [...(this.#byFilter.get(filter) ?? [])]) this.#failRoute(route, error);
  }

  // a subscriber that subscribes anew when told of the error must not find the route that has failed
  readonly #failRoute = (route: TopicRoute, error: unknown): void => {
    if (this.#drop(route)) route.fail(error);
  };

  readonly #undecodable = (what: UndecodableMessage, isHandled: boolean): void => {
    if (this.#undecodable$.observed) return this.#undecodable$.next(what);
    if (isHandled) return;
    const { filters, message, error } = what;
    const words = `${error.message}; it was left out: listen to undecodable$, or set the option onDecodeError`;
    this.#config.warnings.warn({ code: 'UNDECODABLE', message: words, topic: message.topic, filters });
  };
}

function refused(filter: string, reasonCode: number, reasonString: string | undefined): MqttError {
  const words = reasonString === undefined ? '' : ` (${piece(reasonString)})`;
  return new MqttError(
    'SUBSCRIBE_REFUSED',
    `the broker refused ${quoted(filter)}: ${describeReason(reasonCode)}${words}`,
    {
      reasonCode,
      reasonString,
      subject: filter,
      retryable: isRetryable(reasonCode),
    },
  );
}
