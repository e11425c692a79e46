import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { throwError } from 'rxjs';
import {
  type MqttOptions,
  type QoS,
  type ReconnectStrategy,
  type ServerOptions,
  exponentialBackoff,
  fromConfig,
} from '../index.js';
import { type Arguments, type OptionSpecs, readChoice, readDuration, readInteger } from './arguments.js';
import { type Terminal, askPassword } from './terminal.js';
import { UsageError } from './usage-error.js';

/** The options with which every command connects. */
export const connectionOptions: OptionSpecs = {
  config: { type: 'string', short: 'c', value: 'FILE', help: 'a configuration of JSON, as for fromConfig()' },
  id: { type: 'string', short: 'i', value: 'ID', help: 'client identifier (random)' },
  user: { type: 'string', short: 'u', value: 'NAME', help: 'user name; the password is MQTT_PASSWORD, or asked for' },
  'password-file': { type: 'string', value: 'FILE', help: 'a file with the password in its first line' },
  ca: { type: 'string', value: 'FILE', help: 'certificates of authorities (PEM)' },
  cert: { type: 'string', value: 'FILE', help: 'certificate of this client (PEM)' },
  key: { type: 'string', value: 'FILE', help: 'private key of this client (PEM)' },
  insecure: { type: 'boolean', help: 'accept any certificate' },
  alpn: { type: 'string', multiple: true, value: 'NAME', help: 'protocol of ALPN, such as mqtt' },
  mqtt: { type: 'string', value: 'VERSION', help: '5, 3.1.1 or 3.1 (what the broker takes)' },
  keepalive: { type: 'string', value: 'TIME', help: '60s; 0 for none' },
  session: { type: 'string', value: 'TIME', help: 'keep the session for this time; needs --id' },
  'will-topic': { type: 'string', value: 'TOPIC', help: 'topic of the will' },
  'will-payload': { type: 'string', value: 'TEXT', help: 'payload of the will' },
  'will-qos': { type: 'string', value: '0|1|2', help: 'QoS of the will (0)' },
  'will-retain': { type: 'boolean', help: 'the broker keeps the will for new subscribers' },
  'connect-timeout': { type: 'string', value: 'TIME', help: 'of one attempt (30s)' },
  retry: { type: 'boolean', help: 'wait for a broker that is not there' },
};

/** What `mqtt()` needs. */
export interface Target {
  readonly url: string | readonly (string | ServerOptions)[];
  readonly options: MqttOptions;
  /** The arguments behind the URL. */
  readonly rest: readonly string[];
}

const VERSIONS = { '5': 5, '5.0': 5, '3.1.1': 4, '3.1': 3 } as const;

/** Reads where to connect and how. The URL comes first, unless a configuration has it. */
export async function readTarget(args: Arguments, terminal: Terminal): Promise<Target> {
  const config = readConfig(args.text('config'));
  const [first, ...others] = args.positionals;
  const hasUrl = config === undefined || isUrl(first);
  if (hasUrl && first === undefined)
    throw new UsageError('which broker? Write its URL, such as mqtt://localhost, or --config FILE');
  if (hasUrl && !isUrl(first))
    throw new UsageError(`which broker? '${first}' is no URL; a URL begins with its scheme, such as mqtt://localhost`);
  const fromFlags = await readOptions(args, terminal);
  const options = { ...config?.options, ...fromFlags };
  if (config?.options.tls !== undefined && fromFlags.tls !== undefined)
    options.tls = { ...config.options.tls, ...fromFlags.tls };
  return { url: hasUrl ? first! : config.url, options, rest: hasUrl ? others : args.positionals };
}

/** Tells whether an argument begins with a scheme. */
export function isUrl(argument: string | undefined): argument is string {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(argument ?? '');
}

