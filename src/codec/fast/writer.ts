import { variableByteIntegerSize } from '../../protocol/packet-size.js';
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
import { isBytes, requireInteger, unencodable } from '../unencodable.js';
import { EncodedTopics } from './encoded-topics.js';

export type Acknowledgement = PubackPacket | PubrecPacket | PubrelPacket | PubcompPacket;

/** The first bytes of the packets that acknowledge. */
const ackFirstByte = { puback: 0x40, pubrec: 0x50, pubrel: 0x62, pubcomp: 0x70 } as const;

/** Writes the packets that are the traffic straight into the slab. */
export class FastWriter {
  readonly #version: ProtocolVersion;
  readonly #slab: Slab;
  readonly #topics = new EncodedTopics();
  readonly #properties = new PropertyWriter();

  constructor(version: ProtocolVersion, slab: Slab) {
    this.#version = version;
    this.#slab = slab;
  }

  publish(packet: PublishPacket): void {
    const { payload, qos, packetId = 0 } = packet;
    if (!isBytes(payload)) throw unencodable('publish', 'the payload must be a Uint8Array');
    requireInteger('publish', 'the QoS', qos, 0, 2);
    if (qos > 0) requireInteger('publish', 'the packet identifier', packetId, 1, 0xffff);
    const topic = this.#topics.get(packet.topic);
    const propertiesSize = this.#writeProperties(packet);
    const sectionSize = this.#version === 5 ? variableByteIntegerSize(propertiesSize) + propertiesSize : 0;
    const remaining = topic.length + (qos > 0 ? 2 : 0) + sectionSize + payload.length;
    if (remaining > MAX_REMAINING) throw unencodable('publish', `a packet cannot hold ${remaining} bytes`);

    const slab = this.#slab;
    slab.reserve(5 + remaining);
    slab.uint8(0x30 | (packet.dup ? 8 : 0) | (qos << 1) | (packet.retain ? 1 : 0));
    slab.variable(remaining);
    slab.raw(topic);
    if (qos > 0) slab.uint16(packetId);
    if (this.#version === 5) slab.variable(propertiesSize);
    if (propertiesSize > 0) slab.raw(this.#properties.bytes.subarray(0, propertiesSize));
    slab.raw(payload);
  }

  /** Leaves the properties in their writer, for their length comes before them. */
  #writeProperties({ properties }: PublishPacket): number {
    if (this.#version < 5 || properties === undefined) return 0;
    return this.#properties.write('publish', properties, place.publish);
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
    // Success needs no reason code, and a reason code alone no property length (5.0 section 3.4.2).
    slab.uint8(reasonCode === 0 ? 2 : 3);
    slab.uint16(packetId);
    if (reasonCode !== 0) slab.uint8(reasonCode);
  }
}
