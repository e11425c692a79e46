import { MqttError } from '../../../errors.js';
import type { MqttOptions, ServerOptions } from '../../../options/options.js';
import { parseServers } from '../server.js';
import { optionChecks } from '../checks/option-checks.js';
import { type Check, type Problem, invalidArgument, problem, refusal } from '../checks/problem.js';
import { type Rule, isPlainObject, record } from '../checks/record.js';
import { validateOptions } from '../validate-options.js';
import { mongooseKeys, otherKeys } from './mongoose-keys.js';
import { fileKeys, pemOf } from './pem-file.js';

/** What a configuration says of one server, or of several by `url`. */
export interface Section {
  readonly url: string | readonly (string | ServerOptions)[];
  readonly options: MqttOptions;
}

export type Config = Readonly<Record<string, unknown>>;

/** Of our own options, those that JSON cannot hold. */
const functions = ['verdict', 'perAttempt', 'onConnectPacket', 'transport', 'scheduler', 'random'];
const noData = 'is not data, and does not belong in a configuration: add it to the options';

/** Whether it can be, is seen when it is an option: `validateOptions`. */
const unchecked: Check = () => undefined;
const notFunction: Check = value => (typeof value === 'function' ? refusal(noData) : undefined);

const { server, enable, ...others } = otherKeys;
const rules: Readonly<Record<string, Rule>> = {
  server: server!,
  enable: enable!,
  ...Object.fromEntries(Object.entries(mongooseKeys).map(([key, { check = unchecked }]) => [key, check])),
  ...others,
  url: unchecked,
  ...Object.fromEntries(
    Object.keys(optionChecks).map(key => [key, functions.includes(key) ? noData : notFunction] as const),
  ),
};
const known = record(rules);

/** Whether a section may have this key. */
export const isSectionKey = (key: string): boolean => Object.hasOwn(rules, key);

/**
 * Undefined where the section says `enable: false`. Then no file is read, and the rest is checked all the same.
 *
 * @param inherited - what the section takes from another one, where it leaves that out.
 */
export function parseSection(
  config: Config,
  baseDir: string | undefined,
  inherited: Pick<MqttOptions, 'clientId'> = {},
): Section | undefined {
  const given = withoutBlanks(config);
  refuse(known(given));

  const isEnabled = given.enable !== false;
  const options = translated(isEnabled ? withFiles(given, baseDir) : withoutFiles(given));
  const url = urlOf(given, options.tls !== undefined);
  try {
    const servers = parseServers(url ?? 'mqtt://none', true);
    const context = servers.map(({ username, options: own }) => ({ username, options: { ...inherited, ...own } }));
    const checked = validateOptions(options, context);
    if (!isEnabled) return undefined;
    if (url === undefined) throw refused(problem(() => "option 'server' is missing, or 'url'", 'server'));
    return Object.freeze({ url, options: checked });
  } catch (error) {
    throw inTheWordsOf(given, error);
  }
}

const isMongooses = (key: string) => Object.hasOwn(mongooseKeys, key) || Object.hasOwn(otherKeys, key);

function withoutBlanks(config: Config): Config {
  const isBlank = ([key, value]: [string, unknown]) =>
    isMongooses(key) && (value === '' || value === null || value === (mongooseKeys[key]?.blank ?? ''));
  return Object.fromEntries(Object.entries(config).filter(entry => !isBlank(entry)));
}

function withFiles(given: Config, baseDir: string | undefined): Config {
  const read = fileKeys.filter(key => given[key] !== undefined);
  return { ...given, ...Object.fromEntries(read.map(key => [key, pemOf(key, given[key], baseDir)])) };
}

function withoutFiles(given: Config): Config {
  return Object.fromEntries(Object.entries(given).filter(([key]) => !fileKeys.includes(key)));
}

/** Our own options, those that Mongoose's keys say put in among them. */
function translated(given: Config): MqttOptions {
  const { url: _url, ...own } = Object.fromEntries(Object.entries(given).filter(([key]) => !isMongooses(key)));
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

/** The keys of the configuration, where a message names the options that they became. */
export function inTheWordsOf(given: Config, error: unknown): unknown {
  if (!MqttError.is(error) || error.subject === undefined) return error;
  let { message, subject } = error;
  const used = Object.keys(given).flatMap(key => mongooseKeys[key]?.own ?? []);
  for (const [key, { own }] of Object.entries(mongooseKeys)) {
    const [group, ...rest] = own.split('.');
    // an option that is missing goes by the words of those that are there
    const isUsed = used.some(other => rest.length === 0 || other.startsWith(`${group}.`));
    if (!isUsed || at(given, own) !== undefined) continue;
    message = message.replaceAll(`'${own}'`, `'${key}'`);
    if (subject === own) subject = key;
  }
  return new MqttError(error.code, message, { subject });
}

function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((part, key) => (isPlainObject(part) ? part[key] : undefined), value);
}

const givenTwice = (key: string, own: string) =>
  refused(problem(() => `option '${key}' says what '${own}' says too: give one`, key));

const refused = (found: Problem) => invalidArgument(found, 'option', 'config');

function refuse(found: Problem | undefined): void {
  if (found !== undefined) throw refused(found);
}
