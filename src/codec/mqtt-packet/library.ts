import { Buffer } from 'buffer';

// `#mqtt-packet` is this file on Node. In browsers it is a bundle of mqtt-packet and ./browser/, which scripts/browser-codec.ts builds.

export { parser, writeToStream } from 'mqtt-packet';

/** Returns a Buffer, as mqtt-packet requires, over the same memory. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
