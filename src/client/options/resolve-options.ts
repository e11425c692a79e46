import { type Observable, type SchedulerLike, asapScheduler, asyncScheduler, noop } from 'rxjs';
import { exponentialBackoff, never } from '../../operators/reconnect/strategies.js';
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

/**
 * The options of the client, with their defaults. Most of them are looked up in the given ones when they are read, because they are read rarely,
 * and every client would hold a copy of each. Lives with the client.
 */
export class ClientOptions {
  readonly #given: MqttOptions;
  readonly scheduler: SchedulerLike;
  readonly queue: QueueLimits;
  readonly hold: HoldLimits;
  readonly topicPrefixes: TopicPrefixes;
  readonly clock: ClockWatch;
  /** It is read for each message, and so a field. */
  readonly callSites: boolean;

  /** @param given - checked options, none of which is undefined. */
  constructor(given: MqttOptions) {
    const { queue, topicPrefixes } = given;
    const scheduler = schedulerOf(given);
    if (scheduler === asyncScheduler) assertTimers();
    this.#given = given;
    this.scheduler = scheduler === asyncScheduler ? new SteadyScheduler() : scheduler;
    this.clock = scheduler === asyncScheduler ? clockOfMachine : new ClockWatch(scheduler);
    this.queue = queue === undefined ? queueDefaults : { ...queueDefaults, ...queue };
    this.hold = resolveHoldLimits(given.unrouted);
    this.topicPrefixes = topicPrefixes === undefined ? TopicPrefixes.known : new TopicPrefixes(topicPrefixes);
    this.callSites = given.callSites ?? false;
  }

  get clientId(): MqttOptions['clientId'] {
    return this.#given.clientId;
  }

  get store(): MqttOptions['store'] {
    return this.#given.store;
  }

  get autoConnect(): boolean {
    return this.#given.autoConnect ?? true;
  }

  get reconnect(): ReconnectStrategy {
    const { reconnect } = this.#given;
    if (typeof reconnect === 'function') return reconnect;
    return reconnect === false ? never : exponentialBackoff(reconnect);
  }

  get verdict(): MqttOptions['verdict'] {
    return this.#given.verdict;
  }

  get redirects(): NonNullable<MqttOptions['redirects']> {
    return this.#given.redirects ?? 'follow';
  }

  get renewsRejectedId(): boolean {
    return this.#given.clientIdRejected === 'renew';
  }

  get hasPerAttempt(): boolean {
    return this.#given.perAttempt !== undefined;
  }

  get hasAuthentication(): boolean {
    return this.#given.authentication !== undefined;
  }

  /** ms */
  get optionsTimeout(): number {
    return this.#given.optionsTimeout ?? 30_000;
  }

  /** ms */
  get stableAfter(): number {
    const { reconnect } = this.#given;
    return (typeof reconnect === 'object' ? reconnect.stableAfter : undefined) ?? 10_000;
  }

  get resubscribe(): 'ifSessionLost' | 'always' | 'never' {
    return this.#given.resubscribe ?? 'ifSessionLost';
  }

  get republish(): 'ifSessionLost' | 'never' {
    return this.#given.republish ?? 'ifSessionLost';
  }

  get offlineQos0(): 'refuse' | 'queue' {
    return this.#given.queue?.offlineQos0 ?? 'refuse';
  }

  get maxInFlight(): number | undefined {
    return this.#given.maxInFlight;
  }

  /** bytes */
  get maxInFlightBytes(): number {
    return this.#given.maxInFlightBytes ?? 16 * 1024 * 1024;
  }

  get maxDeliveries(): number {
    return this.#given.maxDeliveries ?? 3;
  }

  /** Writes what has no subscriber to the console. */
  get warn(): (words: string) => void {
    return this.#given.quiet ? noop : warnOnConsole;
  }

  /** ms */
  get ackWarnAfter(): number {
    return this.#given.ackWarnAfter ?? 30_000;
  }

  get platformSignal$(): Observable<PlatformSignal> | false {
    return this.#given.platformSignal$ ?? platformSignal$;
  }

  /** Runs tasks at the end of the turn: as microtasks, or on the option `scheduler`, if that is set. */
  get tick(): SchedulerLike {
    return schedulerOf(this.#given) === asyncScheduler ? asapScheduler : this.scheduler;
  }

  get random(): () => number {
    return this.#given.random ?? random;
  }

  /**
   * Returns ms since 1970, for timestamps, and to notice that the machine slept. It is the clock of the option `scheduler`, if that is set.
   */
  wallClock(): number {
    return schedulerOf(this.#given).now();
  }
}

const schedulerOf = ({ scheduler = asyncScheduler }: MqttOptions): SchedulerLike => scheduler;

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

/** Adds the defaults to checked options, none of which is undefined. */
export function resolveAttemptOptions(options: MqttOptions): AttemptOptions {
  return { ...attemptDefaults, ...options };
}
