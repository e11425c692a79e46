import { Buffer } from 'buffer';
import { parser, writeToStream } from 'mqtt-packet';

// `#mqtt-packet` is this file in the sources. In the package it is a bundle of mqtt-packet and ./browser/, which scripts/build/codec.ts makes.

// By default mqtt-packet fills a table of 65,536 Buffers at its first packet, which takes 80 ms or more.
writeToStream.cacheNumbers = false;

export { parser, writeToStream };

/** Returns a Buffer, as mqtt-packet requires, over the same memory. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
