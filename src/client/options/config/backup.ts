import { failover } from '../../../operators/reconnect-strategies.js';
import type { BackoffOptions, MqttOptions, ServerOptions } from '../../../options/options.js';
import { type Problem, inside, invalidArgument, refusal } from '../checks/problem.js';
import { validateServerOptions } from '../validate-options.js';
import type { Section } from './section.js';

type Options = Readonly<Record<string, unknown>>;
type Reconnect = NonNullable<MqttOptions['reconnect']>;

/** What a server has for itself: none of it is sent to the other one, or used on the way to it. */
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

/** Of `failover()`, in ms, by the names that they have in `reconnect`. */
const delays: Options = { initial: 2000, max: 60_000, jitter: 'full' };

/**
 * The strategy where there is a backup.
 *
 * @throws MqttError `INVALID_ARGUMENT` for what `failover()` cannot be told.
 */
export function byPriority(reconnect: Reconnect | undefined): Reconnect {
  if (reconnect === false || typeof reconnect === 'function') return reconnect;
  const { initial, max, jitter, ...others } = { ...delays, ...reconnect } as Required<BackoffOptions>;
  const [other] = Object.keys(others);
  if (other === undefined)
    return failover({ minimum: Math.min(initial, max), maximum: max, jitter, order: 'priority' });
  const known = Object.keys(delays).join(', ');
  throw refused(`reconnect.${other}`, refusal(`cannot be set beside a backup: of 'reconnect', only ${known} can`));
}

/**
 * A server and the one that takes its place, as one list of servers. What the section of the backup says beside address, credentials
 * and the way there has to be what the main one says, or an option in which servers may differ.
 */
export function withBackup(main: Section, backup: Section, strategy: Reconnect): Section {
  const { reconnect, ...rest } = main.options;
  const { reconnect: repeated, ...backupRest } = backup.options;
  assertSameDelays(reconnect, repeated);
  const [own, shared] = split(rest);
  const [backupOwn, backupShared] = split(backupRest);
  const differing = Object.entries(backupShared).filter(([key, value]) => !isSame(value, shared[key]));
  const backupOptions = validateServerOptions({ ...backupOwn, ...Object.fromEntries(differing) });
  return {
    url: Object.freeze([...entries(main.url, own), ...entries(backup.url, backupOptions)]),
    options: Object.freeze({ ...shared, reconnect: strategy }),
  };
}

/** What belongs to the server, and what to both. */
function split(options: object): [own: Options, shared: Options] {
  const all = Object.entries(options);
  const isSeparate = ([key]: [string, unknown]) => (SEPARATE as readonly string[]).includes(key);
  return [Object.fromEntries(all.filter(isSeparate)), Object.fromEntries(all.filter(entry => !isSeparate(entry)))];
}

/** Each with the options of its section; what it says itself comes first. */
function entries(url: Section['url'], options: object): ServerOptions[] {
  const servers = typeof url === 'string' ? [url] : url;
  return servers.map(server => {
    const entry = typeof server === 'string' ? { url: server } : server;
    return Object.freeze({ url: entry.url, options: Object.freeze({ ...options, ...entry.options }) });
  });
}

/** There is one strategy for both; a backup that repeats its delays, written out or by default, contradicts nothing. */
function assertSameDelays(reconnect: Reconnect | undefined, repeated: Reconnect | undefined): void {
  if (repeated === undefined || repeated === reconnect) return;
  const words = "differs from that of 'mqtt', which both servers share: leave it out";
  if (typeof repeated !== 'object' || reconnect === false || typeof reconnect === 'function')
    throw refused('reconnect', refusal(words));
  const present: Options = { ...delays, ...reconnect };
  const differing = Object.entries(repeated).find(([key, value]) => value !== present[key]);
  if (differing !== undefined) throw refused(`reconnect.${differing[0]}`, refusal(words));
}

const isSame = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other);

const refused = (path: string, found: Problem) => invalidArgument(inside(path, found), 'option', 'config');
