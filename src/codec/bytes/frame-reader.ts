import { NO_BYTES } from '../../protocol/bytes.js';
import { decodeUtf8 } from '../../protocol/utf8.js';
import { malformed } from '../../protocol/violations.js';

/** Reads the values of a packet one after another (5.0 section 1.5). Throws MALFORMED_PACKET if the bytes hold no such value. */
export class FrameReader {
  /** The name of the packet, for messages. */
  packet = '';
  bytes = NO_BYTES;
  position = 0;
  end = 0;

  open(packet: string, bytes: Uint8Array, position: number, end: number): void {
    this.packet = packet;
    this.bytes = bytes;
    this.position = position;
    this.end = end;
  }

  get left(): number {
    return this.end - this.position;
  }

  byte(what: string): number {
    const at = this.#take(1, what);
    return this.bytes[at]!;
  }

  uint16(what: string): number {
    const at = this.#take(2, what);
    return (this.bytes[at]! << 8) | this.bytes[at + 1]!;
  }

  uint32(what: string): number {
    const high = this.uint16(what);
    return high * 0x10000 + this.uint16(what);
  }

  /** Reads a variable byte integer (5.0 section 1.5.5). */
  variable(what: string): number {
    let value = 0;
    let unit = 1;
    for (let count = 1; count <= 4; count++) {
      const byte = this.byte(what);
      value += (byte & 0x7f) * unit;
      unit *= 0x80;
      if (byte >= 0x80) continue;
      if (byte === 0 && count > 1) throw this.malformed(`${what} is not in the shortest form [MQTT-1.5.5-1]`);
      return value;
    }
    throw this.malformed(`${what} takes more than four bytes`);
  }

  text(what: string): string {
    const length = this.uint16(what);
    const at = this.#take(length, what);
    const text = decodeUtf8(this.bytes, at, at + length);
    if (text === undefined) throw this.malformed(`${what} is not well-formed UTF-8 or holds U+0000 [MQTT-1.5.4-1]`);
    return text;
  }

  /** Returns a view, not a copy. */
  binary(what: string): Uint8Array {
    const length = this.uint16(what);
    const at = this.#take(length, what);
    return this.bytes.subarray(at, at + length);
  }

  malformed(what: string): Error {
    return malformed(this.packet, what);
  }

  #take(count: number, what: string): number {
    const at = this.position;
    if (at + count > this.end) throw this.malformed(`it ends within ${what}`);
    this.position = at + count;
    return at;
  }
}
