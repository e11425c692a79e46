import type { MqttOptions } from '../../../options/options.js';
import { type Problem, inside, refusal } from './problem.js';

/** The key with which it is reported, the condition, and what you can do about it. */
type Contradiction = readonly [path: string, holds: (options: MqttOptions) => boolean, words: string];

const is3x = ({ protocolVersion }: MqttOptions) => protocolVersion === 3 || protocolVersion === 4;
const only5 = "exists in MQTT 5.0 only: leave it out, or set 'protocolVersion' to 'auto' or 5";
const DEFAULT_MAX_BACKOFF = 60_000;

const contradictions: readonly Contradiction[] = [
  [
    'clientId',
    ({ clientId, clean, store }) => clientId === '' && clean === false && store === undefined,
    "is empty, so that the broker assigns one, which needs 'clean' to be true: set a 'clientId', or leave 'clean' out",
  ],
  [
    'clientId',
    ({ clientId, protocolVersion }) => clientId === '' && protocolVersion === 3,
    "is empty, which MQTT 3.1 does not allow: set a 'clientId', or leave it out for a random one",
  ],
  [
    'store',
    ({ store, clean, sessionExpiry }) => store !== undefined && (clean !== false || sessionExpiry === 0),
    "keeps a session that outlives its connections: set 'clean' to false and leave 'sessionExpiry' above 0, or leave 'store' out",
  ],
  ['authentication', options => is3x(options) && options.authentication !== undefined, only5],
  ['sessionExpiry', options => is3x(options) && options.sessionExpiry !== undefined, only5],
  [
    'properties',
    options => is3x(options) && Object.keys(options.properties ?? {}).some(name => name !== 'maximumPacketSize'),
    "other than 'maximumPacketSize' exist in MQTT 5.0 only: leave them out, or set 'protocolVersion' to 'auto' or 5",
  ],
  ['will.properties', options => is3x(options) && options.will?.properties !== undefined, only5],
  [
    'resendInterval',
    ({ resendInterval = 0, protocolVersion }) => resendInterval > 0 && protocolVersion === 5,
    "cannot be above 0 with 'protocolVersion' 5, because MQTT 5.0 forbids to resend on a live connection: leave it out",
  ],
  [
    'idlePing',
    ({ idlePing = 0, keepalive = 0 }) => idlePing > 0 && keepalive > 0,
    "cannot be above 0 if 'keepalive' is above 0, which sends pings already: set only one of them",
  ],
  [
    'verdict',
    ({ reconnect, verdict }) => reconnect === false && verdict !== undefined,
    "has no effect with 'reconnect' false, with which the client closes at the first failure: set only one of them",
  ],
  [
    'reconnect.initial',
    ({ reconnect }) =>
      typeof reconnect === 'object' &&
      reconnect.initial !== undefined &&
      reconnect.initial > (reconnect.max ?? DEFAULT_MAX_BACKOFF),
    "is above 'reconnect.max' (default 60,000 ms): lower the one or raise the other",
  ],
];

const PASSWORD_ALONE: Contradiction = [
  'password',
  options => is3x(options) && options.password !== undefined && options.username === undefined,
  "needs 'username' in MQTT 3.1.1 and 3.1: set both, or set 'protocolVersion' to 'auto' or 5",
];

const SESSION_WITHOUT_ID: Contradiction = [
  'clientId',
  ({ clientId, clean, store }) => clean === false && clientId === undefined && store === undefined,
  "is missing with 'clean' false, so that each start of your program would leave a session under a random client identifier at the " +
    "broker: set a 'clientId', or leave 'clean' out",
];

/** Returns the first contradiction between options. `hasUsername`: a user name may come from elsewhere, such as the URL. */
export function contradiction(options: MqttOptions, hasUsername: boolean): Problem | undefined {
  return firstOf(hasUsername ? contradictions : [...contradictions, PASSWORD_ALONE], options);
}

/**
 * Returns the problem of a session that is kept for a random client identifier. Check it only with all options of a connection, because
 * each source of options may set the identifier.
 */
export function orphanedSession(options: MqttOptions): Problem | undefined {
  return firstOf([SESSION_WITHOUT_ID], options);
}

/** Returns the problem of another client identifier than the one by which the store keeps the session. */
export function otherClientId(
  { clientId }: MqttOptions,
  { clientId: other = clientId }: MqttOptions = {},
): Problem | undefined {
  if (other === clientId) return undefined;
  const words = "differs from that of the client, by which 'store' keeps the session: leave it out here";
  return inside('clientId', refusal(words));
}

function firstOf(all: readonly Contradiction[], options: MqttOptions): Problem | undefined {
  const found = all.find(([, holds]) => holds(options));
  if (found === undefined) return undefined;
  const [key, , words] = found;
  return inside(key, refusal(words));
}
