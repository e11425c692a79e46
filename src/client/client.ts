import {
  EMPTY,
  Observable,
  type OperatorFunction,
  type SchedulerLike,
  defer,
  identity,
  lastValueFrom,
  noop,
  throwError,
} from 'rxjs';
import type { AckableMessage, MqttMessage, Payload, TopicParams } from '../message.js';
import type {
  AbortOptions,
  DisconnectOptions,
  OutgoingMessage,
  PublishAllOptions,
  PublishOptions,
  TopicFilters,
  TopicOptions,
  UnsubscribeOptions,
} from '../options/call-options.js';
import type { ConsumeOptions, Consumed } from '../options/consume-options.js';
import type { MqttError } from '../errors.js';
import type { MqttOptions } from '../options/options.js';
import type { MessageHandler } from '../operators/ack-after.js';
import { abortable } from '../operators/interop/until-aborted.js';
import type { Reply, RequestOptions, RespondOptions } from '../options/request-options.js';
import type {
  AckEvent,
  ClientStats,
  OutboxEntry,
  PacketEvent,
  PublishOutcome,
  PublishResult,
  Responded,
  Restored,
  UndecodableMessage,
  Unsubscribed,
} from '../results.js';
import type { Connack, ConnectionState } from '../state.js';
import type { MqttWarning } from '../warnings.js';
import { consume } from './topics/consume.js';
import { Lifecycle } from './lifecycle/lifecycle.js';
import type { MqttClient } from './mqtt-client.js';
import { ClientContext } from './client-context.js';
import { publishAll } from './publishing/publish-all/publish-all.js';
import { withCallSite } from './publishing/call-site.js';
import { type GivenOptions, PublishObservable, type PublishStarter } from './publishing/publish-observable.js';
import type { PublishSubscription } from './publishing/publish-subscription.js';
import { rejected } from './publishing/publish-errors.js';
import type { Reopening } from './lifecycle/connection-states.js';
import { Requests } from './requests/requests.js';
import { Responder } from './requests/responder.js';
import type { Server } from './options/server.js';
import { ServerList } from './lifecycle/servers/server-list.js';

/** Implements the public interface with the parts of a client. */
export class Client implements MqttClient, Reopening, PublishStarter {
  /** What the parts of the client share, also for the entries. It is not enumerable, so that a log or JSON of a client does not show it. */
  declare readonly context: ClientContext;
  readonly #lifecycle: Lifecycle;
  #requests: Requests | undefined;
  #responder: Responder | undefined;

  // made on demand, because most clients need none of them
  #outbox$: Observable<readonly OutboxEntry[]> | undefined;
  #restored$: Observable<Restored> | undefined;
  #stats$: Observable<ClientStats> | undefined;

  constructor(servers: readonly [Server, ...Server[]], options: MqttOptions, context = new ClientContext(options)) {
    Object.defineProperty(this, 'context', { value: context });
    this.#lifecycle = new Lifecycle(new ServerList(servers, context.options.redirects), options, context);
    context.redelivering = this;
  }

  get connection$(): Observable<ConnectionState> {
    return this.#lifecycle.connection$;
  }

  /** The same states for the library itself: its subscriptions do not silence the console, as those to `connection$` do. */
  get state$(): Observable<ConnectionState> {
    return this.#lifecycle.state$;
  }

