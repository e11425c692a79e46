import type { PublishPacket } from '../../packets.js';

/** Returns messages with their topics where a topic alias stands for it (5.0 section 3.3.2.3.4). Lives with the connection. */
export class AliasTopics {
  readonly #topics = new Map<number, string>();

  /** Returns the message without an alias. */
  resolve(packet: PublishPacket): PublishPacket {
    const { topicAlias, ...properties } = packet.properties ?? {};
    if (topicAlias === undefined) return packet;
    if (packet.topic !== '') this.#topics.set(topicAlias, packet.topic);
    return { ...packet, topic: this.#topics.get(topicAlias) ?? packet.topic, properties };
  }
}
