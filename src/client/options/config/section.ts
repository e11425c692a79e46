import { MqttError } from '../../../errors.js';
import type { MqttOptions, ServerOptions } from '../../../options/options.js';
import { parseServers } from '../server.js';
import { optionChecks } from '../checks/option-checks.js';
import { type Check, type Problem, invalidArgument, problem, refusal, refuse } from '../checks/problem.js';
import { unchecked } from '../checks/scalars.js';
import { type Rule, isPlainObject, record } from '../checks/record.js';
import { validateOptions } from '../validate-options.js';
import { mongooseKeys, otherKeys } from './mongoose-keys.js';
import { fileKeys, pemOf } from './pem-file.js';

/** The result of one section of a configuration: a server, or several if `url` is a list. */
export interface Section {
  readonly url: string | readonly (string | ServerOptions)[];
  readonly options: MqttOptions;
}

export type Config = Readonly<Record<string, unknown>>;

/** The options of this library that JSON cannot hold. */
const functionOptions = ['verdict', 'perAttempt', 'onConnectPacket', 'store', 'transport', 'scheduler', 'random'];
const notData = 'is not data, so it cannot be in a configuration: add it to the options for mqtt()';

const notFunction: Check = value => (typeof value === 'function' ? refusal(notData) : undefined);

const rules: Readonly<Record<string, Rule>> = {
  server: otherKeys.server!,
  enable: otherKeys.enable!,
  ...Object.fromEntries(Object.entries(mongooseKeys).map(([key, { check = unchecked }]) => [key, check])),
  ...otherKeys,
  url: unchecked,
  ...Object.fromEntries(
    Object.keys(optionChecks).map(key => [key, functionOptions.includes(key) ? notData : notFunction] as const),
  ),
};
const known = record(rules);

/** Returns whether a section may have this key. */
export const isSectionKey = (key: string): boolean => Object.hasOwn(rules, key);

/**
 * Validates a section and translates it into options. Returns undefined for `enable: false`; then no file is read, but the other keys are
 * checked.
 *
 * @param inherited - the options that the section takes from another one if it does not set them.
 */
export function parseSection(
  config: Config,
  baseDir: string | undefined,
  inherited: Pick<MqttOptions, 'clientId'> = {},
): Section | undefined {
  const given = withoutBlanks(config);
  refuse(known(given), 'option', 'config');

  const isEnabled = given.enable !== false;
  const options = translate(isEnabled ? withFiles(given, baseDir) : withoutFiles(given));
  const url = urlOf(given, options.tls !== undefined);
  try {
    const servers = parseServers(url ?? 'mqtt://none', true);
    const context = servers.map(({ username, options: own }) => ({ username, options: { ...inherited, ...own } }));
    const checked = validateOptions(options, context);
    if (!isEnabled) return undefined;
    if (url === undefined) throw refused(problem(() => "option 'server' or 'url' is missing", 'server'));
    return Object.freeze({ url, options: checked });
  } catch (error) {
    throw withConfigKeys(given, error);
  }
}

const isMongooseKey = (key: string) => Object.hasOwn(mongooseKeys, key) || Object.hasOwn(otherKeys, key);

function withoutBlanks(config: Config): Config {
  const isBlank = ([key, value]: [string, unknown]) =>
    isMongooseKey(key) && (value === '' || value === null || value === (mongooseKeys[key]?.blank ?? ''));
  return Object.fromEntries(Object.entries(config).filter(entry => !isBlank(entry)));
}

function withFiles(given: Config, baseDir: string | undefined): Config {
  const read = fileKeys.filter(key => given[key] !== undefined);
  return { ...given, ...Object.fromEntries(read.map(key => [key, pemOf(key, given[key], baseDir)])) };
}

function withoutFiles(given: Config): Config {
  return Object.fromEntries(Object.entries(given).filter(([key]) => !fileKeys.includes(key)));
}

/** Returns the options of this library, including those that keys of Mongoose OS translate to. */
function translate(given: Config): MqttOptions {
  const { url: _url, ...own } = Object.fromEntries(Object.entries(given).filter(([key]) => !isMongooseKey(key)));
  const put = (target: Config, [step, ...way]: readonly string[], value: unknown, key: string): Config => {
    const present = target[step!];
    if (way.length > 0 && (present === undefined || isPlainObject(present)))
      return { ...target, [step!]: put(present ?? {}, way, value, key) };
    if (present === undefined) return { ...target, [step!]: value };
    throw givenTwice(key, mongooseKeys[key]!.own);
  };
  let options: Config = own;
  for (const [key, { own: path, convert }] of Object.entries(mongooseKeys)) {
    const value = given[key];
    if (value === undefined) continue;
    options = put(options, path.split('.'), convert === undefined ? value : convert(value as never), key);
  }
  return options;
}

function urlOf({ server, url, ws_enable, ws_path = '' }: Config, secure: boolean): Section['url'] | undefined {
  if (url !== undefined && server !== undefined) throw givenTwice('server', 'url');
  if (url !== undefined && ws_enable === true) throw givenTwice('ws_enable', 'url');
  if (server === undefined) return url as Section['url'] | undefined;
  const [scheme, path] = ws_enable === true ? ['ws', ws_path as string] : ['mqtt', ''];
  return `${scheme}${secure ? 's' : ''}://${server as string}${path}`;
}

/** Returns an error that names the keys of the configuration instead of the options that they translate to. */
export function withConfigKeys(given: Config, error: unknown): unknown {
  if (!MqttError.is(error) || error.subject === undefined) return error;
  let { message, subject } = error;
  const used = Object.keys(given).flatMap(key => mongooseKeys[key]?.own ?? []);
  for (const [key, { own }] of Object.entries(mongooseKeys)) {
    const [group, ...rest] = own.split('.');
    // A missing option has the key of Mongoose OS if the options beside it are set by such keys.
    const isUsed = used.some(other => rest.length === 0 || other.startsWith(`${group}.`));
    if (!isUsed || valueAt(given, own) !== undefined) continue;
    message = message.replaceAll(`'${own}'`, `'${key}'`);
    if (subject === own) subject = key;
  }
  return new MqttError(error.code, message, { subject });
}

function valueAt(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((part, key) => (isPlainObject(part) ? part[key] : undefined), value);
}

const givenTwice = (key: string, own: string) =>
  refused(problem(() => `option '${key}' sets the same as '${own}': set only one of them`, key));

const refused = (found: Problem) => invalidArgument(found, 'option', 'config');
