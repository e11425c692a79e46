import type { ConnectPacket, ProtocolVersion } from '../../../packets.js';
import { binary, UINT16, boolean, integer, qos, unchecked } from './scalars.js';
import { type Problem, inside, refusal } from './problem.js';
import { connectPacketProperties, willProperties } from './properties.js';
import { type Schema, record } from './record.js';
import { text, topicName } from './text.js';

const will = record(
  {
    topic: topicName,
    payload: binary,
    qos,
    retain: boolean,
    properties: willProperties,
  } satisfies Schema<NonNullable<ConnectPacket['will']>>,
  ['topic', 'payload', 'qos', 'retain'],
);

const connectPacket = record(
  {
    cmd: unchecked,
    protocolVersion: unchecked,
    clientId: text,
    clean: boolean,
    keepalive: integer(0, UINT16),
    username: text,
    password: binary,
    will,
    properties: connectPacketProperties,
  } satisfies Schema<ConnectPacket>,
  ['clientId', 'clean', 'keepalive'],
);

/** Returns what is wrong with a CONNECT that `onConnectPacket` returned, for the version in which it is sent. */
export function connectPacketProblem(packet: unknown, version: ProtocolVersion): Problem | undefined {
  return connectPacket(packet) ?? mismatch(packet as ConnectPacket, version);
}

function mismatch(packet: ConnectPacket, version: ProtocolVersion): Problem | undefined {
  if (packet.cmd !== 'connect') return inside('cmd', refusal('must not be changed'));
  if (packet.protocolVersion !== version)
    return inside('protocolVersion', refusal("must not be changed: set option 'protocolVersion' instead"));
  if (version === 5) return undefined;
  if (packet.properties !== undefined) return inside('properties', refusal('exist in MQTT 5.0 only: leave them out'));
  if (packet.will?.properties !== undefined)
    return inside('will.properties', refusal('exist in MQTT 5.0 only: leave them out'));
  if (packet.password !== undefined && packet.username === undefined)
    return inside('password', refusal("needs 'username' in MQTT 3.1.1 and 3.1: give both"));
  return undefined;
}
