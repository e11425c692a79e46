/**
 * UTF-8 strings of MQTT (5.0 section 1.5.4, 3.1.1 section 1.5.3): at most 65,535 bytes, well-formed, without U+0000.
 * A byte order mark is a character like any other [MQTT-1.5.4-3].
 */
import { utf8Decoder, utf8Encoder } from '../platform.js';

/** The largest length that the two bytes before a string can hold. */
export const MAX_STRING_BYTES = 0xffff;

const encoder = /* @__PURE__ */ utf8Encoder();
const decoder = /* @__PURE__ */ utf8Decoder({ fatal: true, ignoreBOM: true });

// With the flag u, a pair of surrogates is one code point, so this matches only lone ones.
const loneSurrogate = /[\ud800-\udfff]/u;

/** Whether `text` has no lone surrogates, so that UTF-8 can encode it. */
export function isWellFormed(text: string): boolean {
  return !loneSurrogate.test(text);
}

/** Returns the number of bytes of `text` in UTF-8. */
export function utf8ByteLength(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    bytes += unit < 0x800 ? 1 : 2;
    // A pair of surrogates is two units and four bytes.
    if (unit >= 0xd800 && unit <= 0xdbff && isLowSurrogate(text.charCodeAt(i + 1))) i++;
  }
  return bytes;
}

/** Whether `text` can be a string of MQTT. */
export function isMqttString(text: string): boolean {
  return isWellFormed(text) && !text.includes('\0') && utf8ByteLength(text) <= MAX_STRING_BYTES;
}

/** Encodes `text` as UTF-8. A lone surrogate becomes U+FFFD, so check {@link isWellFormed} first. */
export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Writes `text` at `offset` and returns the number of bytes. The target must be large enough. */
export function encodeUtf8Into(text: string, target: Uint8Array, offset: number): number {
  return encoder.encodeInto(text, target.subarray(offset)).written;
}

/** Decodes the bytes from `start` to `end`. Returns undefined where they are not well-formed UTF-8 or hold U+0000. */
export function decodeUtf8(bytes: Uint8Array, start = 0, end = bytes.length): string | undefined {
  try {
    const text = decoder.decode(bytes.subarray(start, end));
    return text.includes('\0') ? undefined : text;
  } catch {
    return undefined;
  }
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
