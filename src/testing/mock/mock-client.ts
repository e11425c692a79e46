import { EMPTY, NEVER, Observable, Subject, asyncScheduler, defer, map, of, startWith, throwError } from 'rxjs';
import type {
  DisconnectOptions,
  PublishOptions,
  TopicFilters,
  TopicOptions,
  UnsubscribeOptions,
} from '../../call-options.js';
import { checkDisconnectOptions } from '../../client/options/check-calls.js';
import { clientClosed } from '../../client/client-errors.js';
import { consume } from '../../client/topics/consume.js';
import { firstConnack } from '../../client/connection/first-connack.js';
import { closedOn, notConnected, rejected } from '../../client/publishing/publish-errors.js';
import { notConnected as notAuthenticatable } from '../../client/connection/reauthentication.js';
import type { Reopening } from '../../client/connection/reopening.js';
import { Requests } from '../../client/requests/requests.js';
import { Responder } from '../../client/requests/responder.js';
import type { MqttError } from '../../errors.js';
import type { MqttMessage, Payload } from '../../message.js';
import type { Reply, RequestOptions, RespondOptions } from '../../request-options.js';
import type {
  AckEvent,
  ClientStats,
  PacketEvent,
  PublishResult,
  Responded,
  UndecodableMessage,
  Unsubscribed,
} from '../../results.js';
import type { Connack, ConnectionState } from '../../state.js';
import type { TopicParams } from '../../topic-params.js';
import type { MqttWarning } from '../../warnings.js';
import type { AckableMessage } from '../../ackable-message.js';
import type { ConsumeOptions, Consumed } from '../../consume-options.js';
import type { MessageHandler } from '../../operators/ack-after.js';
import { inspect } from '../marbles/inspect.js';
import type { MockMqtt, MockMqttOptions } from './mock-mqtt.js';
import { mockPublishAll } from './mock-publish-all.js';
import { MockPublication } from './mock-publication.js';
import { statsOf } from './mock-stats.js';
import { type Given, MockTopics } from './mock-topics.js';
import { MockConnection } from './mock-connection.js';
import { stateOf } from './states.js';

/** A {@link MockMqtt}: connected, and settling what is published, unless the options say otherwise. */
export function mockMqtt(options: MockMqttOptions = {}): MockMqtt {
  return new MockClient(options);
}

class MockClient implements MockMqtt, Reopening {
  readonly #topics: MockTopics;
  readonly #requests: Requests;
  readonly #responder: Responder;
  readonly #settlesItself: boolean;
  readonly #published: MockPublication[] = [];
  readonly #ack$ = new Subject<AckEvent>();
  readonly #changed$ = new Subject<void>();
  readonly #connection: MockConnection;

