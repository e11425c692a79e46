import type {
  AuthPacket,
  ConnectPacket,
  DisconnectPacket,
  ProtocolVersion,
  PublishAck,
  PubrelPacket,
  SubscribePacket,
  UnsubscribePacket,
} from '../packets.js';
import { NO_BYTES } from '../protocol/bytes.js';
import { ByteWriter } from './bytes/byte-writer.js';
import { place } from './properties/table.js';
import { PropertyWriter, hasProperties } from './properties/writer.js';
import { requireInteger, unencodable } from './unencodable.js';

/** Bytes that most of these packets fit into. */
const USUAL_SIZE = 64;

/** Returns the bytes of SUBSCRIBE after its fixed header (5.0 section 3.8). */
export function subscribeBody(
  { cmd, packetId, subscriptions, properties }: SubscribePacket,
  version: ProtocolVersion,
): Uint8Array {
  if (subscriptions.length === 0) throw unencodable(cmd, 'it holds no topic filters');
  requireInteger(cmd, 'the packet identifier', packetId, 1, 0xffff);
  const body = new ByteWriter();
  body.reserve(USUAL_SIZE);
  body.uint16(packetId);
  if (version === 5) writeProperties(body, cmd, properties, place.subscribe);
  for (const { filter, qos, noLocal, retainAsPublished, retainHandling = 0 } of subscriptions) {
    requireInteger(cmd, 'the QoS', qos, 0, 2);
    requireInteger(cmd, 'the retain handling', retainHandling, 0, 2);
    body.text(cmd, 'a topic filter', filter);
    body.reserve(1);
    body.uint8(version < 5 ? qos : qos | (noLocal ? 4 : 0) | (retainAsPublished ? 8 : 0) | (retainHandling << 4));
  }
  return written(body);
}

/** Returns the bytes of UNSUBSCRIBE after its fixed header (5.0 section 3.10). */
export function unsubscribeBody(
  { cmd, packetId, filters, properties }: UnsubscribePacket,
  version: ProtocolVersion,
): Uint8Array {
  if (filters.length === 0) throw unencodable(cmd, 'it holds no topic filters');
  requireInteger(cmd, 'the packet identifier', packetId, 1, 0xffff);
  const body = new ByteWriter();
  body.reserve(USUAL_SIZE);
  body.uint16(packetId);
  if (version === 5) writeProperties(body, cmd, properties, place.unsubscribe);
  for (const filter of filters) body.text(cmd, 'a topic filter', filter);
  return written(body);
}

/** Returns the bytes of an acknowledgement of 5.0 with properties, after its fixed header (section 3.4.2). */
export function acknowledgementBody({
  cmd,
  packetId,
  reasonCode = 0,
  properties,
}: PublishAck | PubrelPacket): Uint8Array {
  requireInteger(cmd, 'the reason code', reasonCode, 0, 0xff);
  requireInteger(cmd, 'the packet identifier', packetId, 1, 0xffff);
  const body = new ByteWriter();
  body.reserve(USUAL_SIZE);
  body.uint16(packetId);
  body.uint8(reasonCode);
  writeProperties(body, cmd, properties, place.ack);
  return written(body);
}

/**
 * Returns the bytes of DISCONNECT or AUTH of 5.0 after its fixed header, in the shortest form: reason code 0 without properties is left out
 * (sections 3.14.2 and 3.15.2.1). Only DISCONNECT may leave out the length of no properties after another reason code.
 */
export function reasonBody({ cmd, reasonCode = 0, properties }: DisconnectPacket | AuthPacket): Uint8Array {
  requireInteger(cmd, 'the reason code', reasonCode, 0, 0xff);
  const hasSection = hasProperties(properties) || (cmd === 'auth' && reasonCode > 0);
  if (!hasSection && reasonCode === 0) return NO_BYTES;
  const body = new ByteWriter();
  body.reserve(USUAL_SIZE);
  body.uint8(reasonCode);
  if (hasSection) writeProperties(body, cmd, properties, place[cmd]);
  return written(body);
}

/** Returns the bytes of CONNECT after its fixed header (5.0 section 3.1). */
export function connectBody(packet: ConnectPacket, version: ProtocolVersion): Uint8Array {
  const { cmd, protocolVersion, clientId, clean, keepalive, will, properties } = packet;
  if (protocolVersion !== version)
    throw unencodable(cmd, `its version is ${protocolVersion}, that of the encoder ${version}`);
  if (clientId === '' && (version === 3 || (version === 4 && !clean)))
    throw unencodable(cmd, 'the client id must not be empty');
  requireInteger(cmd, 'keepalive', keepalive, 0, 0xffff);
  const { username, password } = credentials(packet);
  const body = new ByteWriter();
  body.reserve(USUAL_SIZE);
  body.text(cmd, 'the protocol name', version === 3 ? 'MQIsdp' : 'MQTT');
  body.reserve(4);
  body.uint8(version);
  body.uint8(
    (username === undefined ? 0 : 0x80) | (password === undefined ? 0 : 0x40) | willFlags(will) | (clean ? 0x02 : 0),
  );
  body.uint16(keepalive);
  if (version === 5) writeProperties(body, cmd, properties, place.connect);
  body.text(cmd, 'the client id', clientId);
  if (will !== undefined) writeWill(body, will, version);
  if (username !== undefined) body.text(cmd, 'the user name', username);
  if (password !== undefined) body.binary(cmd, 'the password', password);
  return written(body);
}

interface Credentials {
  readonly username: string | undefined;
  readonly password: Uint8Array | undefined;
}

/** Returns the credentials as the version can send them: only 5.0 has a password without a user name (section 3.1.2.9). */
function credentials({ protocolVersion, username, password }: ConnectPacket): Credentials {
  if (protocolVersion === 5 || (username === undefined && password === undefined)) return { username, password };
  // a broker of 3.1 may require a password if there is a user name
  return { username: username ?? '', password: protocolVersion === 3 ? (password ?? NO_BYTES) : password };
}

function willFlags(will: ConnectPacket['will']): number {
  if (will === undefined) return 0;
  requireInteger('connect', 'the will QoS', will.qos, 0, 2);
  return 0x04 | (will.qos << 3) | (will.retain ? 0x20 : 0);
}

function writeWill(
  body: ByteWriter,
  { topic, payload, properties }: NonNullable<ConnectPacket['will']>,
  version: ProtocolVersion,
): void {
  if (topic === '') throw unencodable('connect', 'the will topic is empty');
  if (version === 5) writeProperties(body, 'connect', properties, place.will);
  body.text('connect', 'the will topic', topic);
  body.binary('connect', 'the will payload', payload);
}

/** Writes the properties of a packet and, before them, their length. */
function writeProperties(body: ByteWriter, packet: string, properties: object | undefined, where: number): void {
  const section = new PropertyWriter();
  const length = properties === undefined ? 0 : section.write(packet, properties, where);
  body.reserve(4 + length);
  body.variable(length);
  body.raw(section.bytes.subarray(0, length));
}

const written = ({ bytes, position }: ByteWriter): Uint8Array => bytes.subarray(0, position);