async function readOptions(args: Arguments, terminal: Terminal): Promise<MqttOptions> {
  const { text, flag } = args;
  const version = text('mqtt');
  const session = text('session');
  if (session !== undefined && text('id') === undefined)
    throw new UsageError('--session needs --id, because the broker keeps the session under it');
  const password = await readPassword(args, terminal);
  const file = (option: string) => (text(option) === undefined ? undefined : readText(text(option)!, option));
  const tls = given({
    ca: file('ca'),
    cert: file('cert'),
    key: file('key'),
    alpn: args.all('alpn').length > 0 ? args.all('alpn') : undefined,
    rejectUnauthorized: flag('insecure') ? false : undefined,
  });
  return {
    quiet: true,
    ...(given({
      clientId: text('id'),
      username: text('user'),
      password,
      protocolVersion:
        version === undefined ? undefined : VERSIONS[readChoice(version, 'mqtt', ['5', '5.0', '3.1.1', '3.1'])],
      keepalive:
        text('keepalive') === undefined ? undefined : Math.round(readDuration(text('keepalive')!, 'keepalive') / 1000),
      connectTimeout:
        text('connect-timeout') === undefined ? undefined : readDuration(text('connect-timeout')!, 'connect-timeout'),
      tls: Object.keys(tls).length > 0 ? tls : undefined,
      will: readWill(args),
      reconnect: flag('retry') ? undefined : failsAtFirst(),
    }) as MqttOptions),
    ...(session !== undefined && { clean: false, sessionExpiry: Math.round(readDuration(session, 'session') / 1000) }),
  };
}

/** A password from the environment or a file, or asked for. It is no argument, because everybody on a machine can read those. */
async function readPassword({ text }: Arguments, terminal: Terminal): Promise<string | undefined> {
  const path = text('password-file');
  if (path !== undefined) return readText(path, 'password-file').split(/\r?\n/, 1)[0];
  const { MQTT_PASSWORD } = terminal.env;
  if (text('user') === undefined) return undefined;
  if (MQTT_PASSWORD !== undefined) return MQTT_PASSWORD;
  return terminal.stdin.isTTY ? askPassword(terminal) : undefined;
}

function readConfig(path: string | undefined) {
  if (path === undefined) return undefined;
  const content = readText(path, 'config');
  let parsed: unknown;
  try {
    parsed = JSON.parse(content);
  } catch {
    // the message of the parser would quote the file, which may hold a password
    throw new UsageError(`--config ${path} is not JSON`);
  }
  const config = fromConfig(parsed as object, { baseDir: dirname(path) });
  if (config === undefined) throw new UsageError(`--config ${path} has 'enable: false'`);
  return config;
}

/** Reads a file that an option names. */
function readText(path: string, option: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`cannot read --${option} ${path}: ${(error as NodeJS.ErrnoException).code ?? 'unknown'}`);
  }
}

/** Tells whether the broker keeps the session, and with it the subscriptions, when the command has ended. */
export function keepsSession({ clean, sessionExpiry }: MqttOptions): boolean {
  return clean === false && sessionExpiry !== 0;
}

function readWill(args: Arguments): MqttOptions['will'] {
  const topic = args.text('will-topic');
  if (topic === undefined) {
    const useless = ['will-payload', 'will-qos'].find(option => args.text(option) !== undefined);
    if (useless !== undefined || args.flag('will-retain'))
      throw new UsageError(`--${useless ?? 'will-retain'} needs --will-topic`);
    return undefined;
  }
  return {
    topic,
    payload: args.text('will-payload') ?? '',
    qos: readQos(args, 0, 'will-qos'),
    retain: args.flag('will-retain'),
  };
}

/** Reads `--qos`, or another option with a QoS. */
export function readQos(args: Arguments, standard: QoS, option = 'qos'): QoS {
  const text = args.text(option);
  return text === undefined ? standard : (readInteger(text, option, 0, 2) as QoS);
}

/** A first connection that fails ends the program; a lost one is made again. */
function failsAtFirst(): ReconnectStrategy {
  let wasConnected = false;
  const backoff = exponentialBackoff();
  return context => {
    wasConnected ||= context.connectedFor > 0;
    return wasConnected ? backoff(context) : throwError(() => context.error);
  };
}

function given<T extends object>(options: T): Partial<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Partial<T>;
}