  readonly connection$: Observable<ConnectionState>;
  readonly reopened$: Observable<void>;
  readonly packet$: Observable<PacketEvent> = NEVER;
  readonly ack$: Observable<AckEvent> = this.#ack$.asObservable();
  readonly unrouted$: Observable<MqttMessage>;
  readonly undecodable$: Observable<UndecodableMessage>;
  readonly warning$: Observable<MqttWarning> = NEVER;
  readonly stats$: Observable<ClientStats> = this.#changed$.pipe(
    startWith(undefined),
    map(() => statsOf(this.#pending, this.#topics.unacknowledged)),
  );

  constructor({ connection = 'connected', settle = 'automatic', scheduler = asyncScheduler }: MockMqttOptions) {
    this.#settlesItself = settle === 'automatic';
    this.#topics = new MockTopics(scheduler, this.#ack$);
    this.unrouted$ = this.#topics.unrouted$;
    this.undecodable$ = this.#topics.undecodable$;
    this.#connection = new MockConnection(stateOf(connection));
    const { state$, reopened$ } = this.#connection;
    this.connection$ = state$;
    this.reopened$ = reopened$;
    const exchange = { state$, topics: this.#topics, publisher: this };
    const { unclaimed } = this.#topics;
    this.#requests = new Requests({ ...exchange, ack$: this.ack$, subscriptions: this.#topics, scheduler, random: () => 0, unclaimed }); // prettier-ignore
    this.#responder = new Responder(exchange);
  }

  get connection(): ConnectionState {
    return this.#connection.state;
  }

  get published(): readonly MockPublication[] {
    return this.#published;
  }

  get filters(): readonly string[] {
    return this.#topics.filters;
  }

  connect(): Observable<Connack> {
    return defer(() => {
      const { status } = this.connection;
      if (status === 'idle' || status === 'closed') this.setConnection('connecting');
      return this.connection$.pipe(firstConnack());
    });
  }

  reconnect(): Observable<Connack> {
    return defer(() => {
      this.setConnection('connecting');
      return this.connection$.pipe(firstConnack());
    });
  }

  /** Succeeds at once while it is connected. */
  reauthenticate(): Observable<void> {
    return defer(() => (this.connection.status === 'connected' ? of(undefined) : throwError(notAuthenticatable)));
  }

  disconnect(options: DisconnectOptions = {}): Observable<never> {
    return defer(() => {
      checkDisconnectOptions(options);
      if (this.connection.status === 'closed') return EMPTY;
      this.setConnection('disconnecting');
      this.setConnection('closed');
      return EMPTY;
    });
  }

  readonly close = (): void => void this.disconnect().subscribe();

  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  topic$<const F extends TopicFilters, V = undefined>(
    filter: F,
    options?: TopicOptions<V>,
  ): Observable<AckableMessage<V, TopicParams<F>>> {
    return this.#whileOpen(this.#topics.topic$(filter, options) as Observable<AckableMessage<V, TopicParams<F>>>);
  }

  consume<const F extends TopicFilters, R = never, V = undefined>(
    filter: F,
    handler: MessageHandler<AckableMessage<V, TopicParams<F>>, R>,
    options: ConsumeOptions<V> = {},
  ): Observable<Consumed<R, AckableMessage<V, TopicParams<F>>>> {
    return consume(manual => this.topic$<F, V>(filter, manual), handler, options, this.#topics.scheduler);
  }

  unsubscribe(filters: string | readonly string[], options?: UnsubscribeOptions): Observable<Unsubscribed> {
    return this.#whileOpen(this.#topics.unsubscribe(filters, options));
  }

  publish<T = Payload>(
    topic: string,
    payload?: NoInfer<T>,
    options: PublishOptions<T> = {},
  ): Observable<PublishResult> {
    const result$ = new Observable<PublishResult>(subscriber => {
      try {
        const settled = (ack: AckEvent) => {
          this.#ack$.next(ack);
          this.#changed$.next();
        };
        const publication = new MockPublication(topic, payload, options, subscriber, settled);
        this.#accept(publication, options.until ?? 'acknowledged');
      } catch (error) {
        subscriber.error(rejected(error));
      }
    });
    return this.#whileOpen(result$, rejected);
  }

  readonly publishAll = mockPublishAll(
    (topic, payload, options) => this.publish(topic, payload, options),
    outcome$ => this.#whileOpen(outcome$),
  );

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

  emit(topic: string, payload?: Payload, given: Given = {}): void {
    this.#topics.emit(topic, payload, given);
  }

  setConnection(given: ConnectionState | ConnectionState['status']): void {
    const state = stateOf(given);
    this.#connection.set(state);
    if (state.status === 'connected') this.#settle();
    if (state.status === 'closed') this.#close(state.error);
  }

  fail(filter: string, error: MqttError | number): void {
    this.#topics.fail(filter, error);
  }

  assertNoPending(): void {
    const pending = this.#pending.map(({ topic, payload, qos }) => `  ${topic} ${inspect(payload)} q${qos}`);
    if (pending.length > 0) throw new Error(`${pending.length} published and not settled:\n${pending.join('\n')}`);
  }

  #accept(publication: MockPublication, until: PublishResult['reached']): void {
    const { status } = this.connection;
    const { topic, qos } = publication;
    if (qos === 0 && status === 'reconnecting') throw notConnected(topic);
    this.#published.push(publication);
    this.#changed$.next();
    if (until === 'queued') publication.settle({ reached: until });
    else if (this.#settlesItself && status === 'connected') publication.settle({ reached: until });
  }

  get #pending(): MockPublication[] {
    return this.#published.filter(({ isPending }) => isPending);
  }

  #settle(): void {
    if (this.#settlesItself) for (const publication of this.#pending) publication.settle();
  }

  /** As a client does: nobody waits for ever. */
  #close(error: MqttError | undefined): void {
    const end = this.#connection.ending();
    const why = clientClosed(error);
    for (const publication of this.#pending) publication.fail(closedOn(publication.topic, why, 'rejected'));
    this.#topics.end(error);
    end();
  }

  #whileOpen<T>(source$: Observable<T>, refusal = (why: MqttError) => why): Observable<T> {
    return defer(() => {
      const state = this.connection;
      if (state.status === 'closed') throw refusal(clientClosed(state.error));
      return source$;
    });
  }
}
