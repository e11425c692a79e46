import {
  type Observable,
  Subject,
  concat,
  defer,
  distinctUntilChanged,
  ignoreElements,
  map,
  noop,
  of,
  startWith,
  switchMap,
} from 'rxjs';
import { Client } from '../../client/client.js';
import { ClientContext } from '../../client/client-context.js';
import { firstConnack } from '../../client/lifecycle/connection-states.js';
import type { MqttClient } from '../../client/mqtt-client.js';
import { parseServers } from '../../client/options/server.js';
import { validateOptions } from '../../client/options/validate-options.js';
import { MqttError } from '../../errors.js';
import type { AckableMessage, TopicParams } from '../../message.js';
import type { AbortOptions, TopicFilters, TopicOptions } from '../../options/call-options.js';
import type { MqttOptions } from '../../options/options.js';
import { piece } from '../../quoted.js';
import type { Connack, ConnectionState } from '../../state.js';
import { abortable } from '../../operators/interop/until-aborted.js';
import { MANUAL_ACK } from '../port-messages.js';
import type { SharedPort } from '../port.js';
import { PortKeeper } from './port-keeper.js';
import { SharedPublisher } from './shared-publisher.js';

/**
 * The options of a tab. They are those of `mqtt()` that are not about the connection to the broker: that belongs to the owner of the
 * shared client.
 */
export type SharedClientOptions = Pick<
  MqttOptions,
  | 'will'
  | 'properties'
  | 'queue'
  | 'maxInFlight'
  | 'maxInFlightBytes'
  | 'maximumQoS'
  | 'autoConnect'
  | 'topicPrefixes'
  | 'unrouted'
  | 'ackWarnAfter'
  | 'deliverQos2'
  | 'pingTimeout'
  | 'probeTimeout'
  | 'platformSignal$'
  | 'callSites'
  | 'quiet'
  | 'scheduler'
  | 'random'
>;

/** The compiler compares it with the type, so that no option is forgotten. */
const known = {
  will: true,
  properties: true,
  queue: true,
  maxInFlight: true,
  maxInFlightBytes: true,
  maximumQoS: true,
  autoConnect: true,
  topicPrefixes: true,
  unrouted: true,
  ackWarnAfter: true,
  deliverQos2: true,
  pingTimeout: true,
  probeTimeout: true,
  platformSignal$: true,
  callSites: true,
  quiet: true,
  scheduler: true,
  random: true,
} satisfies Record<keyof SharedClientOptions, true>;

/** s for which the owner remembers what a tab has published, should the tab come back over another port. */
const SESSION_EXPIRY = 300;
/** ms. The attempts of the shared client have timeouts of their own, whose errors are those of the tab. */
const CONNECT_TIMEOUT = 120_000;

/**
 * Creates the client of a tab, whose connection is that of a client which the tabs share.
 *
 * @param openPort - opens a port to the owner of the shared client. Each subscription is a port of its own: it emits the port, when that is
 * ready, and stays; it errors with an MqttError if there is no owner. Unsubscribing closes the port.
 * @throws MqttError `INVALID_ARGUMENT` that names the option.
 */
export function sharedClient(openPort: () => Observable<SharedPort>, options: SharedClientOptions = {}): MqttClient {
  const foreign = Object.keys(options).find(key => !Object.hasOwn(known, key));
  if (foreign !== undefined)
    throw new MqttError(
      'INVALID_ARGUMENT',
      `sharedClient() has no option '${piece(foreign)}'; the connection belongs to the shared client, so set it where that is made`,
      { subject: foreign },
    );
  return new SharedClient(openPort, options);
}

/** The client of a tab: what is about the connection to the broker is done by the shared client. */
class SharedClient extends Client {
  readonly #keeper: PortKeeper;
  readonly #brokerState$ = new Subject<void>();
  #lastConnected: ConnectionState | undefined;
  #connection$: Observable<ConnectionState> | undefined;

