import type { ConnackPacket, Packet, ProtocolVersion, PublishPacket, SubackPacket } from '../../packets.js';
import type { PublishProperties, QoS } from '../../message.js';
import { FrameReader } from '../bytes/frame-reader.js';
import { serverReasonCodes } from '../gate/reason-codes.js';
import { CONNACK, PUBACK, PUBCOMP, PUBLISH, PUBREL, SUBACK } from '../packet-types.js';
import { readProperties } from '../properties/reader.js';
import { place } from '../properties/table.js';
import { publishRefusal } from './publish-refusal.js';
import { TopicCache } from './topic-cache.js';

const acks = { 4: 'puback', 5: 'pubrec', 6: 'pubrel', 7: 'pubcomp' } as const;

/**
 * Reads PUBLISH and the acknowledgements, which are most of the traffic, without intermediate objects, and the CONNACK and SUBACK that most
 * connections get. It returns undefined for any packet that it does not accept, and then the slow reader reads it or reports what is wrong.
 * Without this class everything works, but slower.
 */
export class FastReader {
  readonly #hasProperties: boolean;
  readonly #topicAliases: boolean;
  // Created on demand: it is large, and many connections receive nothing.
  #topics: TopicCache | undefined;
  // Created for the first packet with properties.
  #reader: FrameReader | undefined;

  /** @param topicAliases - whether the server may use topic aliases. */
  constructor(version: ProtocolVersion, topicAliases = false) {
    this.#hasProperties = version === 5;
    this.#topicAliases = topicAliases;
  }

  read(bytes: Uint8Array, start: number, body: number, end: number): Packet | undefined {
    const type = bytes[start]! >> 4;
    if (type === PUBLISH) return this.#publish(bytes, bytes[start]!, body, end);
    if (type >= PUBACK && type <= PUBCOMP) return this.#acknowledgement(bytes, type as keyof typeof acks, body, end);
    if (type === CONNACK) return this.#connack(bytes, body, end);
    if (type === SUBACK) return this.#suback(bytes, body, end);
    return undefined;
  }

  /** Reads a CONNACK that accepts the connection. */
  #connack(bytes: Uint8Array, body: number, end: number): ConnackPacket | undefined {
    const flags = bytes[body]!;
    if (end - body < 2 || flags > 1 || bytes[body + 1] !== 0) return undefined;
    const sessionPresent = flags === 1;
    if (!this.#hasProperties) {
      return end - body > 2 ? undefined : { cmd: 'connack', sessionPresent, reasonCode: 0, returnCode: 0 };
    }
    const reader = this.#open('', bytes, body + 2, end);
    const properties = readSection(reader, place.connack);
    if (properties === 'unreadable' || reader.left > 0) return undefined;
    return { cmd: 'connack', sessionPresent, reasonCode: 0, ...(properties && { properties }) };
  }

  #suback(bytes: Uint8Array, body: number, end: number): SubackPacket | undefined {
    const packetId = (bytes[body]! << 8) | bytes[body + 1]!;
    if (end - body < 3 || packetId === 0) return undefined;
    let codes = body + 2;
    let properties: object | undefined;
    if (this.#hasProperties) {
      const reader = this.#open('', bytes, codes, end);
      const section = readSection(reader, place.ack);
      if (section === 'unreadable') return undefined;
      properties = section;
      codes = reader.position;
    }
    const allowed: readonly number[] = this.#hasProperties ? serverReasonCodes.suback : serverReasonCodes.suback3;
    const reasonCodes = Array.from(bytes.subarray(codes, end));
    if (reasonCodes.length === 0 || !reasonCodes.every(code => allowed.includes(code))) return undefined;
    return { cmd: 'suback', packetId, reasonCodes, ...(properties && { properties }) };
  }

  /** Returns a reader of the properties that begin at `at`. It is valid until the next call. */
  #open(packet: string, bytes: Uint8Array, at: number, end: number): FrameReader {
    const reader = (this.#reader ??= new FrameReader());
    reader.open(packet, bytes, at, end);
    return reader;
  }

  #publish(bytes: Uint8Array, firstByte: number, body: number, end: number): PublishPacket | undefined {
    const qos = ((firstByte >> 1) & 3) as QoS;
    const topicEnd = body + 2 + ((bytes[body]! << 8) | bytes[body + 1]!);
    let at = topicEnd + (qos === 0 ? 0 : 2);
    if (at > end) return undefined;
    const packetId = qos === 0 ? 0 : (bytes[topicEnd]! << 8) | bytes[topicEnd + 1]!;
    if (qos !== 0 && packetId === 0) return undefined;
    this.#topics ??= new TopicCache();
    const topic = this.#topics.read(bytes, body + 2, topicEnd);
    if (topic === undefined) return undefined;

    let properties: PublishProperties | undefined;
    if (this.#hasProperties && at < end && bytes[at] === 0) at++;
    else if (this.#hasProperties) {
      const reader = this.#open('PUBLISH', bytes, at, end);
      try {
        properties = readProperties(reader, place.publish);
      } catch (error) {
        return this.#refused(topic, firstByte, packetId, bytes, at, end) ?? rethrow(error);
      }
      if (/[+#]/.test(properties?.responseTopic ?? '')) {
        return this.#refused(topic, firstByte, packetId, bytes, at, end);
      }
      at = reader.position;
    }
    if (topic === '' && properties?.topicAlias === undefined) return undefined;

    return {
      cmd: 'publish',
      topic,
      payload: bytes.subarray(at, end),
      qos,
      retain: (firstByte & 1) !== 0,
      dup: (firstByte & 8) !== 0,
      packetId,
      properties,
    };
  }

  /** Returns a PUBLISH that is refused without ending the connection; undefined if the connection has to end. */
  #refused(
    topic: string,
    firstByte: number,
    packetId: number,
    bytes: Uint8Array,
    properties: number,
    end: number,
  ): PublishPacket | undefined {
    const found = publishRefusal(bytes, properties, end, this.#topicAliases);
    if (found === undefined || (topic === '' && found.topicAlias === undefined)) return undefined;
    const { refusal, topicAlias, end: payload } = found;
    return {
      cmd: 'publish',
      topic,
      payload: bytes.subarray(payload, end),
      qos: ((firstByte >> 1) & 3) as QoS,
      retain: (firstByte & 1) !== 0,
      dup: (firstByte & 8) !== 0,
      packetId,
      properties: topicAlias === undefined ? undefined : { topicAlias },
      refusal,
    };
  }

  #acknowledgement(bytes: Uint8Array, type: keyof typeof acks, body: number, end: number): Packet | undefined {
    const length = end - body;
    if (length < 2 || length > 4) return undefined;
    const packetId = (bytes[body]! << 8) | bytes[body + 1]!;
    if (packetId === 0) return undefined;
    const cmd = acks[type];
    if (length === 2) return { cmd, packetId };
    const reasonCode = bytes[body + 2]!;
    if (!this.#hasProperties || (length === 4 && bytes[body + 3] !== 0)) return undefined;
    const allowed: readonly number[] = type < PUBREL ? serverReasonCodes.received : serverReasonCodes.released;
    return allowed.includes(reasonCode) ? { cmd, packetId, reasonCode } : undefined;
  }
}

/** Reads properties, undefined for none. */
function readSection(reader: FrameReader, where: number): object | undefined | 'unreadable' {
  try {
    return readProperties(reader, where);
  } catch {
    return 'unreadable'; // the slow reader says why
  }
}

function rethrow(error: unknown): never {
  throw error;
}
