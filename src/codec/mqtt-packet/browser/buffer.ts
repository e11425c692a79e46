import { utf8ByteLength } from '../../../protocol/utf8.js';

/** The part of Node's Buffer that mqtt-packet uses. */
export class Buffer extends Uint8Array {
  static isBuffer(value: unknown): boolean {
    return value instanceof Buffer;
  }

  static allocUnsafe(size: number): Buffer {
    return new Buffer(size);
  }

  static byteLength(value: string | Uint8Array): number {
    return typeof value === 'string' ? utf8ByteLength(value) : value.length;
  }

  writeUInt8(value: number, at: number): void {
    this[at] = value;
  }
}

export function asBuffer(bytes: Uint8Array): Buffer {
  return new Buffer(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.length);
}
