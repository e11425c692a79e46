import { isObservable } from 'rxjs';
import { proxy, tcp, tls } from '#socket-options';
import { LONGEST_DELAY } from '../../../operators/delay.js';
import type { Authentication } from '../../../options/authentication.js';
import type {
  BackoffOptions,
  HoldOptions,
  MqttOptions,
  QueueOptions,
  ServerOptions,
  WillOptions,
} from '../../../options/options.js';
import { isArrayBuffer, isBytes } from '../../../protocol/bytes.js';
import { utf8ByteLength } from '../../../protocol/utf8.js';
import {
  fitting,
  list,
  UINT16,
  UINT32,
  boolean,
  callable,
  count,
  duration,
  hasMethod,
  integer,
  number,
  ofKind,
  oneOf,
  orInfinity,
  passing,
  qos,
  timeLimit,
} from './scalars.js';
import { kindOf } from '../../../quoted.js';
import { type Check, expected } from './problem.js';
import { connectProperties, willProperties } from './properties.js';
import { type Schema, isPlainObject, record } from './record.js';
import { text, topicName, wellFormed } from './text.js';
import { websocket } from './web-socket-options.js';

/** Checks bytes or text (5.0 section 3.1.3.6: Binary Data). Messages show only its type. */
const password: Check = value => {
  if (isBytes(value)) return fitting(value.byteLength);
  if (typeof value !== 'string') return expected('a string or a Uint8Array', kindOf(value));
  return wellFormed(value) ?? fitting(utf8ByteLength(value));
};

const method: Check = value =>
  text(value) ?? (value === '' ? expected('the name of a method', 'an empty one') : undefined);

const authentication = record({ method, exchange: callable, serverFirst: boolean } satisfies Schema<Authentication>, [
  'method',
  'exchange',
]);

const willPayload: Check = value => {
  if (typeof value === 'string') return fitting(utf8ByteLength(value));
  if (isBytes(value) || isArrayBuffer(value)) return fitting(value.byteLength);
  return expected('a string, a Uint8Array or an ArrayBuffer', kindOf(value));
};

const will = record(
  {
    topic: topicName,
    payload: willPayload,
    qos,
    retain: boolean,
    properties: willProperties,
  } satisfies Schema<WillOptions>,
  ['topic'],
);

const queue = record({
  maxMessages: count,
  maxBytes: count,
  overflow: oneOf('refuse', 'evictOldest'),
  offlineQos0: oneOf('refuse', 'queue'),
} satisfies Schema<QueueOptions>);

const unroutedWord = oneOf('acknowledge', 'hold');

const unroutedHold = record(
  {
    hold: record({ max: count, timeout: timeLimit } satisfies Schema<HoldOptions>),
  },
  ['hold'],
);

const unrouted: Check = value => {
  if (isPlainObject(value)) return unroutedHold(value);
  return typeof value === 'string'
    ? unroutedWord(value)
    : expected("'acknowledge', 'hold' or { hold: … }", kindOf(value));
};

const prefix = passing("a prefix that ends with '/', such as '$local/'", value => /.\/$/.test(value as string));
const topicPrefix: Check = value => text(value) ?? prefix(value);

const backoff = record({
  // A delay of 0 would stay 0 with any factor, so the client would reconnect without a pause.
  initial: number(1, LONGEST_DELAY, ' of ms'),
  max: number(1, LONGEST_DELAY, ' of ms'),
  factor: number(1, 1000),
  jitter: oneOf('full', 'none'),
  maxRetries: orInfinity(integer(0, Number.MAX_SAFE_INTEGER)),
  stableAfter: duration,
} satisfies Schema<BackoffOptions>);

const reconnect: Check = value => {
  if (value === false || typeof value === 'function') return undefined;
  if (isPlainObject(value)) return backoff(value);
  return expected('a function, an object of backoff options, or false', value === true ? 'true' : kindOf(value));
};

const store = ofKind("a SessionStore, such as levelStore() of 'rxjs-mqtt/store'", value =>
  hasMethod(value, 'createJournal'),
);

const scheduler = ofKind(
  'a scheduler of RxJS, which has now() and schedule()',
  value => hasMethod(value, 'now') && hasMethod(value, 'schedule'),
);

const signals = ofKind('an observable of signals, or false', value => value === false || isObservable(value));

const protocolVersion = passing("'auto', 5, 4 (MQTT 3.1.1) or 3 (MQTT 3.1)", value =>
  ['auto', 5, 4, 3].includes(value as string | number),
);

type ConnectionOptions = NonNullable<ServerOptions['options']>;

/** The checks of the options that can differ between connections. */
const connectionChecks = {
  protocolVersion,
  clientId: text,
  clean: boolean,
  sessionExpiry: integer(0, UINT32),
  username: text,
  password,
  authentication,
  will,
  properties: connectProperties,
  keepalive: integer(0, UINT16),
  idlePing: number(0, Math.floor(LONGEST_DELAY / 1000), ' of s'),
  pingTimeout: timeLimit,
  probeTimeout: timeLimit,
  connectTimeout: timeLimit,
  ackTimeout: duration,
  closeTimeout: duration,
  resendInterval: duration,
  maximumQoS: qos,
  topicAliases: boolean,
  maxFiltersPerSubscribe: count,
  deliverQos2: oneOf('publish', 'release'),
  tcp,
  tls,
  websocket,
  proxy,
  onConnectPacket: callable,
  transport: callable,
} satisfies Schema<ConnectionOptions>;

/** The checks of the options of the client, which cannot differ between its connections. */
export const clientChecks = {
  clientIdRejected: oneOf('stop', 'renew'),
  autoConnect: boolean,
  reconnect,
  verdict: callable,
  redirects: oneOf('follow', 'sameDomain', 'never'),
  resubscribe: oneOf('ifSessionLost', 'always', 'never'),
  republish: oneOf('ifSessionLost', 'never'),
  queue,
  callSites: boolean,
  quiet: boolean,
  maxInFlight: integer(1, UINT16),
  maxInFlightBytes: orInfinity(count),
  maxDeliveries: orInfinity(count),
  topicPrefixes: list(topicPrefix, 'an array of prefixes'),
  unrouted,
  ackWarnAfter: duration,
  perAttempt: callable,
  optionsTimeout: timeLimit,
  platformSignal$: signals,
  scheduler,
  store,
  random: callable,
} satisfies Schema<Omit<MqttOptions, keyof ConnectionOptions>>;

/** The checks of all options. */
export const optionChecks = { ...connectionChecks, ...clientChecks };