  get outbox$(): Observable<readonly OutboxEntry[]> {
    return (this.#outbox$ ??= defer(() => {
      this.#lifecycle.durable?.opened$.subscribe({ error: noop });
      return this.context.outboxEntries.entries$;
    }));
  }

  get restored$(): Observable<Restored> {
    return (this.#restored$ ??= defer(() => {
      const closed: MqttError | undefined = this.#lifecycle.closedError;
      return closed ? throwError(() => closed) : (this.#lifecycle.durable?.restored$ ?? EMPTY);
    }));
  }

  get stats$(): Observable<ClientStats> {
    return (this.#stats$ ??= defer(() => this.context.meter.stats(this.#lifecycle.states.isOpen$)));
  }

  get packet$(): Observable<PacketEvent> {
    return this.context.packet$;
  }

  get ack$(): Observable<AckEvent> {
    return this.context.ack$;
  }

  get unrouted$(): Observable<MqttMessage> {
    return this.context.unrouted.unrouted$;
  }

  get undecodable$(): Observable<UndecodableMessage> {
    return this.context.topics.undecodable$;
  }

  get warning$(): Observable<MqttWarning> {
    return this.context.warnings.warning$;
  }

  get reopened$(): Observable<void> {
    return this.#lifecycle.states.reopened$;
  }

  /** The clock of a trace. */
  get scheduler(): SchedulerLike {
    return this.context.scheduler;
  }

  get connection(): ConnectionState {
    return this.#lifecycle.state;
  }

  connect(options?: AbortOptions): Observable<Connack> {
    return abortable(this.#lifecycle.connect(), options);
  }

  reconnect(options?: AbortOptions): Observable<Connack> {
    return abortable(this.#lifecycle.reconnect(), options);
  }

  topic$<const F extends TopicFilters, V = undefined>(
    filter: F,
    options?: TopicOptions<V>,
  ): Observable<AckableMessage<V, TopicParams<F>>> {
    const message$ = this.context.topics.topic$(filter, options);
    return abortable(this.#whileOpen(message$ as Observable<AckableMessage<V, TopicParams<F>>>), options);
  }

  consume<const F extends TopicFilters, R = never, V = undefined>(
    filter: F,
    handler: MessageHandler<AckableMessage<V, TopicParams<F>>, R>,
    options: ConsumeOptions<V> = {},
  ): Observable<Consumed<R, AckableMessage<V, TopicParams<F>>>> {
    return consume(manual => this.topic$<F, V>(filter, manual), handler, options, this.context.scheduler);
  }

  publish<T = Payload>(topic: string, payload?: NoInfer<T>, options?: PublishOptions<T>): Observable<PublishResult> {
    const result$ = abortable(new PublishObservable(this, topic, payload, options), options, true);
    return this.context.options.callSites ? withCallSite(result$) : result$;
  }

  startPublish(topic: string, payload: unknown, options: GivenOptions, subscription: PublishSubscription): void {
    const closed = this.#lifecycle.closedError;
    if (closed) throw rejected(closed);
    this.context.publisher.startPublish(topic, payload, options, subscription);
    this.#lifecycle.connectOnDemand();
  }

  discard(entry: OutboxEntry): boolean {
    return this.context.outboxEntries.discard(entry);
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
    return publishAll(first, options, this.context, this.#lifecycle);
  }

  request<T = Payload, V = undefined>(
    topic: string,
    payload?: NoInfer<T>,
    options?: RequestOptions<T, V>,
  ): Observable<MqttMessage<V>> {
    this.#requests ??= new Requests(this.context, this);
    const reply$ = this.#requests.request(topic, payload, options) as Observable<MqttMessage<V>>;
    return abortable(this.#whileOpen(reply$, rejected), options, true);
  }

  respond<const F extends string | readonly string[], T = Payload, V = undefined>(
    filter: F,
    handler: (request: MqttMessage<V, TopicParams<F>>) => Reply<NoInfer<T>>,
    options?: RespondOptions<T, V>,
  ): Observable<Responded> {
    this.#responder ??= new Responder(this.context.topics, this);
    const responded$ = this.#responder.respond(filter, handler as (request: MqttMessage) => unknown, options);
    return abortable(this.#whileOpen(responded$), options);
  }

  /** Where `addHooks()` puts hooks. */
  get instrumentation(): ClientContext['instrumentation'] {
    return this.context.instrumentation;
  }

  /** Reconnects without an override of reconnect(), which may do more. Why it failed is a value of `connection$`. */
  redeliver(): void {
    if (this.connection.status === 'connected') this.#lifecycle.reconnect().subscribe({ error: noop });
  }

  unsubscribe(filters: string | readonly string[], options?: UnsubscribeOptions): Observable<Unsubscribed> {
    return abortable(this.#whileOpen(this.context.topics.unsubscribe(filters, options)), options);
  }

  reauthenticate(options?: AbortOptions): Observable<void> {
    return abortable(this.#lifecycle.reauthenticate(), options);
  }

  disconnect(options?: DisconnectOptions): Observable<never> {
    return abortable(this.#lifecycle.disconnect(options), options);
  }

  close(): void {
    this.disconnect().subscribe({ error: noop }); // without options there is nothing to reject
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await lastValueFrom(this.disconnect(), { defaultValue: undefined });
  }

  #whileOpen<T>(source$: Observable<T>, toError: (closed: MqttError) => MqttError = identity): Observable<T> {
    return new Observable(subscriber => {
      const closed: MqttError | undefined = this.#lifecycle.closedError;
      if (closed) return subscriber.error(toError(closed));
      source$.subscribe(subscriber);
      if (!subscriber.closed) this.#lifecycle.connectOnDemand();
    });
  }
}
