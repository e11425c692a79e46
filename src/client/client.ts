import { Observable, type OperatorFunction, Subject, identity, lastValueFrom } from 'rxjs';
import type { AckableMessage } from '../ackable-message.js';
import type {
  DisconnectOptions,
  OutgoingMessage,
  PublishAllOptions,
  PublishOptions,
  TopicFilters,
  TopicOptions,
  UnsubscribeOptions,
} from '../call-options.js';
import type { ConsumeOptions, Consumed } from '../consume-options.js';
import type { MqttError } from '../errors.js';
import type { MqttMessage, Payload } from '../message.js';
import type { MqttOptions } from '../options.js';
import type { MessageHandler } from '../operators/ack-after.js';
import { Session } from '../protocol/session.js';
import type { Reply, RequestOptions, RespondOptions } from '../request-options.js';
import type {
  AckEvent,
  ClientStats,
  PacketEvent,
  PublishOutcome,
  PublishResult,
  Responded,
  UndecodableMessage,
  Unsubscribed,
} from '../results.js';
import type { Connack, ConnectionState } from '../state.js';
import type { TopicParams } from '../topic-params.js';
import type { MqttWarning } from '../warnings.js';
import { consume } from './topics/consume.js';
import { inbound } from './topics/inbound.js';
import { Lifecycle } from './connection/lifecycle.js';
import { Meter } from './meter.js';
import type { MqttClient } from './mqtt-client.js';
import type { Parts } from './parts.js';
import { isIterable } from './publishing/publish-all/is-iterable.js';
import { publishIterable, publishObservable } from './publishing/publish-all/publish-all.js';
import { withCallSite } from './publishing/call-site.js';
import { rejected } from './publishing/publish-errors.js';
import { Publisher } from './publishing/publisher.js';
import { type ClientOptions, clientOptions } from './options/resolve-options.js';
import type { Reopening } from './connection/reopening.js';
import { Requests } from './requests/requests.js';
import { Responder } from './requests/responder.js';
import type { Server } from './connection/server.js';
import { ServerList } from './connection/server-list.js';
import { Signal } from './signal.js';
import type { LifeSignal } from './connection/signals.js';
import { Topics } from './topics/topics.js';
import { Trampoline } from './trampoline.js';

/** Builds the parts of a client and shows them as one. */
export class Client implements MqttClient, Reopening {
  readonly #parts: Parts;
  readonly #lifecycle: Lifecycle;
  readonly #requests: Requests;
  readonly #responder: Responder;

  readonly connection$: Observable<ConnectionState>;
  readonly packet$: Observable<PacketEvent>;
  readonly ack$: Observable<AckEvent>;
  readonly unrouted$: Observable<MqttMessage>;
  readonly undecodable$: Observable<UndecodableMessage>;
  readonly warning$: Observable<MqttWarning>;
  readonly stats$: Observable<ClientStats>;
  readonly reopened$: Observable<void>;

