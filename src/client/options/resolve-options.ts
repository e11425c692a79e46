import { type Observable, type SchedulerLike, asapScheduler, asyncScheduler } from 'rxjs';
import { exponentialBackoff, never } from '../../operators/reconnect-strategies.js';
import type { MqttOptions, ReconnectStrategy, WillOptions } from '../../options/options.js';
import type { ProtocolVersion } from '../../packets.js';
import { assertTimers, type PlatformSignal } from '../../platform.js';
import { TopicPrefixes } from '../../protocol/topics/prefixes.js';
import type { QueueLimits } from '../../protocol/outbound/outgoing-queue.js';
import type { TransportOptions } from '../../transport/link.js';
import { random, warnOnConsole } from '../platform/environment.js';
import { platformSignal$ } from '../platform/platform-signals.js';
import { SteadyScheduler } from '../platform/steady-scheduler.js';

export interface HoldLimits {
  /** Whether a message that no stream claims is held; `'inSession'`: where the session outlives the connection. */
  readonly when: 'always' | 'inSession' | 'never';
  readonly max: number;
  /** ms */
  readonly timeout: number;
}

/** The options that live with the client, defaults filled in. */
export interface ClientOptions {
  readonly autoConnect: boolean;
  readonly reconnect: ReconnectStrategy;
  readonly verdict: MqttOptions['verdict'];
  readonly redirects: NonNullable<MqttOptions['redirects']>;
  readonly renewsRejectedId: boolean;
  readonly hasPerAttempt: boolean;
  readonly hasAuthentication: boolean;
  /** ms */
  readonly optionsTimeout: number;
  /** ms */
  readonly stableAfter: number;
  readonly resubscribe: 'ifSessionLost' | 'always' | 'never';
  readonly republish: 'ifSessionLost' | 'never';
  readonly queue: QueueLimits;
  readonly offlineQos0: 'refuse' | 'queue';
  readonly topicPrefixes: TopicPrefixes;
  /** bytes */
  readonly maxInFlightBytes: number;
  readonly maxDeliveries: number;
  readonly callSites: boolean;
  /** Told what nobody listens to. */
  readonly warn: (words: string) => void;
  /** Of what no stream claims. */
  readonly hold: HoldLimits;
  /** ms */
  readonly ackWarnAfter: number;
  readonly platformSignal$: Observable<PlatformSignal> | false;
  readonly scheduler: SchedulerLike;
  /** ms since 1970, for what is shown, and to find out that the machine slept. With a scheduler of one's own, that one's clock. */
  readonly wallClock: () => number;
  /** Runs things at the end of the turn: microtasks, unless the client lives on a scheduler of its own. */
  readonly tick: SchedulerLike;
  readonly random: () => number;
}

/** The options that are decided for each attempt, defaults filled in. */
export interface AttemptOptions extends Pick<
  MqttOptions,
  | 'clientId'
  | 'onConnectPacket'
  | 'sessionExpiry'
  | 'username'
  | 'password'
  | 'authentication'
  | 'maximumQoS'
  | 'properties'
  | 'transport'
  | keyof TransportOptions
> {
  readonly protocolVersion: 'auto' | ProtocolVersion;
  readonly clean: boolean;
  readonly will: WillOptions | undefined;
  /** s */
  readonly keepalive: number;
  /** s */
  readonly idlePing: number;
  /** ms, all that follow */
  readonly pingTimeout: number;
  readonly probeTimeout: number;
  readonly connectTimeout: number;
  readonly ackTimeout: number;
  readonly closeTimeout: number;
  readonly resendInterval: number;
  readonly topicAliases: boolean;
  readonly maxFiltersPerSubscribe: number;
  readonly deliverQos2: 'publish' | 'release';
}

export function clientOptions(options: MqttOptions): ClientOptions {
  const { reconnect, queue = {}, scheduler: given = asyncScheduler } = options;
  if (given === asyncScheduler) assertTimers();
  const scheduler = given === asyncScheduler ? new SteadyScheduler() : given;
  const backoff = typeof reconnect === 'object' ? reconnect : {};
  return {
    autoConnect: options.autoConnect ?? true,
    reconnect: reconnect === false ? never : typeof reconnect === 'function' ? reconnect : exponentialBackoff(backoff),
    verdict: options.verdict,
    redirects: options.redirects ?? 'follow',
    renewsRejectedId: options.clientIdRejected === 'renew',
    hasPerAttempt: options.perAttempt !== undefined,
    hasAuthentication: options.authentication !== undefined,
    optionsTimeout: options.optionsTimeout ?? 30_000,
    stableAfter: backoff.stableAfter ?? 10_000,
    resubscribe: options.resubscribe ?? 'ifSessionLost',
    republish: options.republish ?? 'ifSessionLost',
    queue: {
      maxMessages: queue.maxMessages ?? 1000,
      maxBytes: queue.maxBytes ?? 1024 * 1024,
      overflow: queue.overflow ?? 'refuse',
    },
    offlineQos0: queue.offlineQos0 ?? 'refuse',
    topicPrefixes: new TopicPrefixes(options.topicPrefixes),
    maxInFlightBytes: options.maxInFlightBytes ?? 16 * 1024 * 1024,
    maxDeliveries: options.maxDeliveries ?? 3,
    callSites: options.callSites ?? false,
    warn: options.quiet ? silence : warnOnConsole,
    platformSignal$: options.platformSignal$ ?? platformSignal$,
    hold: holdLimits(options.unrouted),
    ackWarnAfter: options.ackWarnAfter ?? 30_000,
    scheduler,
    wallClock: () => given.now(),
    tick: given === asyncScheduler ? asapScheduler : scheduler,
    random: options.random ?? random,
  };
}

const silence = (): void => undefined;

function holdLimits(unrouted: MqttOptions['unrouted']): HoldLimits {
  const { max = 1000, timeout = 10_000 } = typeof unrouted === 'object' ? unrouted.hold : {};
  const when = unrouted === undefined ? 'inSession' : unrouted === 'acknowledge' ? 'never' : 'always';
  return { when, max, timeout };
}

export function attemptOptions(options: MqttOptions): AttemptOptions {
  return {
    ...options,
    protocolVersion: options.protocolVersion ?? 'auto',
    clean: options.clean ?? true,
    will: options.will,
    keepalive: options.keepalive ?? 60,
    idlePing: options.idlePing ?? 0,
    pingTimeout: options.pingTimeout ?? 10_000,
    probeTimeout: options.probeTimeout ?? 3_000,
    connectTimeout: options.connectTimeout ?? 30_000,
    ackTimeout: options.ackTimeout ?? 60_000,
    closeTimeout: options.closeTimeout ?? 1_000,
    resendInterval: options.resendInterval ?? 0,
    topicAliases: options.topicAliases ?? true,
    maxFiltersPerSubscribe: options.maxFiltersPerSubscribe ?? Infinity,
    deliverQos2: options.deliverQos2 ?? 'publish',
  };
}
