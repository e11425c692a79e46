import type { Packet, ProtocolVersion } from '../packets.js';
import { FastWriter, ackFirstByte } from './fast/writer.js';
import { NO_BYTES } from '../protocol/bytes.js';
import { MAX_REMAINING } from './bytes/byte-writer.js';
import { Slab } from './bytes/slab.js';
import { acknowledgementBody, connectBody, reasonBody, subscribeBody, unsubscribeBody } from './packet-bodies.js';
import { unencodable } from './unencodable.js';
import { hasProperties } from './properties/writer.js';

/** Turns packets of a client into bytes: call `write()` for each packet, and `take()` for the bytes of all of them. */
export class PacketEncoder {
  readonly #version: ProtocolVersion;
  readonly #slab = new Slab();
  #fastWriter: FastWriter | undefined;

  constructor(version: ProtocolVersion) {
    this.#version = version;
  }

  /** Created on demand, because many connections publish nothing and acknowledge nothing. */
  get #fast(): FastWriter {
    return (this.#fastWriter ??= new FastWriter(this.#version, this.#slab));
  }

  /** Replaces repeated topics by at most `maximum` topic aliases from now on, in packets of at most `maximumPacketSize` bytes; 5.0 only. */
  useAliases(maximum: number, maximumPacketSize: number): void {
    this.#fast.useAliases(maximum, maximumPacketSize);
  }

  /** The number of bytes that wait for `take()`. */
  get size(): number {
    return this.#slab.size;
  }

  /** Appends a packet and returns its size in bytes. Throws for a packet that has no form on the wire, and writes nothing of it. */
  write(packet: Packet): number {
    const version = this.#version;
    const before = this.#slab.size;
    switch (packet.cmd) {
      case 'publish':
        this.#fast.publish(packet);
        break;
      case 'puback':
      case 'pubrec':
      case 'pubrel':
      case 'pubcomp':
        if (version < 5 || !hasProperties(packet.properties)) this.#fast.acknowledge(packet);
        else this.#writeFrame(packet, ackFirstByte[packet.cmd], acknowledgementBody(packet));
        break;
      case 'connect':
        this.#writeFrame(packet, 0x10, connectBody(packet, version));
        break;
      case 'subscribe':
        this.#writeFrame(packet, 0x82, subscribeBody(packet, version));
        break;
      case 'unsubscribe':
        this.#writeFrame(packet, 0xa2, unsubscribeBody(packet, version));
        break;
      case 'pingreq':
        this.#writeFrame(packet, 0xc0, NO_BYTES);
        break;
      case 'disconnect':
        this.#writeFrame(packet, 0xe0, version < 5 ? NO_BYTES : reasonBody(packet));
        break;
      case 'auth':
        if (version < 5) throw unencodable('auth', 'it exists in MQTT 5.0 only');
        this.#writeFrame(packet, 0xf0, reasonBody(packet));
        break;
      default:
        throw unencodable(packet.cmd, 'a client sends no such packet');
    }
    return this.#slab.size - before;
  }

  #writeFrame({ cmd }: Packet, firstByte: number, body: Uint8Array): void {
    if (body.length > MAX_REMAINING) throw unencodable(cmd, `a packet cannot hold ${body.length} bytes`);
    const slab = this.#slab;
    slab.reserve(5 + body.length);
    slab.uint8(firstByte);
    slab.variable(body.length);
    slab.raw(body);
  }

  /** Returns all bytes written since the last `take()`. They are not overwritten unless `giveBack()` is called. */
  take(): Uint8Array {
    return this.#slab.take();
  }

  /** Allows all bytes that `take()` returned to be overwritten. */
  giveBack(): void {
    this.#slab.giveBack();
  }

  /** Keeps no buffer in memory until the next packet. */
  release(): void {
    this.#slab.release();
  }

  /** Appends a packet that has been written elsewhere, and returns its size in bytes. */
  protected append(bytes: Uint8Array): number {
    this.#slab.reserve(bytes.length);
    this.#slab.raw(bytes);
    return bytes.length;
  }
}
