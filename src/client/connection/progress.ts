import type { PacketDecoder } from '../../codec/decoder.js';
import type { ByteProgress } from '../../operators/liveness/byte-progress.js';
import type { Outbox } from './outbox.js';

/** Counts the bytes of both directions. Lives with the connection. */
export class Progress implements ByteProgress {
  readonly #outbox: Outbox;
  readonly #decoder: PacketDecoder;
  received = 0;
  leftAtRead = 0;

  constructor(outbox: Outbox, decoder: PacketDecoder) {
    this.#outbox = outbox;
    this.#decoder = decoder;
  }

  get written(): number {
    return this.#outbox.written;
  }

  get left(): number {
    return this.#outbox.written - this.#outbox.unsentBytes;
  }

  get unread(): number {
    return this.#decoder.unread;
  }

  read(chunk: Uint8Array): void {
    this.received += chunk.length;
    this.leftAtRead = this.left;
  }
}
