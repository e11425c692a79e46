import type { MqttOptions, PerAttemptOptions } from '../../options/options.js';
import { contradiction, orphanedSession, otherClientId } from './checks/contradictions.js';
import { elsewhere } from './checks/elsewhere.js';
import { clientChecks, optionChecks } from './checks/option-checks.js';
import { type Check, type Problem, refuse } from './checks/problem.js';
import { type Rule, isPlainObject, record } from './checks/record.js';
import { snapshot } from './checks/snapshot.js';
import { text } from './checks/text.js';

const notForAttempt = "belongs to the client and cannot be set per attempt: set it beside 'perAttempt'";
const notForServer = 'belongs to the client and cannot differ between servers: set it for the client';

const ofClient = record({ ...elsewhere, ...optionChecks });
const ofAttempt = record({ ...forbidClientOptions(notForAttempt), url: text });
const ofServer = record(forbidClientOptions(notForServer));

/** The options that a server adds to those of the client. */
interface ServerPart {
  /** The URL, as messages show it. */
  readonly name?: string;
  /** The user name in its URL. */
  readonly username?: string | undefined;
  readonly options?: MqttOptions;
}

/**
 * Returns a frozen copy of the options, which later changes of the given object do not affect. Throws INVALID_ARGUMENT with the key path as
 * subject.
 *
 * @param servers - the servers, because contradictions are found only in all options with which the client connects to one of them.
 */
export function validateOptions(options: unknown, servers: readonly ServerPart[] = [{}]): MqttOptions {
  const copy = checkedCopy(options, ofClient);
  // Options that `perAttempt` may add are checked after each call of it.
  const mayGetMore = copy.perAttempt !== undefined;
  if (copy.store !== undefined) for (const { options: own } of servers) refuse(otherClientId(copy, own), 'option');
  for (const { name, username, options: own } of servers) {
    const merged = { ...copy, ...own };
    const found =
      contradiction(merged, mayGetMore || username !== undefined) ?? (mayGetMore ? undefined : orphanedSession(merged));
    const isOneOfMany = servers.length > 1 || Object.keys(own ?? {}).length > 0;
    refuse(isOneOfMany && name !== undefined ? found && atServer(name, found) : found, 'option');
  }
  return copy;
}

/**
 * Does the same for the options from `perAttempt`, which cannot contain options of the client.
 *
 * @param base - the options of the client and the server, which the given options override and must not contradict.
 */
export function validateAttemptOptions(options: unknown, base?: MqttOptions, hasUsername = !base): PerAttemptOptions {
  const copy: PerAttemptOptions = checkedCopy(options, ofAttempt);
  const merged = { ...base, ...copy };
  if (base?.store !== undefined) refuse(otherClientId(base, copy), 'option');
  refuse(contradiction(merged, hasUsername) ?? orphanedSession(merged), 'option');
  return copy;
}

/** Does the same for the options of one server, without looking for contradictions, which depend on the options of the client. */
export function validateServerOptions(options: unknown): MqttOptions {
  return checkedCopy(options, ofServer);
}

/** Checks the copy and not the original, whose getters could return other values the second time. */
function checkedCopy(options: unknown, check: Check): MqttOptions {
  const copy = copyOptions(options);
  refuse(check(copy), 'option');
  return copy as MqttOptions;
}

/** Copies all options but the scheduler, which may be a plain object and must stay the same one. */
function copyOptions(options: unknown): unknown {
  if (!isPlainObject(options)) return options;
  const { scheduler, ...data } = options;
  const copy = snapshot(data) as object;
  return scheduler === undefined ? copy : Object.freeze({ ...copy, scheduler });
}

function forbidClientOptions(why: string): Record<string, Rule> {
  const refused = Object.fromEntries(Object.keys(clientChecks).map(key => [key, why]));
  return { ...elsewhere, ...optionChecks, ...refused };
}

function atServer(name: string, { path, say }: Problem): Problem {
  return { path, say: (noun, at) => `${say(noun, at)} (in the options for the server '${name}')` };
}
