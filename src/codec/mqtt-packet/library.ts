import { Buffer } from 'buffer';

// Imported as `#mqtt-packet` from the sources; the package has a bundle which scripts/browser-codec.ts makes of mqtt-packet and ./browser/.

export { parser, writeToStream } from 'mqtt-packet';

/** The same bytes, not a copy, as what mqtt-packet takes for bytes. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
