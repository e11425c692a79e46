import { type Observable, concat, defer } from 'rxjs';
import { Client } from '../../client/client.js';
import type { MqttClient } from '../../client/mqtt-client.js';
import { parseServers } from '../../client/options/server.js';
import { validateOptions } from '../../client/options/validate-options.js';
import { MqttError } from '../../errors.js';
import type { AckableMessage, TopicParams } from '../../message.js';
import type { AbortOptions, TopicFilters, TopicOptions } from '../../options/call-options.js';
import type { MqttOptions } from '../../options/options.js';
import { piece } from '../../quoted.js';
import type { Connack } from '../../state.js';
import { untilAborted } from '../../operators/interop/until-aborted.js';
import { MANUAL_ACK } from '../port-messages.js';
import type { SharedPort } from '../port.js';
import { PortKeeper } from './port-keeper.js';

const OWN_OPTIONS = [
  'will',
  'properties',
  'queue',
  'maxInFlight',
  'maxInFlightBytes',
  'maximumQoS',
  'autoConnect',
  'topicPrefixes',
  'unrouted',
  'ackWarnAfter',
  'deliverQos2',
  'pingTimeout',
  'probeTimeout',
  'platformSignal$',
  'callSites',
  'quiet',
  'scheduler',
  'random',
] as const;

/**
 * The options of a tab. They are those of {@link mqtt} that are not about the connection to the broker: that belongs to the owner of the
 * shared client.
 */
export type SharedClientOptions = Pick<MqttOptions, (typeof OWN_OPTIONS)[number]>;

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
  const foreign = Object.keys(options).find(key => !(OWN_OPTIONS as readonly string[]).includes(key));
  if (foreign !== undefined)
    throw new MqttError(
      'INVALID_ARGUMENT',
      `sharedClient() has no option '${piece(foreign)}'; the connection belongs to the shared client, so set it where that is made`,
      { subject: foreign },
    );
  return new SharedClient(openPort, options);
}

/** The client of a tab: what is about the connection is done by the shared client. */
class SharedClient extends Client {
  readonly #keeper: PortKeeper;

  constructor(openPort: () => Observable<SharedPort>, options: SharedClientOptions) {
    const keeper = new PortKeeper(openPort, warning => this.context.warnings.warn(warning));
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
    super(servers, validateOptions(own, servers));
    this.#keeper = keeper;
  }

  override topic$<const F extends TopicFilters, V = undefined>(
    filter: F,
    options?: TopicOptions<V>,
  ): Observable<AckableMessage<V, TopicParams<F>>> {
    return super.topic$<F, V>(filter, options?.ack === 'manual' ? withManualMark(options) : options);
  }

  override reconnect(options?: AbortOptions): Observable<Connack> {
    const reconnected$ = defer(() =>
      this.#keeper.hasPort ? concat(this.#keeper.call('reconnect'), super.connect()) : super.reconnect(),
    );
    return options?.signal === undefined ? reconnected$ : reconnected$.pipe(untilAborted(options.signal));
  }

  override reauthenticate(options?: AbortOptions): Observable<void> {
    return defer(() => {
      if (this.connection.status !== 'connected') return super.reauthenticate(options);
      const done$ = concat(this.#keeper.call('reauthenticate'), [undefined]);
      return options?.signal === undefined ? done$ : done$.pipe(untilAborted(options.signal));
    });
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
