import { MqttError, reworded } from '../../../errors.js';
import type { MqttOptions } from '../../../options/options.js';
import type { ConnectPacket } from '../../../packets.js';
import { showKey } from '../../../quoted.js';
import type { AttemptOptions } from '../../options/resolve-options.js';
import type { Server } from '../../options/server.js';
import { toBytes } from '../../payload.js';

type Credential = 'username' | 'password';

/** The options that a credential may come from. The first ones override the others. */
export interface OptionLayers {
  /** The answer of `perAttempt`. */
  readonly perAttempt?: MqttOptions | undefined;
  readonly server: MqttOptions;
  readonly client: MqttOptions;
}

/** What was sent to a broker, and the options for it. */
export interface Offer {
  readonly connect: ConnectPacket;
  readonly options: AttemptOptions;
  readonly server: Server;
}

/** The reason codes 'bad user name or password' and 'not authorized'. Return codes 4 and 5 of 3.x are translated to them. */
const ABOUT_CREDENTIALS: readonly unknown[] = [0x86, 0x87];

/** Adds to a refusal of credentials which they were and where they come from, but never the password. */
export function explainRefusal(error: MqttError, offer: Offer, layers: OptionLayers): MqttError {
  if (!MqttError.is(error, 'CONNECTION_REFUSED') || !ABOUT_CREDENTIALS.includes(error.reasonCode)) return error;
  return reworded(error, `${error.message}; ${offer.server.name} was given ${describeOffer(offer, layers)}`);
}

function describeOffer(offer: Offer, layers: OptionLayers): string {
  const [username, password] = [sourceOf('username', offer, layers), sourceOf('password', offer, layers)];
  const { authentication } = offer.options;
  const method = authentication && `, and the authentication method '${showKey(authentication.method)}'`;
  return `${describeCredentials(username, password, offer)}${method ?? ''}`;
}

function describeCredentials(
  username: string | undefined,
  password: string | undefined,
  { connect, options }: Offer,
): string {
  if (username === undefined && password === undefined)
    return `no user name and no password${options.authentication === undefined ? ": set 'username' and 'password'" : ''}`;
  if (username === undefined) return `a password from ${password}, and no user name`;
  // a user name without a password may be a token, so it is not shown
  if (password === undefined) return `a user name from ${username}, and no password`;
  const name = `the user name '${showKey(connect.username!)}'`;
  return username === password
    ? `${name} and a password, both from ${username}`
    : `${name} from ${username}, and a password from ${password}`;
}

/** Returns where a credential comes from, undefined if it was not sent. */
function sourceOf(key: Credential, { connect, options, server }: Offer, layers: OptionLayers): string | undefined {
  const sent = connect[key];
  if (sent === undefined) return undefined;
  const given = options[key] ?? server[key];
  if (given === undefined || String(toBytes(sent)) !== String(toBytes(given))) return "'onConnectPacket'";
  if (layers.perAttempt?.[key] !== undefined) return "'perAttempt'";
  if (layers.server[key] !== undefined) return 'the options of the server';
  if (layers.client[key] !== undefined) return 'the options';
  return server[key] === undefined ? undefined : 'the URL';
}
