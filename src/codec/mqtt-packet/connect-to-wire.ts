import { asBuffer } from '#mqtt-packet';
import type { ConnectPacket, ProtocolVersion } from '../../packets.js';
import { place } from '../properties/table.js';
import { requireBytes, requireInteger, requireText, unencodable } from '../unencodable.js';
import { wireProperties } from './wire-properties.js';

/** Returns CONNECT in the form of mqtt-packet; `finishConnect` corrects what mqtt-packet cannot write. */
export function connectToWire(packet: ConnectPacket, version: ProtocolVersion): object {
  const { cmd, protocolVersion, clientId, keepalive } = packet;
  if (protocolVersion !== version) {
    throw unencodable(cmd, `its version is ${protocolVersion}, that of the encoder ${version}`);
  }
  requireText(cmd, 'the client id', clientId);
  if (clientId === '' && (version === 3 || (version === 4 && !packet.clean))) {
    throw unencodable(cmd, 'the client id must not be empty');
  }
  requireInteger(cmd, 'keepalive', keepalive, 0, 0xffff);
  return {
    cmd,
    protocolId: version === 3 ? 'MQIsdp' : 'MQTT',
    protocolVersion,
    clientId,
    clean: packet.clean || (version === 5 && clientId === ''),
    keepalive,
    ...credentials(packet),
    ...will(packet),
    ...wireProperties(packet, place.connect, version),
  };
}

function credentials({ cmd, protocolVersion, username, password }: ConnectPacket): object {
  if (username !== undefined) requireText(cmd, 'the user name', username);
  if (password !== undefined) requireBytes(cmd, 'the password', password);
  if (username === undefined && password === undefined) return {};
  const result = { username: username ?? '' };
  if (password !== undefined) return { ...result, password: asBuffer(password) };
  // A broker of 3.1 may require a password if there is a user name.
  return protocolVersion === 3 ? { ...result, password: asBuffer(new Uint8Array(0)) } : result;
}

function will({ protocolVersion, will }: ConnectPacket): object {
  if (will === undefined) return {};
  const { topic, payload, qos, retain } = will;
  requireText('connect', 'the will topic', topic);
  if (topic === '') throw unencodable('connect', 'the will topic is empty');
  requireBytes('connect', 'the will payload', payload);
  requireInteger('connect', 'the will QoS', qos, 0, 2);
  const properties = wireProperties({ ...will, cmd: 'connect' }, place.will, protocolVersion);
  return { will: { topic, payload: asBuffer(payload), qos, retain, ...properties } };
}
