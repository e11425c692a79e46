import type { PacketDecoder } from '../../codec/decoder.js';
import type { ByteProgress } from '../../operators/liveness/byte-progress.js';
import type { PacketWriter } from './packet-writer.js';

/** Counts the bytes of both directions. Lives with the connection. */
export class Progress implements ByteProgress {
  readonly #writer: PacketWriter;
  readonly #decoder: PacketDecoder;
  received = 0;
  leftAtRead = 0;

  constructor(writer: PacketWriter, decoder: PacketDecoder) {
    this.#writer = writer;
    this.#decoder = decoder;
  }

  get written(): number {
    return this.#writer.written;
  }

  get left(): number {
    return this.#writer.written - this.#writer.unsentBytes;
  }

  get unread(): number {
    return this.#decoder.unread;
  }

  read(chunk: Uint8Array): void {
    this.received += chunk.length;
    this.leftAtRead = this.left;
  }
}
