import { LONGEST_DELAY } from '../../../operators/delay.js';
import { kindOf } from '../../../quoted.js';
import { type Check, expected } from '../checks/problem.js';
import { boolean, integer, number, string } from '../checks/scalars.js';
import { parseServerUrl } from '../../../protocol/server-url.js';
import { toOpenSslNames } from './cipher-suites.js';

/** How a key of Mongoose OS becomes an option of this library. */
export interface MongooseKey {
  /** The path of the option: `tls.ca`. */
  readonly own: string;
  /** Checks the given value, if `convert` changes it before the option is checked. */
  readonly check?: Check;
  readonly convert?: (value: never) => unknown;
  /** A value that means the same as none, besides the empty string and null. */
  readonly blank?: unknown;
}

const count = integer(0, Number.MAX_SAFE_INTEGER);
const seconds = {
  check: number(0.001, Math.floor(LONGEST_DELAY / 1000), ' of s'),
  convert: (value: number) => value * 1000,
};

export const mongooseKeys: Readonly<Record<string, MongooseKey>> = {
  client_id: { own: 'clientId' },
  clean_session: { own: 'clean' },
  keep_alive: { own: 'keepalive' },
  user: { own: 'username' },
  pass: { own: 'password' },
  reconnect_timeout_min: { own: 'reconnect.initial', ...seconds },
  reconnect_timeout_max: { own: 'reconnect.max', ...seconds },
  ssl_ca_cert: { own: 'tls.ca' },
  ssl_cert: { own: 'tls.cert' },
  ssl_key: { own: 'tls.key' },
  ssl_cipher_suites: { own: 'tls.ciphers', check: string, convert: toOpenSslNames },
  ssl_psk_identity: { own: 'tls.psk.identity' },
  ssl_psk_key: { own: 'tls.psk.key' },
  will_topic: { own: 'will.topic' },
  will_message: { own: 'will.payload' },
  // Configurations contain `false` even if there is no will.
  will_retain: { own: 'will.retain', check: boolean, blank: false },
  max_qos: { own: 'maximumQoS' },
  // 0 means no queue, but this library always has one for QoS 1 and 2.
  max_queue_length: { own: 'queue.maxMessages', check: count, blank: 0 },
};

/** Keys without an option in this library, because there is nothing to set; see docs/decisions/0186. */
const ignored: Readonly<Record<string, Check>> = {
  cloud_events: boolean,
  debug_use_log_level: boolean,
  recv_mbuf_limit: count,
  require_time: boolean,
};

/** `host:port`. Messages do not show the value, because it may be a URL with a password. */
const server: Check = value => {
  const wanted = "text like 'host:1883'";
  if (typeof value !== 'string') return expected(wanted, kindOf(value));
  if (value.includes('://')) return expected(wanted, "a URL, which the key 'url' is for");
  const isHost = /^([^\s/?#@:[\]\\]+|\[[\da-f:.]+(%[\w.~-]+)?\])(:[1-9]\d*)?$/i.test(value);
  return isHost && parseServerUrl(`mqtt://${value}`) ? undefined : expected(wanted, 'other text');
};

const path: Check = value => {
  const wanted = "a path like '/mqtt'";
  if (typeof value !== 'string') return expected(wanted, kindOf(value));
  return /^\/[^\s#\\]*$/.test(value) ? undefined : expected(wanted, 'other text');
};

/** Keys that become the URL, or have no effect. */
export const otherKeys: Readonly<Record<string, Check>> = {
  server,
  enable: boolean,
  ws_enable: boolean,
  ws_path: path,
  ...ignored,
};
