import type { MqttOptions } from '../../../options/options.js';
import { type Problem, problem } from './problem.js';

/** The key it is reported for, when it holds, and what to do about it. */
type Contradiction = readonly [path: string, holds: (options: MqttOptions) => boolean, words: string];

const is3x = ({ protocolVersion }: MqttOptions) => protocolVersion === 3 || protocolVersion === 4;
const only5 = "exists in MQTT 5.0 only: leave it out, or set 'protocolVersion' to 'auto' or 5";
const DEFAULT_MAX_BACKOFF = 60_000;

const contradictions: readonly Contradiction[] = [
  [
    'clientId',
    ({ clientId, clean }) => clientId === '' && clean === false,
    "is empty, which asks the broker to assign one; that needs 'clean' to be true, so give a 'clientId' or leave 'clean' out",
  ],
  [
    'clientId',
    ({ clientId, protocolVersion }) => clientId === '' && protocolVersion === 3,
    "is empty, which MQTT 3.1 does not allow: give a 'clientId', or leave it out for a random one",
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
    "above 0 is for 3.x: MQTT 5.0 forbids to send again on a live connection, so leave it out with 'protocolVersion' 5",
  ],
  [
    'idlePing',
    ({ idlePing = 0, keepalive = 0 }) => idlePing > 0 && keepalive > 0,
    "above 0 is for 'keepalive' 0: a 'keepalive' above 0 pings already, so set one of the two",
  ],
  [
    'verdict',
    ({ reconnect, verdict }) => reconnect === false && verdict !== undefined,
    "decides nothing with 'reconnect' false, by which the first failure is the end: set one of the two",
  ],
  [
    'reconnect.initial',
    ({ reconnect }) =>
      typeof reconnect === 'object' &&
      reconnect.initial !== undefined &&
      reconnect.initial > (reconnect.max ?? DEFAULT_MAX_BACKOFF),
    `is above 'reconnect.max', the longest delay (60,000 ms unless set): lower the one or raise the other`,
  ],
];

const PASSWORD_ALONE: Contradiction = [
  'password',
  options => is3x(options) && options.password !== undefined && options.username === undefined,
  "needs 'username' in MQTT 3.1.1 and 3.1: give both, or set 'protocolVersion' to 'auto' or 5",
];

const SESSION_WITHOUT_ID: Contradiction = [
  'clientId',
  ({ clientId, clean }) => clean === false && clientId === undefined,
  "is missing: with 'clean' false, each start of the program would leave a session under a random client id at the broker, " +
    "so give a 'clientId' of the program's own, or leave 'clean' out",
];

/** What no single key shows. `hasUsername`: one may come from elsewhere, such as the URL. */
export function contradiction(options: MqttOptions, hasUsername: boolean): Problem | undefined {
  return firstOf(hasUsername ? contradictions : [...contradictions, PASSWORD_ALONE], options);
}

/** A session that is kept for a client id that nobody will know again. Shows only in all the options of a connection. */
export function orphanedSession(options: MqttOptions): Problem | undefined {
  return firstOf([SESSION_WITHOUT_ID], options);
}

function firstOf(all: readonly Contradiction[], options: MqttOptions): Problem | undefined {
  const found = all.find(([, holds]) => holds(options));
  if (found === undefined) return undefined;
  const [at, , words] = found;
  return problem((noun, path) => `${noun} '${path}' ${words}`, at);
}
