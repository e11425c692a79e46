/** The members of TextEncoder that this library uses. */
export interface Utf8Encoder {
  encode(text: string): Uint8Array;
  /** Stops before the first character that does not fit. `written` counts bytes. */
  encodeInto(text: string, target: Uint8Array): { written: number };
}

/** The members of TextDecoder that this library uses. */
export interface Utf8Decoder {
  decode(bytes: Uint8Array): string;
}

/** The encoder for engines without TextEncoder, or without its `encodeInto`. A lone surrogate becomes U+FFFD. */
export const plainEncoder: Utf8Encoder = Object.freeze({
  encode(text: string): Uint8Array {
    const target = new Uint8Array(3 * text.length);
    return target.slice(0, encodeInto(text, target).written);
  },
  encodeInto,
});

function encodeInto(text: string, target: Uint8Array): { written: number } {
  let written = 0;
  for (let i = 0; i < text.length; i++) {
    let point = text.codePointAt(i)!;
    if (point > 0xffff) i++;
    else if (point >= 0xd800 && point <= 0xdfff) point = 0xfffd;
    const more = point < 0x80 ? 0 : point < 0x800 ? 1 : point < 0x10000 ? 2 : 3;
    if (written + more >= target.length) break;
    target[written++] = more === 0 ? point : ((0xff00 >> (more + 1)) & 0xff) | (point >> (6 * more));
    for (let rest = more - 1; rest >= 0; rest--) target[written++] = 0x80 | ((point >> (6 * rest)) & 0x3f);
  }
  return { written };
}

/** Returns the decoder for engines without TextDecoder, or without these options of it. They have the meaning of the Encoding Standard. */
export function plainDecoder({ fatal = false, ignoreBOM = false }: TextDecoderOptions): Utf8Decoder {
  return {
    decode(bytes) {
      let text = '';
      let at = !ignoreBOM && bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
      while (at < bytes.length) {
        const lead = bytes[at++]!;
        let more = lead < 0x80 ? 0 : lead < 0xc2 ? -1 : lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : lead < 0xf5 ? 3 : -1;
        let point = more > 0 ? lead & (0x3f >> more) : lead;
        // The second byte has its own bounds, which exclude overlong forms, surrogates and code points above U+10FFFF.
        let least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
        let most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
        while (more > 0) {
          const next = bytes[at] ?? 0;
          if (next < least || next > most) break;
          point = (point << 6) | (next & 0x3f);
          [least, most] = [0x80, 0xbf];
          at++;
          more--;
        }
        if (more !== 0 && fatal) throw new TypeError('the bytes are not well-formed UTF-8');
        text += String.fromCodePoint(more === 0 ? point : 0xfffd);
      }
      return text;
    },
  };
}
