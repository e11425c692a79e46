import { encodeUtf8Into } from '../../protocol/utf8.js';
import { requireBytes, requireText } from '../unencodable.js';

/** The largest variable byte integer, so also the largest remaining length (5.0 section 2.1.4). */
export const MAX_REMAINING = 0xfffffff;

/** Up to here a loop in JavaScript is faster than TextEncoder. */
const SHORT = 40;

/** Up to here a loop is faster than `set`. */
const FEW = 32;

/** Writes the data types of MQTT (5.0 section 1.5) one after the other. `reserve()` comes first where it says so. */
export class ByteWriter {
  bytes: Uint8Array = new Uint8Array(0);
  /** Where the next byte goes. */
  position = 0;

  /** Makes room for `count` more bytes. */
  reserve(count: number): void {
    if (this.position + count > this.bytes.length) this.grow(count);
  }

  protected grow(count: number): void {
    const bytes = new Uint8Array(2 * (this.position + count));
    bytes.set(this.bytes.subarray(0, this.position));
    this.bytes = bytes;
  }

  // In reserved room:

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

  /** A variable byte integer. */
  variable(value: number): void {
    const { bytes } = this;
    let at = this.position;
    let rest = value;
    for (; rest > 0x7f; rest >>>= 7) bytes[at++] = (rest & 0x7f) | 0x80;
    bytes[at++] = rest;
    this.position = at;
  }

  raw(bytes: Uint8Array): void {
    const { bytes: room, position } = this;
    const { length } = bytes;
    if (length > FEW) room.set(bytes, position);
    else for (let i = 0; i < length; i++) room[position + i] = bytes[i]!;
    this.position = position + length;
  }

  // With their length in front; these make their own room and throw what cannot be written:

  text(packet: string, what: string, text: string): void {
    if (typeof text === 'string' && text.length <= SHORT && this.#ascii(text)) return;
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

  /** Writes `text` if it is ASCII without U+0000. */
  #ascii(text: string): boolean {
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
