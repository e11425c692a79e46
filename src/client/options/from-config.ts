import { MqttError } from '../../errors.js';
import type { MqttOptions, ServerOptions } from '../../options/options.js';
import { kindOf } from '../../quoted.js';
import { type Problem, expected, invalidArgument, problem } from './checks/problem.js';
import { isPlainObject } from './checks/record.js';
import { snapshot } from './checks/snapshot.js';
import { backupStrategy, withBackup } from './config/backup.js';
import { type Config, isSectionKey, parseSection, withConfigKeys } from './config/section.js';

/** The arguments of {@link mqtt}: `mqtt(url, options)`. Frozen plain data, except `reconnect` in a configuration with a backup. */
export interface ClientConfig {
  readonly url: string | readonly (string | ServerOptions)[];
  readonly options: MqttOptions;
}

/** Options of {@link fromConfig}. */
export interface FromConfigOptions {
  /** Node: the directory of relative file names in the configuration. Default: the working directory. */
  baseDir?: string;
}

/**
 * Translates a configuration of plain data, such as a JSON file, into the arguments of {@link mqtt}.
 *
 * The configuration has the keys of Mongoose OS (`server`, `client_id`, `clean_session`, `keep_alive`, `user`, `pass`,
 * `reconnect_timeout_min`, `reconnect_timeout_max`, `ssl_ca_cert`, `ssl_cert`, `ssl_key`, `ssl_cipher_suites`, `ssl_psk_identity`,
 * `ssl_psk_key`, `will_topic`, `will_message`, `will_retain`, `max_qos`, `max_queue_length`, `ws_enable`, `ws_path`, `enable`), and
 * `url` and those options of this library that are data, in any combination. `cloud_events`, `debug_use_log_level`, `recv_mbuf_limit` and
 * `require_time` are checked, but have no effect. For keys of Mongoose OS, an empty string or null means that the key is absent. The
 * client connects to `server` by TLS if any key of `ssl_...` or `tls` is set.
 *
 * You can also pass a whole file of Mongoose OS, with these keys in its section `mqtt`, and those of a backup server in `mqtt1`, which is
 * used by `failover({ order: 'priority' })`. Credentials and the options of TLS and other connection layers come only from the section of
 * the server itself; any other key that `mqtt1` does not set is as in `mqtt`. Other sections are ignored.
 *
 * `ssl_ca_cert`, `ssl_cert` and `ssl_key` are PEM text or, in Node, names of files, which are read synchronously.
 *
 * @returns the arguments, or undefined if the configuration has `enable: false`, so that you create no client.
 * @throws MqttError `INVALID_ARGUMENT` with the key as `subject`, if a key is unknown, has a wrong type or range, is set twice,
 *   contradicts another one, or names a file that cannot be read.
 */
export function fromConfig(config: object, options: FromConfigOptions = {}): ClientConfig | undefined {
  const baseDir = checkedBaseDir(options);
  const copy = snapshot(config);
  if (!isPlainObject(copy)) throw invalid('config', expected('a plain object, as JSON.parse gives it', kindOf(config)));
  return hasSections(copy) ? fromSections(copy, baseDir) : parseSection(copy, baseDir);
}

const hasSections = (config: Config) => ['mqtt', 'mqtt1'].some(key => Object.hasOwn(config, key));

function fromSections(config: Config, baseDir: string | undefined): ClientConfig | undefined {
  const misplaced = Object.keys(config).find(isSectionKey);
  if (misplaced !== undefined)
    throw invalid(
      misplaced,
      problem(() => `option '${misplaced}' is outside of the section 'mqtt': move it into that section`),
    );
  const main = inSection('mqtt', config, section => parseSection(section, baseDir));
  if (config.mqtt1 === undefined) return main;
  const { client_id, clientId = client_id } = config.mqtt as { client_id?: string; clientId?: string };
  const inherited = clientId ? { clientId } : {}; // an empty client_id means the same as none
  const backup = inSection('mqtt1', config, section => parseSection(section, baseDir, inherited));
  if (main === undefined || backup === undefined) return main;
  const reconnect = inSection('mqtt', config, () => backupStrategy(main.options.reconnect));
  return Object.freeze(inSection('mqtt1', config, () => withBackup(main, backup, reconnect)));
}

/** Calls `run` with a section; errors get the name of the section before the key. */
function inSection<T>(name: string, { [name]: section }: Config, run: (section: Config) => T): T {
  if (!isPlainObject(section)) throw invalid(name, expected('a plain object', kindOf(section)));
  try {
    return run(section);
  } catch (thrown) {
    const error = withConfigKeys(section, thrown);
    if (!MqttError.is(error)) throw error;
    const { code, message, subject } = error;
    throw new MqttError(code, message.replace("option '", `$&${name}.`), { subject: `${name}.${subject}` });
  }
}

function checkedBaseDir({ baseDir }: FromConfigOptions): string | undefined {
  if (baseDir === undefined || typeof baseDir === 'string') return baseDir;
  throw invalid('baseDir', expected('a string, the path of a directory', kindOf(baseDir)));
}

const invalid = (path: string, found: Problem) =>
  invalidArgument(path === 'config' ? found : { ...found, path }, 'option', 'config');
