import { utf8Decoder } from '../../../platform.js';

// A byte order mark is a character like any other [MQTT-1.5.4-3].
const decoder = utf8Decoder({ ignoreBOM: true });

/** The part of the package bl that mqtt-packet uses. It holds one buffer, because the codec passes one whole frame at a time. */
export class BufferList {
  #bytes: Uint8Array = new Uint8Array(0);

  get length(): number {
    return this.#bytes.length;
  }

  append(bytes: Uint8Array): void {
    this.#bytes = bytes;
  }

  consume(count: number): void {
    this.#bytes = this.#bytes.subarray(count);
  }

  slice(start: number, end: number): Uint8Array {
    return this.#bytes.subarray(start, end);
  }

  toString(_encoding: string, start: number, end: number): string {
    return decoder.decode(this.slice(start, end));
  }

  readUInt8(at: number): number {
    return this.#view.getUint8(at);
  }

  readUInt16BE(at: number): number {
    return this.#view.getUint16(at);
  }

  /** A DataView throws beyond its end, as a Buffer does. */
  get #view(): DataView {
    const { buffer, byteOffset, length } = this.#bytes;
    return new DataView(buffer, byteOffset, length);
  }
}
