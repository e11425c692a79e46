import {
  BehaviorSubject,
  EMPTY,
  NEVER,
  Observable,
  type SchedulerLike,
  Subject,
  asyncScheduler,
  defer,
  ignoreElements,
  map,
  of,
  startWith,
  throwError,
} from 'rxjs';
import type { DisconnectOptions, PublishOptions, TopicOptions } from '../../call-options.js';
import { checkDisconnectOptions } from '../../client/check-calls.js';
import { clientClosed } from '../../client/client-errors.js';
import { firstConnack } from '../../client/first-connack.js';
import type { MqttClient } from '../../client/mqtt-client.js';
import { closedOn, notConnected } from '../../client/publish-errors.js';
import { notConnected as notAuthenticatable } from '../../client/reauthentication.js';
import type { MqttError } from '../../errors.js';
import type { MqttMessage, Payload } from '../../message.js';
import type { AckEvent, ClientStats, PacketEvent, PublishResult, UndecodableMessage } from '../../results.js';
import type { Connack, ConnectionState } from '../../state.js';
import type { TopicParams } from '../../topic-params.js';
import { inspect } from '../marbles/inspect.js';
import { mockPublishAll } from './mock-publish-all.js';
import { MockPublication } from './mock-publication.js';
import { type Given, MockTopics } from './mock-topics.js';
import { stateOf } from './states.js';

export interface MockMqttOptions {
  /** The state it begins in. Default `'connected'`. */
  connection?: ConnectionState | ConnectionState['status'];
  /** Who settles what is published: the mock, at once while it is connected; or the test, by `published`. Default `'automatic'`. */
  settle?: 'automatic' | 'byHand';
  /** For `linger`. Default `asyncScheduler`, which is virtual inside of `TestScheduler.run()`. */
  scheduler?: SchedulerLike;
}

/** A client without a broker and without a protocol, for tests of what uses one. Nothing happens in it but what the test says. */
export interface MockMqtt extends MqttClient {
  /** What the application has published, in order; settled or not. */
  readonly published: readonly MockPublication[];
  /** The filters subscribed to now, in the order of their SUBSCRIBE. */
  readonly filters: readonly string[];
  /** A message arrives: at every `topic$` that matches, else at `unrouted$`. */
  emit(topic: string, payload?: Payload, given?: Given): void;
  /** The connection changes. `'closed'` ends the streams of topics and what is pending, as in a client. */
  setConnection(state: ConnectionState | ConnectionState['status']): void;
  /** Errors the streams of a filter: with this error, or with `SUBSCRIBE_REFUSED` for a reason code. */
  fail(filter: string, error: MqttError | number): void;
  /** Throws while something that was published is not settled, and says what. */
  assertNoPending(): void;
}

/** A {@link MockMqtt}: connected, and settling what is published, unless the options say otherwise. */
export function mockMqtt(options: MockMqttOptions = {}): MockMqtt {
  return new Mock(options);
}

class Mock implements MockMqtt {
  readonly #topics: MockTopics;
  readonly #settlesItself: boolean;
  readonly #published: MockPublication[] = [];
  readonly #ack$ = new Subject<AckEvent>();
  readonly #changed$ = new Subject<void>();
  #state$: BehaviorSubject<ConnectionState>;

  readonly connection$: Observable<ConnectionState> = defer(() =>
    this.connection.status === 'closed' ? of(this.connection) : this.#state$,
  );
  readonly packet$: Observable<PacketEvent> = NEVER;
  readonly ack$: Observable<AckEvent> = this.#ack$.asObservable();
  readonly unrouted$: Observable<MqttMessage>;
  readonly undecodable$: Observable<UndecodableMessage>;
  readonly stats$: Observable<ClientStats> = this.#changed$.pipe(
    startWith(undefined),
    map(() => this.#stats),
  );

  constructor({ connection = 'connected', settle = 'automatic', scheduler = asyncScheduler }: MockMqttOptions) {
    this.#settlesItself = settle === 'automatic';
    this.#topics = new MockTopics(scheduler, this.#ack$);
    this.unrouted$ = this.#topics.unrouted$;
    this.undecodable$ = this.#topics.undecodable$;
    this.#state$ = new BehaviorSubject(stateOf(connection));
  }

  get connection(): ConnectionState {
    return this.#state$.value;
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
      return this.#state$.pipe(firstConnack());
    });
  }

  reconnect(): Observable<Connack> {
    return defer(() => {
      this.setConnection('connecting');
      return this.#state$.pipe(firstConnack());
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
      const closed$ = this.#state$.pipe(ignoreElements());
      this.setConnection('disconnecting');
      this.setConnection('closed');
      return closed$;
    });
  }

  close(): void {
    this.disconnect().subscribe();
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close();
    return Promise.resolve();
  }

  topic$<const F extends string | readonly string[], V = undefined>(
    filter: F,
    options?: TopicOptions<V>,
  ): Observable<MqttMessage<V, TopicParams<F>>> {
    const message$ = this.#topics.topic$(filter, options) as Observable<MqttMessage<V, TopicParams<F>>>;
    return this.#whileOpen(message$);
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
        subscriber.error(error);
      }
    });
    return this.#whileOpen(result$);
  }

  readonly publishAll = mockPublishAll(
    (topic, payload, options) => this.publish(topic, payload, options),
    outcome$ => this.#whileOpen(outcome$),
  );

  emit(topic: string, payload?: Payload, given: Given = {}): void {
    this.#topics.emit(topic, payload, given);
  }

  setConnection(given: ConnectionState | ConnectionState['status']): void {
    const state = stateOf(given);
    if (this.connection.status === 'closed') this.#state$ = new BehaviorSubject<ConnectionState>({ status: 'idle' });
    this.#state$.next(state);
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
    const state$ = this.#state$;
    const why = clientClosed(error);
    for (const publication of this.#pending) publication.fail(closedOn(publication.topic, why, 'rejected'));
    this.#topics.end(error);
    state$.complete();
  }

  #whileOpen<T>(source$: Observable<T>): Observable<T> {
    return defer(() => {
      const state = this.connection;
      if (state.status === 'closed') throw clientClosed(state.error);
      return source$;
    });
  }

  get #stats(): ClientStats {
    const pending = this.#pending;
    const bytes = pending.reduce((sum, { topic, payload }) => sum + topic.length + payload.length, 0);
    return {
      inFlight: 0,
      queued: { messages: pending.length, bytes },
      unsentBytes: 0,
      roundTrip: undefined,
      reconnects: 0,
      nextPacketId: 1,
    };
  }
}
