import { MqttError } from '../../errors.js';
import type { ConnectPacket, ConnectProperties, ProtocolVersion } from '../../packets.js';
import { toBytes } from '../payload.js';
import type { AttemptOptions } from '../options/resolve-options.js';
import type { Server } from '../options/server.js';
import type { MqttOptions } from '../../options/options.js';
import { connectPacketProblem } from '../options/checks/connect-packet.js';
import { isBytes } from '../../protocol/bytes.js';
import { inside, refuse } from '../options/checks/problem.js';
import { isPlainObject } from '../options/checks/record.js';

/** The Session Expiry Interval of a session that does not expire (5.0 section 3.1.2.11.2). */
const NEVER_EXPIRES = 0xffffffff;

/** Returns the CONNECT of one attempt (5.0 section 3.1). */
export function createConnectPacket(
  options: AttemptOptions,
  server: Server,
  clientId: string,
  version: ProtocolVersion,
  hadSession: boolean,
): ConnectPacket {
  const username = options.username ?? server.username;
  const password = options.password ?? server.password;
  const sessionExpiry = sessionExpiryOf(options);
  const properties = version === 5 ? createConnectProperties(options, sessionExpiry) : undefined;
  return {
    cmd: 'connect',
    protocolVersion: version,
    clientId,
    // a later attempt resumes a session that began clean, which only 5.0 keeps
    clean: options.clean && !(version === 5 && hadSession && sessionExpiry > 0),
    keepalive: options.keepalive,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password: toBytes(password) }),
    ...(options.will ? { will: createWill(options.will, version) } : {}),
    ...(properties ? { properties } : {}),
  };
}

/** bytes: the default Maximum Packet Size. */
const MAXIMUM_PACKET_SIZE = 64 * 1024 * 1024;

/**
 * Returns the Maximum Packet Size of the client in bytes, Infinity for no limit (5.0 section 3.1.2.11.4). 3.x cannot send it to the
 * broker, but the client still rejects larger packets.
 */
export const maximumPacketSizeOf = ({ properties }: AttemptOptions, connect?: ConnectPacket): number =>
  connect?.properties?.maximumPacketSize ?? properties?.maximumPacketSize ?? MAXIMUM_PACKET_SIZE;

/** Returns the seconds for which the broker keeps the session (5.0 section 3.1.2.11.2). */
const sessionExpiryOf = ({ sessionExpiry, clean }: AttemptOptions): number =>
  sessionExpiry ?? (clean ? 0 : NEVER_EXPIRES);

function createConnectProperties(options: AttemptOptions, sessionExpiry: number): ConnectProperties | undefined {
  const { maximumPacketSize: _, ...properties } = options.properties ?? {};
  const maximumPacketSize = maximumPacketSizeOf(options);
  const all = {
    ...(sessionExpiry > 0 ? { sessionExpiryInterval: sessionExpiry } : {}),
    ...(maximumPacketSize === Infinity ? {} : { maximumPacketSize }),
    ...properties,
  };
  return Object.keys(all).length > 0 ? all : undefined;
}

function createWill(
  { topic, payload, qos = 0, retain = false, properties }: NonNullable<AttemptOptions['will']>,
  version: ProtocolVersion,
): NonNullable<ConnectPacket['will']> {
  return { topic, payload: toBytes(payload), qos, retain, ...(version === 5 && properties ? { properties } : {}) };
}

/** Throws for an empty client identifier in 3.1, and in 3.1.1 without a clean session [MQTT3-3.1.3-7]. */
export function assertClientId({ clientId, clean, protocolVersion }: ConnectPacket): void {
  if (clientId !== '' || protocolVersion === 5 || (protocolVersion === 4 && clean)) return;
  throw new MqttError(
    'INVALID_ARGUMENT',
    `an empty 'clientId' asks the broker to assign one, which ${protocolVersion === 3 ? 'MQTT 3.1 cannot' : 'MQTT 3.1.1 does with a clean session only'}; give a 'clientId'`,
    { subject: 'clientId' },
  );
}

/** Returns the CONNECT that the hook of the user makes of it. Both are copied, so that the user cannot change the packet later. */
export function applyConnectHook(packet: ConnectPacket, hook: MqttOptions['onConnectPacket']): ConnectPacket {
  if (hook === undefined) return packet;
  const changed = mutableCopy(callHook(hook, mutableCopy(packet) as ConnectPacket));
  refuse(inside('onConnectPacket', connectPacketProblem(changed, packet.protocolVersion)), 'option');
  return changed as ConnectPacket;
}

function callHook(hook: NonNullable<MqttOptions['onConnectPacket']>, copy: ConnectPacket): unknown {
  try {
    return hook(copy) ?? copy;
  } catch (cause) {
    // the message of the cause is not repeated here, because it may hold a secret of the user
    const info = { phase: 'options', subject: 'onConnectPacket', retryable: true, cause } as const;
    throw new MqttError('OPTIONS_FAILED', "option 'onConnectPacket' threw", info);
  }
}

/** Returns a deep copy of plain data, which may be changed even if the original is frozen. */
function mutableCopy(value: unknown): unknown {
  if (isBytes(value)) return new Uint8Array(value);
  if (Array.isArray(value)) return value.map(mutableCopy);
  if (!isPlainObject(value)) return value;
  const given = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(given.map(([key, field]) => [key, mutableCopy(field)]));
}
