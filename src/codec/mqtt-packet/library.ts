import { Buffer } from 'buffer';
import { parser } from 'mqtt-packet';

// `#mqtt-packet` is this file in the sources. In the package it is a bundle of mqtt-packet and ./browser/, which scripts/build/codec.ts makes.

export { parser };

/** Returns a Buffer, as mqtt-packet requires, over the same memory. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