  constructor(openPort: () => Observable<SharedPort>, options: SharedClientOptions) {
    const keeper = new PortKeeper(openPort, {
      onBrokerState: () => this.#onBrokerState(),
      onWarning: warning => this.context.warnings.warn(warning),
    });
    const servers = parseServers('shared://client', true);
    const own: MqttOptions = {
      ...options,
      transport: keeper.transport,
      reconnect: keeper.strategy,
      verdict: keeper.verdict,
      protocolVersion: 5,
      clean: true,
      sessionExpiry: SESSION_EXPIRY,
      resubscribe: 'always',
      connectTimeout: CONNECT_TIMEOUT,
      ackTimeout: 0,
    };
    const validated = validateOptions(own, servers);
    super(servers, validated, new ClientContext(validated, SharedPublisher));
    this.#keeper = keeper;
    this.#followLinks();
    this.reopened$.subscribe({ next: () => this.#followLinks(), error: noop });
  }

  /** The states of the link, with the limits of the broker, which tell what requests need. */
  override get state$(): Observable<ConnectionState> {
    return super.state$.pipe(map(state => (state.status === 'connected' ? (this.#lastConnected ?? state) : state)));
  }

  override get connection(): ConnectionState {
    return this.#shown(super.connection);
  }

  override get connection$(): Observable<ConnectionState> {
    return (this.#connection$ ??= this.context.failures.countListeners(this.#shown$));
  }

  override connect(options?: AbortOptions): Observable<Connack> {
    const linked$ = super.connect().pipe(ignoreElements());
    return abortable(concat(linked$, this.#shown$.pipe(firstConnack())), options);
  }

  override reconnect(options?: AbortOptions): Observable<Connack> {
    const reconnected$ = defer(() =>
      this.#keeper.hasPort ? concat(this.#keeper.call('reconnect'), this.connect()) : this.connect(),
    );
    return abortable(reconnected$, options);
  }

  override reauthenticate(options?: AbortOptions): Observable<void> {
    const done$ = defer(() => {
      const isLinked = super.connection.status === 'connected';
      return isLinked ? concat(this.#keeper.call('reauthenticate'), [undefined]) : super.reauthenticate();
    });
    return abortable(done$, options);
  }

  override topic$<const F extends TopicFilters, V = undefined>(
    filter: F,
    options?: TopicOptions<V>,
  ): Observable<AckableMessage<V, TopicParams<F>>> {
    return super.topic$<F, V>(filter, options?.ack === 'manual' ? withManualMark(options) : options);
  }

  /** The states of the link, and while there is one, those of the connection to the broker. */
  get #shown$(): Observable<ConnectionState> {
    return super.state$.pipe(
      switchMap(state =>
        state.status === 'connected'
          ? this.#brokerState$.pipe(
              startWith(undefined),
              map(() => this.#shown(state)),
            )
          : of(state),
      ),
      distinctUntilChanged(),
    );
  }

  #shown(state: ConnectionState): ConnectionState {
    return state.status === 'connected' ? this.#keeper.brokerState : state;
  }

  #followLinks(): void {
    // before the messages that wait are sent
    super.state$.subscribe({ next: ({ status }) => this.#markPublisher(status), error: noop });
  }

  #onBrokerState(): void {
    const { brokerState } = this.#keeper;
    if (brokerState.status === 'connected') this.#lastConnected = brokerState;
    this.#markPublisher(super.connection.status);
    this.context.trampoline.run(() => this.#brokerState$.next());
  }

  /** Has messages of QoS 0 fail while the broker is away, as they would without an owner in between. */
  #markPublisher(status: ConnectionState['status']): void {
    if (status !== 'connected') return;
    if (this.#keeper.brokerState.status === 'connected') this.context.publisher.markOnline();
    else this.context.publisher.markOffline();
  }
}

/** Says that the program acknowledges the messages: the owner must not take them for processed when the tab is gone. */
function withManualMark<V>(options: TopicOptions<V>): TopicOptions<V> {
  const { properties } = options;
  return {
    ...options,
    properties: { ...properties, userProperties: [...(properties?.userProperties ?? []), [MANUAL_ACK, 'true']] },
  };
}