  constructor(servers: readonly [Server, ...Server[]], options: MqttOptions) {
    const ack$ = new Subject<AckEvent>();
    const parts = assemble(clientOptions(options), ack$);
    this.#parts = parts;
    this.#lifecycle = new Lifecycle(new ServerList(servers, parts.options.redirects), options, parts);
    const { state$, reopened$ } = this.#lifecycle;
    const { topics, session, scheduler } = parts;
    const { subscriptions } = session;
    const { random } = parts.options;
    const unclaimed = parts.unclaimed.show;
    const exchange = { state$, topics, publisher: this };
    this.#requests = new Requests({ ...exchange, ack$, subscriptions, scheduler, random, unclaimed });
    this.#responder = new Responder(exchange);
    this.connection$ = state$;
    this.packet$ = parts.packet$.asObservable();
    this.ack$ = ack$.asObservable();
    this.unrouted$ = parts.unclaimed.unrouted$;
    this.undecodable$ = parts.topics.undecodable$;
    this.warning$ = parts.warnings.warning$;
    this.stats$ = parts.meter.stats(this.#lifecycle.isOpen$);
    this.reopened$ = reopened$;
    parts.left.reconnect = () => {
      if (this.connection.status === 'connected') this.reconnect().subscribe({ error: noMatter });
    };
  }

  get connection(): ConnectionState {
    return this.#lifecycle.state;
  }

  connect(): Observable<Connack> {
    return this.#lifecycle.connect();
  }

  reconnect(): Observable<Connack> {
    return this.#lifecycle.reconnect();
  }

  topic$<const F extends TopicFilters, V = undefined>(
    filter: F,
    options?: TopicOptions<V>,
  ): Observable<AckableMessage<V, TopicParams<F>>> {
    const message$ = this.#parts.topics.topic$(filter, options);
    return this.#whileOpen(message$ as Observable<AckableMessage<V, TopicParams<F>>>);
  }

  consume<const F extends TopicFilters, R = never, V = undefined>(
    filter: F,
    handler: MessageHandler<AckableMessage<V, TopicParams<F>>, R>,
    options: ConsumeOptions<V> = {},
  ): Observable<Consumed<R, AckableMessage<V, TopicParams<F>>>> {
    return consume(manual => this.topic$<F, V>(filter, manual), handler, options, this.#parts.scheduler);
  }

  publish<T = Payload>(topic: string, payload?: NoInfer<T>, options?: PublishOptions<T>): Observable<PublishResult> {
    const result$ = new Observable<PublishResult>(subscriber => {
      const closed = this.#lifecycle.closedBecause;
      if (closed) throw rejected(closed);
      this.#parts.publisher.publish(topic, payload, options, subscriber);
      this.#lifecycle.need();
    });
    return this.#parts.options.callSites ? withCallSite(result$) : result$;
  }

  publishAll<T = Payload>(
    options?: PublishAllOptions<T>,
  ): OperatorFunction<OutgoingMessage<NoInfer<T>>, PublishOutcome<T>>;
  publishAll<T = Payload>(
    messages: Iterable<OutgoingMessage<NoInfer<T>>> | AsyncIterable<OutgoingMessage<NoInfer<T>>>,
    options?: PublishAllOptions<T>,
  ): Observable<PublishOutcome<T>>;
  publishAll(
    first: PublishAllOptions<never> | Iterable<unknown> | AsyncIterable<unknown> = {},
    options: PublishAllOptions<never> = {},
  ): unknown {
    const context = { ...this.#parts, lifecycle: this.#lifecycle };
    return isIterable(first) ? publishIterable(first, options, context) : publishObservable(first, context);
  }

  request<T = Payload, V = undefined>(
    topic: string,
    payload?: NoInfer<T>,
    options?: RequestOptions<T, V>,
  ): Observable<MqttMessage<V>> {
    return this.#whileOpen(this.#requests.request(topic, payload, options) as Observable<MqttMessage<V>>, rejected);
  }

  respond<const F extends string | readonly string[], T = Payload, V = undefined>(
    filter: F,
    handler: (request: MqttMessage<V, TopicParams<F>>) => Reply<NoInfer<T>>,
    options?: RespondOptions<T, V>,
  ): Observable<Responded> {
    return this.#whileOpen(this.#responder.respond(filter, handler as (request: MqttMessage) => unknown, options));
  }

  unsubscribe(filters: string | readonly string[], options?: UnsubscribeOptions): Observable<Unsubscribed> {
    return this.#whileOpen(this.#parts.topics.unsubscribe(filters, options));
  }

  reauthenticate(): Observable<void> {
    return this.#lifecycle.reauthenticate();
  }

  disconnect(options?: DisconnectOptions): Observable<never> {
    return this.#lifecycle.disconnect(options);
  }

  close(): void {
    this.disconnect().subscribe({ error: noMatter });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await lastValueFrom(this.disconnect(), { defaultValue: undefined });
  }

  #whileOpen<T>(source$: Observable<T>, refusal: (why: MqttError) => MqttError = identity): Observable<T> {
    return new Observable(subscriber => {
      const closed: MqttError | undefined = this.#lifecycle.closedBecause;
      if (closed) return subscriber.error(refusal(closed));
      source$.subscribe(subscriber);
      if (!subscriber.closed) this.#lifecycle.need();
    });
  }
}

function assemble(options: ClientOptions, ack$: Subject<AckEvent>): Parts {
  const { scheduler, tick, maximumQoS, offlineQos0, topicPrefixes } = options;
  const trampoline = new Trampoline();
  const wake = new Signal(trampoline);
  const resubscribe = new Signal(trampoline);
  const ackReady = new Signal(trampoline);
  const publisher = new Publisher({ sender: () => session.sender, scheduler, wake, ack$, offlineQos0 });
  const session: Session = new Session({
    queue: options.queue,
    maximumQoS,
    maxInFlightBytes: options.maxInFlightBytes,
    maxDeliveries: options.maxDeliveries,
    resubscribe: options.resubscribe,
    republish: options.republish,
    random: options.random,
    topicPrefixes,
    now: () => scheduler.now(),
    settled: publisher.settled,
    ackReady: ackReady.raise,
  });
  const { subscriptions, receiver } = session;
  const { hold, ackWarnAfter } = options;
  const incoming = inbound({ copies: subscriptions.copies, receiver, hold, ackWarnAfter, scheduler, tick, trampoline });
  const topics = new Topics({
    maximumQoS,
    topicPrefixes,
    scheduler,
    ...incoming,
    subscriptions,
    resubscribe,
    ack$,
  });
  return {
    options,
    scheduler,
    tick,
    trampoline,
    ...incoming,
    session,
    publisher,
    topics,
    meter: new Meter({ ...incoming, session, scheduler }),
    packet$: new Subject<PacketEvent>(),
    signal$: new Subject<LifeSignal>(),
    wake,
    ackReady,
    resubscribe,
  };
}

/** disconnect() without options has nothing to refuse; why a reconnect failed is a value of connection$. */
const noMatter = (): void => undefined;
