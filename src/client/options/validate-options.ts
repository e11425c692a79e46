import type { MqttOptions, PerAttemptOptions } from '../../options/options.js';
import { contradiction, orphanedSession } from './checks/contradictions.js';
import { elsewhere } from './checks/elsewhere.js';
import { optionChecks } from './checks/option-checks.js';
import { type Check, type Problem, invalidArgument } from './checks/problem.js';
import { type Rule, isPlainObject, record } from './checks/record.js';
import { snapshot } from './checks/snapshot.js';
import { text } from './checks/text.js';

type Key = keyof MqttOptions;

/** What lives with the client, not with one of its connections: the type of `ServerOptions` leaves out the same. */
const CLIENTS_OWN: readonly Key[] = [
  'scheduler',
  'random',
  'autoConnect',
  'reconnect',
  'verdict',
  'redirects',
  'clientIdRejected',
  'optionsTimeout',
  'queue',
  'unrouted',
  'ackWarnAfter',
  'resubscribe',
  'republish',
  'topicPrefixes',
  'maxInFlightBytes',
  'maxDeliveries',
  'callSites',
  'quiet',
  'platformSignal$',
  'perAttempt',
];
const clientsOption = "belongs to the client and cannot be decided per attempt: set it beside 'perAttempt'";
const noServersOption = 'belongs to the client and cannot differ between servers: set it for the client';

const ofClient = record({ ...elsewhere, ...optionChecks });
const ofAttempt = record({ ...forbidding(clientsOption, key => CLIENTS_OWN.includes(key)), url: text });
const ofServer = record(forbidding(noServersOption, key => CLIENTS_OWN.includes(key)));

/** What a server adds to the options of the client. */
interface ServerPart {
  /** As it is shown, for the message. */
  readonly name?: string;
  /** Of its URL. */
  readonly username?: string | undefined;
  readonly options?: MqttOptions;
}

/**
 * A frozen copy that the caller's object has no hold on; throws INVALID_ARGUMENT with the key path as subject.
 *
 * @param servers - what contradicts itself shows only in all the options that one of them is connected with.
 */
export function validateOptions(options: unknown, servers: readonly ServerPart[] = [{}]): MqttOptions {
  const copy = checkedCopy(options, ofClient);
  // what `perAttempt` may still give is judged when it has answered
  const mayCome = copy.perAttempt !== undefined;
  for (const { name, username, options: own } of servers) {
    const merged = { ...copy, ...own };
    const found =
      contradiction(merged, mayCome || username !== undefined) ?? (mayCome ? undefined : orphanedSession(merged));
    const isOneOfMany = servers.length > 1 || Object.keys(own ?? {}).length > 0;
    refuse(isOneOfMany && name !== undefined ? found && atServer(name, found) : found);
  }
  return copy;
}

/**
 * The same for what `perAttempt` answered, which cannot hold what belongs to the client.
 *
 * @param base - the options that the answer comes on top of, and must not contradict: the client's and the server's.
 */
export function validateAttemptOptions(options: unknown, base?: MqttOptions, hasUsername = !base): PerAttemptOptions {
  const copy: PerAttemptOptions = checkedCopy(options, ofAttempt);
  const merged = { ...base, ...copy };
  refuse(contradiction(merged, hasUsername) ?? orphanedSession(merged));
  return copy;
}

/** The same for the options in which one server differs. What contradicts itself shows only together with the client's. */
export function validateServerOptions(options: unknown): MqttOptions {
  return checkedCopy(options, ofServer);
}

/** The copy is checked and not the original, whose getters might answer differently the second time. */
function checkedCopy(options: unknown, check: Check): MqttOptions {
  const copy = copied(options);
  refuse(check(copy));
  return copy as MqttOptions;
}

/** A scheduler may be a plain object too, and stays the same one. */
function copied(options: unknown): unknown {
  if (!isPlainObject(options)) return options;
  const { scheduler, ...data } = options;
  const copy = snapshot(data) as object;
  return scheduler === undefined ? copy : Object.freeze({ ...copy, scheduler });
}

function forbidding(why: string, forbidden: (key: Key) => boolean): Record<string, Rule> {
  const rules = Object.entries(optionChecks) as [Key, Check][];
  const entries = rules.map(([key, check]) => [key, forbidden(key) ? why : check] as const);
  return { ...elsewhere, ...Object.fromEntries(entries) };
}

function atServer(name: string, { path, say }: Problem): Problem {
  return { path, say: (noun, at) => `${say(noun, at)} (in the options for the server '${name}')` };
}

function refuse(found: Problem | undefined): void {
  if (found !== undefined) throw invalidArgument(found, 'option', 'options');
}
