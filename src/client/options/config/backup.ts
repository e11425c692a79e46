import { failover } from '../../../operators/reconnect/strategies.js';
import type { BackoffOptions, MqttOptions, ServerOptions } from '../../../options/options.js';
import { type Problem, inside, invalidArgument, refusal } from '../checks/problem.js';
import { validateServerOptions } from '../validate-options.js';
import type { Section } from './section.js';

type Options = Readonly<Record<string, unknown>>;
type Reconnect = NonNullable<MqttOptions['reconnect']>;

/** The options that belong to one server: they are neither sent to the other one nor used to connect to it. */
const SEPARATE: readonly (keyof MqttOptions)[] = [
  'protocolVersion',
  'username',
  'password',
  'authentication',
  'tcp',
  'tls',
  'websocket',
  'proxy',
];

/** The defaults of `failover()` (ms), under the names that they have in `reconnect`. */
const delays: Options = { initial: 2000, max: 60_000, jitter: 'full' };

/**
 * Returns the reconnect strategy for a server with a backup.
 *
 * @throws MqttError `INVALID_ARGUMENT` for options that `failover()` does not have.
 */
export function backupStrategy(reconnect: Reconnect | undefined): Reconnect {
  if (reconnect === false || typeof reconnect === 'function') return reconnect;
  const { initial, max, jitter, ...others } = { ...delays, ...reconnect } as Required<BackoffOptions>;
  const [other] = Object.keys(others);
  if (other === undefined)
    return failover({ minimum: Math.min(initial, max), maximum: max, jitter, order: 'priority' });
  const known = Object.keys(delays).join(', ');
  throw refused(`reconnect.${other}`, refusal(`cannot be set if there is a backup: of 'reconnect', only ${known} can`));
}

/**
 * Returns a server and its backup as one list of servers. Apart from its address, credentials and connection, the section of the backup
 * may only set options that equal those of the main section, or that may differ between servers.
 */
export function withBackup(main: Section, backup: Section, strategy: Reconnect): Section {
  const { reconnect, ...rest } = main.options;
  const { reconnect: backupReconnect, ...backupRest } = backup.options;
  assertSameDelays(reconnect, backupReconnect);
  const [own, shared] = split(rest);
  const [backupOwn, backupShared] = split(backupRest);
  const differing = Object.entries(backupShared).filter(([key, value]) => !isSame(value, shared[key]));
  const backupOptions = validateServerOptions({ ...backupOwn, ...Object.fromEntries(differing) });
  return {
    url: Object.freeze([...entries(main.url, own), ...entries(backup.url, backupOptions)]),
    options: Object.freeze({ ...shared, reconnect: strategy }),
  };
}

/** Separates the options of the server from those that both share. */
function split(options: object): [own: Options, shared: Options] {
  const all = Object.entries(options);
  const isSeparate = ([key]: [string, unknown]) => (SEPARATE as readonly string[]).includes(key);
  return [Object.fromEntries(all.filter(isSeparate)), Object.fromEntries(all.filter(entry => !isSeparate(entry)))];
}

/** Returns the servers with the options of their section, which their own options override. */
function entries(url: Section['url'], options: object): ServerOptions[] {
  const servers = typeof url === 'string' ? [url] : url;
  return servers.map(server => {
    const entry = typeof server === 'string' ? { url: server } : server;
    return Object.freeze({ url: entry.url, options: Object.freeze({ ...options, ...entry.options }) });
  });
}

/** Asserts that a backup sets no other delays than its main server, because both share one strategy. It may repeat them or the defaults. */
function assertSameDelays(reconnect: Reconnect | undefined, ofBackup: Reconnect | undefined): void {
  if (ofBackup === undefined || ofBackup === reconnect) return;
  const words = "differs from that of 'mqtt', which both servers share: leave it out";
  if (typeof ofBackup !== 'object' || reconnect === false || typeof reconnect === 'function')
    throw refused('reconnect', refusal(words));
  const present: Options = { ...delays, ...reconnect };
  const differing = Object.entries(ofBackup).find(([key, value]) => value !== present[key]);
  if (differing !== undefined) throw refused(`reconnect.${differing[0]}`, refusal(words));
}

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

const refused = (path: string, found: Problem) => invalidArgument(inside(path, found), 'option', 'config');
