import { MqttError } from '../../errors.js';
import type { ConnectPacket, ConnectProperties, ProtocolVersion } from '../../packets.js';
import { toBytes } from '../payload.js';
import type { AttemptOptions } from '../options/resolve-options.js';
import type { Server } from '../options/server.js';
import type { MqttOptions } from '../../options/options.js';
import { connectPacketProblem } from '../options/checks/connect-packet.js';
import { isBytes } from '../../protocol/bytes.js';
import { inside, invalidArgument } from '../options/checks/problem.js';
import { isPlainObject } from '../options/checks/record.js';

/** The session does not expire (5.0 section 3.1.2.11.2). */
const FOR_EVER = 0xffffffff;

/** The CONNECT of one attempt (5.0 section 3.1): what was asked for, and nothing more. */
export function connectPacket(
  options: AttemptOptions,
  server: Server,
  clientId: string,
  version: ProtocolVersion,
  hadSession: boolean,
): ConnectPacket {
  const username = options.username ?? server.username;
  const password = options.password ?? server.password;
  const sessionExpiry = sessionExpiryOf(options);
  const properties = version === 5 ? connectProperties(options, sessionExpiry) : undefined;
  return {
    cmd: 'connect',
    protocolVersion: version,
    clientId,
    // a session that was to begin clean has begun; what of it survives is resumed (5.0 alone keeps a clean one)
    clean: options.clean && !(version === 5 && hadSession && sessionExpiry > 0),
    keepalive: options.keepalive,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password: toBytes(password) }),
    ...(options.will ? { will: will(options.will, version) } : {}),
    ...(properties ? { properties } : {}),
  };
}

/** bytes of a packet of the broker, unless the user allows more or less. */
const MAXIMUM_PACKET_SIZE = 64 * 1024 * 1024;

/**
 * bytes, Infinity for no bound: what a packet of the broker may have (5.0 section 3.1.2.11.4). 3.x cannot tell the broker; what is above
 * is refused all the same.
 */
export const maximumPacketSizeOf = ({ properties }: AttemptOptions, connect?: ConnectPacket): number =>
  connect?.properties?.maximumPacketSize ?? properties?.maximumPacketSize ?? MAXIMUM_PACKET_SIZE;

/** s: how long the broker shall keep the session (5.0 section 3.1.2.11.2). */
export const sessionExpiryOf = ({ sessionExpiry, clean }: AttemptOptions): number =>
  sessionExpiry ?? (clean ? 0 : FOR_EVER);

function connectProperties(options: AttemptOptions, sessionExpiry: number): ConnectProperties | undefined {
  const { maximumPacketSize: _, ...properties } = options.properties ?? {};
  const maximumPacketSize = maximumPacketSizeOf(options);
  const all = {
    ...(sessionExpiry > 0 ? { sessionExpiryInterval: sessionExpiry } : {}),
    ...(maximumPacketSize === Infinity ? {} : { maximumPacketSize }),
    ...properties,
  };
  return Object.keys(all).length > 0 ? all : undefined;
}

function will(
  { topic, payload, qos = 0, retain = false, properties }: NonNullable<AttemptOptions['will']>,
  version: ProtocolVersion,
): NonNullable<ConnectPacket['will']> {
  return { topic, payload: toBytes(payload), qos, retain, ...(version === 5 && properties ? { properties } : {}) };
}

/** 3.1 knows no empty client identifier, and 3.1.1 none without a clean session [MQTT3-3.1.3-7]. */
export function assertClientId({ clientId, clean, protocolVersion }: ConnectPacket): void {
  if (clientId !== '' || protocolVersion === 5 || (protocolVersion === 4 && clean)) return;
  throw new MqttError(
    'INVALID_ARGUMENT',
    `an empty 'clientId' asks the broker to assign one, which ${protocolVersion === 3 ? 'MQTT 3.1 cannot' : 'MQTT 3.1.1 does with a clean session only'}; give a 'clientId'`,
    { subject: 'clientId' },
  );
}

/** The CONNECT as the user's function wants it. Copies go in and out, so that nobody has a hold on what is sent. */
export function applyConnectHook(packet: ConnectPacket, hook: MqttOptions['onConnectPacket']): ConnectPacket {
  if (hook === undefined) return packet;
  const changed = thawed(answerOf(hook, thawed(packet) as ConnectPacket));
  const found = connectPacketProblem(changed, packet.protocolVersion);
  if (found !== undefined) throw invalidArgument(inside('onConnectPacket', found), 'option', 'options');
  return changed as ConnectPacket;
}

function answerOf(hook: NonNullable<MqttOptions['onConnectPacket']>, copy: ConnectPacket): unknown {
  try {
    return hook(copy) ?? copy;
  } catch (cause) {
    // the message of the cause is the user's own and may hold a secret: it stays in the cause
    const info = { phase: 'options', subject: 'onConnectPacket', retryable: true, cause } as const;
    throw new MqttError('OPTIONS_FAILED', 'onConnectPacket threw', info);
  }
}

/** A deep copy of plain data that may be changed. */
function thawed(value: unknown): unknown {
  if (isBytes(value)) return new Uint8Array(value);
  if (Array.isArray(value)) return value.map(thawed);
  if (!isPlainObject(value)) return value;
  const given = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(given.map(([key, field]) => [key, thawed(field)]));
}
