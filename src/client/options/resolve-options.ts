import { type Observable, type SchedulerLike, asapScheduler, asyncScheduler, noop } from 'rxjs';
import { exponentialBackoff, never } from '../../operators/reconnect-strategies.js';
import type { MqttOptions, ReconnectStrategy, WillOptions } from '../../options/options.js';
import type { ProtocolVersion } from '../../packets.js';
import { assertTimers, type PlatformSignal } from '../../platform.js';
import { TopicPrefixes } from '../../protocol/topics/prefixes.js';
import type { QueueLimits } from '../../protocol/outbound/outgoing-queue.js';
import type { TransportOptions } from '../../transport/link.js';
import { random, warnOnConsole } from '../platform/environment.js';
import { ClockWatch, clockOfMachine } from '../platform/clock-watch.js';
import { platformSignal$ } from '../platform/platform-signals.js';
import { SteadyScheduler } from '../platform/steady-scheduler.js';

/** The option `unrouted`, with its defaults. */
interface HoldLimits {
  /** Whether a message that no stream matches is held. `'inSession'`: if the session outlives the connection. */
  readonly when: 'always' | 'inSession' | 'never';
  readonly max: number;
  /** ms */
  readonly timeout: number;
}

/** The options of the client, with their defaults. */
export interface ClientOptions {
  readonly clientId: MqttOptions['clientId'];
  readonly store: MqttOptions['store'];
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
  readonly maxInFlight: number | undefined;
  /** bytes */
  readonly maxInFlightBytes: number;
  readonly maxDeliveries: number;
  readonly callSites: boolean;
  /** Writes what has no subscriber to the console. */
  readonly warn: (words: string) => void;
  readonly hold: HoldLimits;
  /** ms */
  readonly ackWarnAfter: number;
  readonly platformSignal$: Observable<PlatformSignal> | false;
  readonly clock: ClockWatch;
  readonly scheduler: SchedulerLike;
  /** ms since 1970, for timestamps, and to notice that the machine slept. It is the clock of the option `scheduler`, if that is set. */
  readonly wallClock: () => number;
  /** Runs tasks at the end of the turn: as microtasks, or on the option `scheduler`, if that is set. */
  readonly tick: SchedulerLike;
  readonly random: () => number;
}

/** The options of an attempt, with their defaults. */
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
  /** ms */
  readonly pingTimeout: number;
  /** ms */
  readonly probeTimeout: number;
  /** ms */
  readonly connectTimeout: number;
  /** ms */
  readonly ackTimeout: number;
  /** ms */
  readonly closeTimeout: number;
  /** ms */
  readonly resendInterval: number;
  readonly topicAliases: boolean;
  readonly maxFiltersPerSubscribe: number;
  readonly deliverQos2: 'publish' | 'release';
}

const queueDefaults: QueueLimits = { maxMessages: 1000, maxBytes: 1024 * 1024, overflow: 'refuse' };
const defaultHoldLimits: HoldLimits = { when: 'inSession', max: 1000, timeout: 10_000 };

/** Adds the defaults to checked options, none of which is undefined. */
export function resolveClientOptions(options: MqttOptions): ClientOptions {
  const { clientId, store, verdict, maxInFlight, reconnect, queue, scheduler: given = asyncScheduler } = options;
  if (given === asyncScheduler) assertTimers();
  const scheduler = given === asyncScheduler ? new SteadyScheduler() : given;
  const wallClock = () => given.now();
  const backoff = typeof reconnect === 'object' ? reconnect : {};
  // every client has these, so they are listed: an object that is spread and extended takes three times the memory
  return {
    clientId,
    store,
    verdict,
    maxInFlight,
    autoConnect: options.autoConnect ?? true,
    redirects: options.redirects ?? 'follow',
    optionsTimeout: options.optionsTimeout ?? 30_000,
    resubscribe: options.resubscribe ?? 'ifSessionLost',
    republish: options.republish ?? 'ifSessionLost',
    maxInFlightBytes: options.maxInFlightBytes ?? 16 * 1024 * 1024,
    maxDeliveries: options.maxDeliveries ?? 3,
    callSites: options.callSites ?? false,
    ackWarnAfter: options.ackWarnAfter ?? 30_000,
    platformSignal$: options.platformSignal$ ?? platformSignal$,
    random: options.random ?? random,
    reconnect: reconnect === false ? never : typeof reconnect === 'function' ? reconnect : exponentialBackoff(backoff),
    renewsRejectedId: options.clientIdRejected === 'renew',
    hasPerAttempt: options.perAttempt !== undefined,
    hasAuthentication: options.authentication !== undefined,
    stableAfter: backoff.stableAfter ?? 10_000,
    queue: queue === undefined ? queueDefaults : { ...queueDefaults, ...queue },
    offlineQos0: queue?.offlineQos0 ?? 'refuse',
    topicPrefixes: options.topicPrefixes === undefined ? TopicPrefixes.known : new TopicPrefixes(options.topicPrefixes),
    warn: options.quiet ? noop : warnOnConsole,
    clock: given === asyncScheduler ? clockOfMachine : new ClockWatch(scheduler, wallClock),
    hold: resolveHoldLimits(options.unrouted),
    scheduler,
    wallClock,
    tick: given === asyncScheduler ? asapScheduler : scheduler,
  };
}

function resolveHoldLimits(unrouted: MqttOptions['unrouted']): HoldLimits {
  if (unrouted === undefined) return defaultHoldLimits;
  const { max = defaultHoldLimits.max, timeout = defaultHoldLimits.timeout } =
    typeof unrouted === 'object' ? unrouted.hold : {};
  const when = unrouted === 'acknowledge' ? 'never' : 'always';
  return { when, max, timeout };
}

const attemptDefaults = {
  protocolVersion: 'auto',
  clean: true,
  will: undefined,
  keepalive: 60,
  idlePing: 0,
  pingTimeout: 10_000,
  probeTimeout: 3_000,
  connectTimeout: 30_000,
  ackTimeout: 60_000,
  closeTimeout: 1_000,
  resendInterval: 0,
  topicAliases: true,
  maxFiltersPerSubscribe: 1000,
  deliverQos2: 'publish',
} satisfies Partial<AttemptOptions>;

/** Does the same for the options of an attempt. */
export function resolveAttemptOptions(options: MqttOptions): AttemptOptions {
  return { ...attemptDefaults, ...options };
}
