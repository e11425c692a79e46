import { FrameReader } from '../bytes/frame-reader.js';
import { packetTypes } from '../packet-types.js';
import { readProperties } from '../properties/reader.js';
import { place } from '../properties/table.js';
import { malformed, protocolError, tooLarge } from '../../protocol/violations.js';
import type { QoS } from '../../message.js';
import type { ConnectPacket, Packet, ProtocolVersion, SubscriptionRequest } from '../../packets.js';

/** Decodes the bytes of a client into packets, and throws for malformed ones. The codec of the library decodes only packets of brokers. */
export class ClientPackets {
  /** The version of CONNECT, the first packet. */
  version: ProtocolVersion | undefined;
  #unread = new Uint8Array(64);
  #length = 0;
  readonly #reader = new FrameReader();
  readonly #maximum: number;

  /** @param maximum - the Maximum Packet Size, in bytes. */
  constructor(maximum = Infinity) {
    this.#maximum = maximum;
  }

  push(chunk: Uint8Array): void {
    const length = this.#length + chunk.length;
    if (length > this.#unread.length) {
      const larger = new Uint8Array(2 * length);
      larger.set(this.#unread);
      this.#unread = larger;
    }
    this.#unread.set(chunk, this.#length);
    this.#length = length;
  }

  next(): Packet | undefined {
    const bytes = this.#unread;
    let body = 1;
    let remaining = 0;
    for (let unit = 1; ; unit *= 0x80) {
      if (body >= this.#length) return undefined;
      const byte = bytes[body++]!;
      if (body > 5) throw malformed('packet', 'its remaining length takes more than four bytes');
      remaining += (byte & 0x7f) * unit;
      if (byte < 0x80) break;
    }
    if (body + remaining > this.#maximum) throw tooLarge('packet', body + remaining, this.#maximum);
    const end = body + remaining;
    if (this.#length < end) return undefined;
    const frame = bytes.slice(0, end);
    bytes.copyWithin(0, end, this.#length);
    this.#length -= end;
    return this.#read(frame, body);
  }

  #read(frame: Uint8Array, body: number): Packet {
    const firstByte = frame[0]!;
    const type = packetTypes[firstByte >> 4];
    const reader = this.#reader;
    const read = type && readers[type.cmd as keyof typeof readers];
    if (read === undefined) throw protocolError(type?.name ?? 'packet', 'a client must not send it');
    if ((type!.cmd === 'connect') !== (this.version === undefined)) {
      throw protocolError(type!.name, 'CONNECT comes first, and once [MQTT-3.1.0-1]');
    }
    // In 3.1, SUBSCRIBE, UNSUBSCRIBE and PUBREL may have the DUP flag.
    const flags = this.version === 3 ? firstByte & 0x07 : firstByte & 0x0f;
    if (type!.flags !== undefined && flags !== type!.flags) throw malformed(type!.name, 'reserved flags are set');
    reader.open(type!.name, frame, body, frame.length);
    const packet = read(reader, this.version ?? 4, firstByte);
    if (reader.left > 0) throw reader.malformed(`it has trailing bytes (${reader.left})`);
    if (packet.cmd === 'connect') this.version = packet.protocolVersion;
    return packet;
  }
}

function properties(reader: FrameReader, version: ProtocolVersion, where: number): { properties?: object } {
  const found = version === 5 ? readProperties(reader, where) : undefined;
  return found === undefined ? {} : { properties: found };
}

function packetId(reader: FrameReader): number {
  const id = reader.uint16('the packet identifier');
  if (id === 0) throw protocolError(reader.packet, 'packet identifier 0');
  return id;
}

function rest(reader: FrameReader): Uint8Array {
  const bytes = reader.bytes.subarray(reader.position, reader.end);
  reader.position = reader.end;
  return bytes;
}

/** Reads the reason code and properties that a packet contains. */
function reason(reader: FrameReader, version: ProtocolVersion, where: number): { reasonCode?: number } {
  if (version < 5 || reader.left === 0) return {};
  const reasonCode = reader.byte('the reason code');
  return reader.left === 0 ? { reasonCode } : { reasonCode, ...properties(reader, version, where) };
}

const acknowledgement =
  <C extends 'puback' | 'pubrec' | 'pubrel' | 'pubcomp'>(cmd: C) =>
  (reader: FrameReader, version: ProtocolVersion) => ({
    cmd,
    packetId: packetId(reader),
    ...reason(reader, version, place.ack),
  });

const readers = {
  connect: (reader: FrameReader): Packet => {
    const name = reader.text('the protocol name');
    const protocolVersion = reader.byte('the protocol version') as ProtocolVersion;
    if (name !== (protocolVersion === 3 ? 'MQIsdp' : 'MQTT'))
      throw protocolError('CONNECT', `protocol name '${name}'`, 0x84);
    const flags = reader.byte('the connect flags');
    if (flags & 1) throw malformed('CONNECT', 'the reserved flag is set [MQTT-3.1.2-3]');
    const keepalive = reader.uint16('keep alive');
    const own = properties(reader, protocolVersion, place.connect);
    const clientId = reader.text('the client identifier');
    const packet: ConnectPacket = {
      cmd: 'connect',
      protocolVersion,
      clientId,
      clean: (flags & 2) !== 0,
      keepalive,
      ...own,
    };
    if (flags & 4) {
      const willProperties = properties(reader, protocolVersion, place.will);
      const topic = reader.text('the will topic');
      const payload = reader.binary('the will payload');
      packet.will = { topic, payload, qos: ((flags >> 3) & 3) as QoS, retain: (flags & 0x20) !== 0, ...willProperties };
    }
    if (flags & 0x80) packet.username = reader.text('the user name');
    if (flags & 0x40) packet.password = reader.binary('the password');
    return packet;
  },
  publish: (reader: FrameReader, version: ProtocolVersion, firstByte: number): Packet => {
    const qos = ((firstByte >> 1) & 3) as QoS;
    if ((qos as number) === 3) throw malformed('PUBLISH', 'QoS 3 does not exist [MQTT-3.3.1-4]');
    const topic = reader.text('the topic name');
    const id = qos === 0 ? {} : { packetId: packetId(reader) };
    const own = properties(reader, version, place.publish);
    const [retain, dup] = [(firstByte & 1) !== 0, (firstByte & 8) !== 0];
    return { cmd: 'publish', topic, qos, retain, dup, ...id, ...own, payload: rest(reader) };
  },
  puback: acknowledgement('puback'),
  pubrec: acknowledgement('pubrec'),
  pubrel: acknowledgement('pubrel'),
  pubcomp: acknowledgement('pubcomp'),
  subscribe: (reader: FrameReader, version: ProtocolVersion): Packet => {
    const id = packetId(reader);
    const own = properties(reader, version, place.subscribe);
    const subscriptions: SubscriptionRequest[] = [];
    while (reader.left > 0) subscriptions.push(request(reader, version));
    if (subscriptions.length === 0) throw protocolError('SUBSCRIBE', 'it has no filter [MQTT-3.8.3-2]');
    return { cmd: 'subscribe', packetId: id, subscriptions, ...own };
  },
  unsubscribe: (reader: FrameReader, version: ProtocolVersion): Packet => {
    const id = packetId(reader);
    const own = properties(reader, version, place.unsubscribe);
    const filters: string[] = [];
    while (reader.left > 0) filters.push(reader.text('a topic filter'));
    if (filters.length === 0) throw protocolError('UNSUBSCRIBE', 'it has no filter [MQTT-3.10.3-2]');
    return { cmd: 'unsubscribe', packetId: id, filters, ...own };
  },
  pingreq: (): Packet => ({ cmd: 'pingreq' }),
  disconnect: (reader: FrameReader, version: ProtocolVersion): Packet => ({
    cmd: 'disconnect',
    ...reason(reader, version, place.disconnect),
  }),
  auth: (reader: FrameReader, version: ProtocolVersion): Packet => {
    if (version < 5) throw malformed('packet', 'packet type 15 is reserved in this version of MQTT');
    return { reasonCode: 0, ...reason(reader, version, place.auth), cmd: 'auth' };
  },
};

function request(reader: FrameReader, version: ProtocolVersion): SubscriptionRequest {
  const filter = reader.text('a topic filter');
  const options = reader.byte('the subscription options');
  const qos = (options & 3) as QoS;
  const reserved = version === 5 ? 0xc0 : 0xfc;
  if ((qos as number) === 3 || options & reserved) throw protocolError('SUBSCRIBE', 'reserved options are set', 0x81);
  if (version < 5) return { filter, qos };
  const retainHandling = ((options >> 4) & 3) as 0 | 1 | 2;
  if ((retainHandling as number) === 3) throw protocolError('SUBSCRIBE', 'retain handling 3 does not exist');
  return { filter, qos, noLocal: (options & 4) !== 0, retainAsPublished: (options & 8) !== 0, retainHandling };
}
