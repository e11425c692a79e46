import { MqttError } from '../../errors.js';
import type { MqttOptions } from '../../options/options.js';
import type { ConnectPacket } from '../../packets.js';
import { showKey } from '../../quoted.js';
import type { Server } from '../options/server.js';

type Credential = 'username' | 'password';

/** Of each credential, the options that it is from, in words; undefined where it is from the URL, or not given. */
export type CredentialSources = Readonly<Partial<Record<Credential, string | undefined>>>;

/** Those that go first come first. */
export function credentialSources(
  layers: readonly (readonly [words: string, options: MqttOptions | undefined])[],
): CredentialSources {
  const of = (key: Credential) => layers.find(([, options]) => options?.[key] !== undefined)?.[0];
  return { username: of('username'), password: of('password') };
}

/** What was offered to a broker. */
export interface Offer {
  readonly connect: ConnectPacket;
  /** The CONNECT before `onConnectPacket` has seen it. */
  readonly asked: ConnectPacket;
  readonly server: Server;
  readonly sources: CredentialSources | undefined;
  readonly method: string | undefined;
}

/** Bad user name or password, not authorized; return codes 4 and 5 of 3.x are the same. */
const ABOUT_CREDENTIALS: readonly unknown[] = [0x86, 0x87];

/** A refusal of credentials says which they were and where they came from, and never the password. */
export function explainRefusal(error: unknown, offer: Offer): unknown {
  if (!MqttError.is(error, 'CONNECTION_REFUSED') || !ABOUT_CREDENTIALS.includes(error.reasonCode)) return error;
  const { message, reasonCode, reasonString, serverReference, phase, retryable, cause } = error;
  return new MqttError('CONNECTION_REFUSED', `${message}; ${offer.server.name} was given ${inWords(offer)}`, {
    ...{ reasonCode, reasonString, serverReference, phase, retryable, cause },
  });
}

function inWords(offer: Offer): string {
  const [username, password] = [sourceOf('username', offer), sourceOf('password', offer)];
  const method = offer.method === undefined ? '' : `, and the authentication method '${showKey(offer.method)}'`;
  return `${inWordsOf(username, password, offer)}${method}`;
}

function inWordsOf(username: string | undefined, password: string | undefined, { connect, method }: Offer): string {
  if (username === undefined && password === undefined)
    return `no user name and no password${method === undefined ? ": set 'username' and 'password'" : ''}`;
  if (username === undefined) return `a password from ${password}, and no user name`;
  // alone, a user name may be a token
  if (password === undefined) return `a user name from ${username}, and no password`;
  const name = `the user name '${showKey(connect.username!)}'`;
  return username === password
    ? `${name} and a password, both from ${username}`
    : `${name} from ${username}, and a password from ${password}`;
}

function sourceOf(key: Credential, { connect, asked, server, sources }: Offer): string | undefined {
  if (connect[key] === undefined) return undefined;
  if (String(connect[key]) !== String(asked[key])) return "'onConnectPacket'";
  return sources?.[key] ?? (server[key] === undefined ? undefined : 'the URL');
}
