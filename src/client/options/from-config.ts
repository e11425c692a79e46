import { MqttError } from '../../errors.js';
import type { MqttOptions, ServerOptions } from '../../options.js';
import { kindOf } from './checks/describe.js';
import { optionChecks } from './checks/option-checks.js';
import { type Check, type Problem, expected, invalidArgument, problem, refusal } from './checks/problem.js';
import { type Rule, isPlainObject, record } from './checks/record.js';
import { snapshot } from './checks/snapshot.js';
import { enable, mongooseKeys, server } from './config/mongoose-keys.js';
import { parseServers } from '../connection/server.js';
import { validateOptions } from './validate-options.js';

/** What {@link mqtt} is called with: `mqtt(url, options)`. Plain data, frozen. */
export interface ClientConfig {
  readonly url: string | readonly (string | ServerOptions)[];
  readonly options: MqttOptions;
}

type Config = Readonly<Record<string, unknown>>;

/** Of our own options, those that JSON cannot hold. */
const functions = ['verdict', 'perAttempt', 'onConnectPacket', 'transport', 'scheduler', 'random'];
const noData = 'is no data, and does not belong in a configuration: add it to the options';

/** Whether it can be, is seen when it is an option: `validateOptions`. */
const unchecked: Check = () => undefined;
const notFunction: Check = value => (typeof value === 'function' ? refusal(noData) : undefined);

const known = record({
  server,
  enable,
  ...rules(Object.entries(mongooseKeys).map(([key, { check = unchecked }]) => [key, check])),
  url: unchecked,
  ...rules(Object.keys(optionChecks).map(key => [key, functions.includes(key) ? noData : notFunction])),
});

/**
 * What `mqtt()` is to be called with, from a configuration of plain data, such as a JSON file holds: the keys of Mongoose OS
 * (`server`, `client_id`, `clean_session`, `keep_alive`, `user`, `pass`, `reconnect_timeout_min`, `reconnect_timeout_max`,
 * `ssl_ca_cert`, `ssl_cert`, `ssl_key`, `ssl_cipher_suites`, `ssl_psk_identity`, `ssl_psk_key`, `will_topic`, `will_message`,
 * `max_qos`, `enable`), and `url` and our own options that are data, mixed as you like.
 *
 * Of the keys of Mongoose OS, an empty string and null are as good as absent. `server` is reached by TLS where there is anything of
 * `ssl_...` or `tls`. Certificates and keys are PEM text: files are the caller's to read. Pure: it opens and reads nothing.
 *
 * @returns undefined where the configuration says `enable: false`: there is to be no client.
 * @throws MqttError `INVALID_ARGUMENT` that names the key: unknown, of a wrong type or range, given twice, or contradicting another.
 */
export function fromConfig(config: object): ClientConfig | undefined {
  const copy = snapshot(config);
  if (!isPlainObject(copy)) throw refused(expected('a plain object, as JSON.parse gives it', kindOf(config)));
  const given = withoutBlanks(copy);
  refuse(known(given));

  const options = translated(given);
  const url = urlOf(given, options.tls !== undefined);
  try {
    const hasUsername = parseServers(url ?? 'mqtt://none', true).some(({ username }) => username !== undefined);
    const checked = validateOptions(options, hasUsername);
    if (given.enable === false) return undefined;
    if (url === undefined) throw refused(problem(() => "option 'server' is missing, or 'url'", 'server'));
    return Object.freeze({ url, options: checked });
  } catch (error) {
    throw inTheWordsOf(given, error);
  }
}

const isMongooses = (key: string) => Object.hasOwn(mongooseKeys, key) || key === 'server' || key === 'enable';

function withoutBlanks(config: Config): Config {
  const isBlank = ([key, value]: [string, unknown]) => (value === '' || value === null) && isMongooses(key);
  return Object.fromEntries(Object.entries(config).filter(entry => !isBlank(entry)));
}

/** Our own options, those that Mongoose's keys say put in among them. */
function translated(given: Config): MqttOptions {
  const { url: _url, ...own } = Object.fromEntries(Object.entries(given).filter(([key]) => !isMongooses(key)));
  const put = (target: Config, [step, ...way]: readonly string[], value: unknown, key: string): Config => {
    const present = target[step!];
    if (way.length > 0 && (present === undefined || isPlainObject(present)))
      return { ...target, [step!]: put(present ?? {}, way, value, key) };
    if (present === undefined) return { ...target, [step!]: value };
    throw refused(problem(() => `option '${key}' says what '${mongooseKeys[key]!.own}' says too: give one`, key));
  };
  let options: Config = own;
  for (const [key, { own: path, convert }] of Object.entries(mongooseKeys)) {
    const value = given[key];
    if (value === undefined) continue;
    options = put(options, path.split('.'), convert === undefined ? value : convert(value as never), key);
  }
  return options;
}

function urlOf({ server, url }: Config, secure: boolean): ClientConfig['url'] | undefined {
  if (server === undefined) return url as ClientConfig['url'] | undefined;
  if (url !== undefined) throw refused(problem(() => "option 'server' says what 'url' says too: give one", 'server'));
  return `${secure ? 'mqtts' : 'mqtt'}://${server as string}`;
}

/** The keys of the configuration, where a message names the options that they became. */
function inTheWordsOf(given: Config, error: unknown): unknown {
  if (!MqttError.is(error) || error.subject === undefined) return error;
  let { message, subject } = error;
  for (const [key, { own }] of Object.entries(mongooseKeys)) {
    const [group] = own.split('.');
    const isUsed = Object.keys(given).some(other => mongooseKeys[other]?.own.split('.')[0] === group);
    if (!isUsed || at(given, own) !== undefined) continue;
    message = message.replaceAll(`'${own}'`, `'${key}'`);
    if (subject === own) subject = key;
  }
  return new MqttError(error.code, message, { subject });
}

function at(value: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((part, key) => (isPlainObject(part) ? part[key] : undefined), value);
}

function rules(entries: readonly (readonly [string, Rule])[]): Readonly<Record<string, Rule>> {
  return Object.fromEntries(entries);
}

const refused = (found: Problem) => invalidArgument(found, 'option', 'config');

function refuse(found: Problem | undefined): void {
  if (found !== undefined) throw refused(found);
}
