import { variableByteIntegerSize } from '../../protocol/packet-size.js';
import { TopicAliases } from '../../protocol/outbound/topic-aliases.js';
import type {
  ProtocolVersion,
  PubackPacket,
  PubcompPacket,
  PublishPacket,
  PubrecPacket,
  PubrelPacket,
} from '../../packets.js';
import { MAX_REMAINING } from '../bytes/byte-writer.js';
import type { Slab } from '../bytes/slab.js';
import { place } from '../properties/table.js';
import { PropertyWriter } from '../properties/writer.js';
import { isBytes } from '../../protocol/bytes.js';
import { requireInteger, unencodable } from '../unencodable.js';
import { EncodedTopics } from './encoded-topics.js';

export type Acknowledgement = PubackPacket | PubrecPacket | PubrelPacket | PubcompPacket;

/** The empty topic that is sent with a topic alias the broker knows (5.0 section 3.3.2.1). */
const noTopic = Uint8Array.of(0, 0);
const TOPIC_ALIAS = 0x23;
/** Bytes of a topic alias with its property identifier. */
const ALIAS_SIZE = 3;
/** The most bytes of the first byte, the remaining length and the length of the properties. */
const LONGEST_HEADER = 9;

/** The first byte of each acknowledgement. */
export const ackFirstByte = { puback: 0x40, pubrec: 0x50, pubrel: 0x62, pubcomp: 0x70 } as const;

/** Writes PUBLISH and acknowledgements, which are most of the traffic, directly into the slab. */
export class FastWriter {
  readonly #version: ProtocolVersion;
  readonly #slab: Slab;
  // Made on demand, because many connections publish nothing.
  #topics: EncodedTopics | undefined;
  #properties: PropertyWriter | undefined;
  #aliases: TopicAliases | undefined;
  /** The most topic aliases; 0 for none. */
  #aliasMaximum = 0;
  /** The most bytes of topic, properties and payload in a packet that announces an alias. */
  #longestToAnnounce = 0;

  constructor(version: ProtocolVersion, slab: Slab) {
    this.#version = version;
    this.#slab = slab;
  }

  /** Replaces repeated topics by topic aliases from now on, in packets of at most `maximumPacketSize` bytes. */
  useAliases(maximum: number, maximumPacketSize: number): void {
    this.#aliasMaximum = maximum;
    this.#longestToAnnounce = maximumPacketSize - LONGEST_HEADER - ALIAS_SIZE;
  }

  publish(packet: PublishPacket): void {
    const { payload, qos, packetId = 0 } = packet;
    if (!isBytes(payload)) throw unencodable('publish', 'the payload must be a Uint8Array');
    requireInteger('publish', 'the QoS', qos, 0, 2);
    if (qos > 0) requireInteger('publish', 'the packet identifier', packetId, 1, 0xffff);
    const ownSize = this.#writeProperties(packet);
    if (this.#aliasMaximum > 0) this.#aliases ??= new TopicAliases(this.#aliasMaximum);
    const known = this.#aliases === undefined ? 0 : this.#aliases.known(packet.topic);
    const topic = known > 0 ? noTopic : (this.#topics ??= new EncodedTopics()).get(packet.topic);
    const rest = topic.length + (qos > 0 ? 2 : 0) + payload.length;
    const alias = known > 0 || this.#aliases === undefined ? known : this.#newAlias(packet.topic, rest + ownSize);
    const propertiesSize = alias > 0 ? ownSize + ALIAS_SIZE : ownSize;
    const sectionSize = this.#version === 5 ? variableByteIntegerSize(propertiesSize) + propertiesSize : 0;
    const remaining = rest + sectionSize;
    if (remaining > MAX_REMAINING) throw unencodable('publish', `a packet cannot hold ${remaining} bytes`);

    const slab = this.#slab;
    slab.reserve(5 + remaining);
    slab.uint8(0x30 | (packet.dup ? 8 : 0) | (qos << 1) | (packet.retain ? 1 : 0));
    slab.variable(remaining);
    slab.raw(topic);
    if (qos > 0) slab.uint16(packetId);
    if (this.#version === 5) slab.variable(propertiesSize);
    if (ownSize > 0) slab.raw(this.#properties!.bytes.subarray(0, ownSize));
    if (alias > 0) {
      slab.uint8(TOPIC_ALIAS);
      slab.uint16(alias);
    }
    slab.raw(payload);
    // only now, because the broker does not learn the alias from a packet that could not be written
    if (alias !== known) this.#aliases!.announced(packet.topic, alias);
  }

  /** Returns the alias to announce in a packet whose topic, properties and payload have `size` bytes; 0 for none. */
  #newAlias(topic: string, size: number): number {
    return size > this.#longestToAnnounce ? 0 : this.#aliases!.candidate(topic);
  }

  /** Writes the properties to their own buffer, because their length is sent before them, and returns that length. */
  #writeProperties({ properties }: PublishPacket): number {
    if (this.#version < 5 || properties === undefined) return 0;
    return (this.#properties ??= new PropertyWriter()).write('publish', properties, place.publish);
  }

  /** Writes an acknowledgement without properties. */
  acknowledge(packet: Acknowledgement): void {
    const { cmd, packetId } = packet;
    const reasonCode = this.#version === 5 ? (packet.reasonCode ?? 0) : 0;
    requireInteger(cmd, 'the packet identifier', packetId, 1, 0xffff);
    requireInteger(cmd, 'the reason code', reasonCode, 0, 0xff);
    const slab = this.#slab;
    slab.reserve(5);
    slab.uint8(ackFirstByte[cmd]);
    // Success needs no reason code, and a packet without properties needs no property length (5.0 section 3.4.2).
    slab.uint8(reasonCode === 0 ? 2 : 3);
    slab.uint16(packetId);
    if (reasonCode !== 0) slab.uint8(reasonCode);
  }
}
