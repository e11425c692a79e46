import type { Packet, ProtocolVersion } from '../packets.js';
import type { TopicAliases } from '../protocol/outbound/topic-aliases.js';
import { FastWriter } from './fast/writer.js';
import { Slab } from './bytes/slab.js';
import { writeSlowly } from './mqtt-packet/writer.js';
import { shortForm } from './short-form.js';
import { hasProperties } from './properties/writer.js';

/** Turns packets into bytes: `write()` them as they come, `take()` them all together. */
export class PacketEncoder {
  readonly #version: ProtocolVersion;
  readonly #slab = new Slab();
  readonly #fast: FastWriter;

  constructor(version: ProtocolVersion) {
    this.#version = version;
    this.#fast = new FastWriter(version, this.#slab);
  }

  /** 5.0: from now on topics that repeat go as aliases, in packets of at most `maximumPacketSize` bytes. */
  useAliases(aliases: TopicAliases, maximumPacketSize: number): void {
    this.#fast.useAliases(aliases, maximumPacketSize);
  }

  /** The bytes that wait for `take()`. */
  get size(): number {
    return this.#slab.size;
  }

  /** Appends a packet and returns how many bytes it takes. One that has no form on the wire is thrown, and nothing of it written. */
  write(packet: Packet): number {
    const before = this.#slab.size;
    switch (packet.cmd) {
      case 'publish':
        this.#fast.publish(packet);
        break;
      case 'puback':
      case 'pubrec':
      case 'pubrel':
      case 'pubcomp':
        if (this.#version < 5 || !hasProperties(packet.properties)) this.#fast.acknowledge(packet);
        else this.#append(writeSlowly(packet, this.#version));
        break;
      default:
        this.#append(shortForm(packet, this.#version) ?? writeSlowly(packet, this.#version));
    }
    return this.#slab.size - before;
  }

  /** All bytes written since the last `take()`. They are the caller's: nothing writes to them again, until they are given back. */
  take(): Uint8Array {
    return this.#slab.take();
  }

  /** All that `take()` gave may be written to again. */
  giveBack(): void {
    this.#slab.giveBack();
  }

  #append(bytes: Uint8Array): void {
    this.#slab.reserve(bytes.length);
    this.#slab.raw(bytes);
  }
}
