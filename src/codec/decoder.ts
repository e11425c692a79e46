import type { Packet, ProtocolVersion } from '../packets.js';
import { FastReader } from './fast/reader.js';
import { Framer } from './framer.js';
import { SlowReader } from './mqtt-packet/reader.js';

export interface PacketDecoderOptions {
  /** The most bytes of a packet, fixed header included. Default: no limit. */
  maximumPacketSize?: number;
  /** Whether the server may use topic aliases. Default: false. */
  topicAliases?: boolean;
}

/**
 * Turns the bytes of a server into packets: call `push()` with each chunk, then `next()` until it returns undefined. Payloads and binary
 * properties are views into the chunks. `next()` throws for a violation of the protocol, and throws the same error on each later call.
 */
export class PacketDecoder {
  readonly #framer: Framer;
  readonly #fast: FastReader;
  readonly #version: ProtocolVersion;
  /** Made for the packets of one chunk that need it, because idle connections need none. */
  #slow: SlowReader | undefined;
  #failure: Error | undefined;

  constructor(version: ProtocolVersion, options: PacketDecoderOptions = {}) {
    this.#framer = new Framer(version, options.maximumPacketSize);
    this.#fast = new FastReader(version, options.topicAliases);
    this.#version = version;
  }

  /** The number of bytes that arrived and are in no packet that `next()` has returned. */
  get unread(): number {
    return this.#framer.unread;
  }

  push(chunk: Uint8Array): void {
    this.#framer.push(chunk);
  }

  next(): Packet | undefined {
    if (this.#failure !== undefined) throw this.#failure;
    try {
      const framer = this.#framer;
      if (!framer.next()) {
        this.#slow = undefined;
        return undefined;
      }
      const { bytes, start, body, end } = framer;
      const packet = this.#fast.read(bytes, start, body, end);
      return packet ?? (this.#slow ??= new SlowReader(this.#version)).read(bytes, start, body, end);
    } catch (error) {
      this.#failure = error as Error;
      throw error;
    }
  }
}
