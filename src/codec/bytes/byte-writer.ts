import { NO_BYTES } from '../../protocol/bytes.js';
import { encodeUtf8Into } from '../../protocol/utf8.js';
import { requireBytes, requireText } from '../unencodable.js';

/** The largest variable byte integer, and so the largest remaining length (5.0 section 2.1.4). */
export const MAX_REMAINING = 0xfffffff;

/** Up to this number of characters a loop is faster than TextEncoder. */
const SHORT_TEXT = 40;

/** Up to this number of bytes a loop is faster than `set`. */
const FEW_BYTES = 32;

/** Writes the data types of MQTT (5.0 section 1.5) one after another. */
export class ByteWriter {
  bytes = NO_BYTES;
  /** The index of the next byte. */
  position = 0;

  /** Makes sure that the buffer has space for `count` more bytes. */
  reserve(count: number): void {
    if (this.position + count > this.bytes.length) this.grow(count);
  }

  protected grow(count: number): void {
    const bytes = new Uint8Array(2 * (this.position + count));
    bytes.set(this.bytes.subarray(0, this.position));
    this.bytes = bytes;
  }

  // The caller of these methods has reserved the space.

  uint8(value: number): void {
    this.bytes[this.position++] = value;
  }

  uint16(value: number): void {
    const { bytes, position } = this;
    bytes[position] = value >> 8;
    bytes[position + 1] = value;
    this.position = position + 2;
  }

  uint32(value: number): void {
    this.uint16(value >>> 16);
    this.uint16(value & 0xffff);
  }

  /** Writes a variable byte integer (5.0 section 1.5.5). */
  variable(value: number): void {
    const { bytes } = this;
    let at = this.position;
    let rest = value;
    for (; rest > 0x7f; rest >>>= 7) bytes[at++] = (rest & 0x7f) | 0x80;
    bytes[at++] = rest;
    this.position = at;
  }

  raw(bytes: Uint8Array): void {
    const { bytes: target, position } = this;
    const { length } = bytes;
    if (length > FEW_BYTES) target.set(bytes, position);
    else for (let i = 0; i < length; i++) target[position + i] = bytes[i]!;
    this.position = position + length;
  }

  // These methods write the length first, reserve their own space, and throw for a value that has no form on the wire.

  text(packet: string, what: string, text: string): void {
    if (typeof text === 'string' && text.length <= SHORT_TEXT && this.#tryAscii(text)) return;
    requireText(packet, what, text);
    this.reserve(2 + 3 * text.length);
    const written = encodeUtf8Into(text, this.bytes, this.position + 2);
    this.uint16(written);
    this.position += written;
  }

  binary(packet: string, what: string, bytes: Uint8Array): void {
    requireBytes(packet, what, bytes);
    this.reserve(2 + bytes.length);
    this.uint16(bytes.length);
    this.raw(bytes);
  }

  /** Writes `text` if it is ASCII without U+0000, and returns whether it did. */
  #tryAscii(text: string): boolean {
    const { length } = text;
    this.reserve(2 + length);
    const start = this.position + 2;
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit === 0 || unit > 0x7f) return false;
      this.bytes[start + i] = unit;
    }
    this.uint16(length);
    this.position += length;
    return true;
  }
}
