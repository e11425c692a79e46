const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Returns bytes in base64 with padding (RFC 4648 section 4). Some engines have no `btoa`. */
export function toBase64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 3) {
    const left = bytes.length - i;
    const triple = (bytes[i]! << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0);
    text += digits[triple >> 18]! + digits[(triple >> 12) & 63]!;
    text += left > 1 ? digits[(triple >> 6) & 63]! : '=';
    text += left > 2 ? digits[triple & 63]! : '=';
  }
  return text;
}

/** Returns the bytes of base64 with padding; undefined if the text is not base64. */
export function fromBase64(text: string): Uint8Array | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  for (let i = 0, at = 0; i < text.length; i += 4, at += 3) {
    let quadruple = 0;
    for (let j = i; j < i + 4; j++) quadruple = (quadruple << 6) | Math.max(0, digits.indexOf(text[j]!));
    // Writes beyond the end of a typed array have no effect.
    bytes[at] = quadruple >> 16;
    bytes[at + 1] = (quadruple >> 8) & 0xff;
    bytes[at + 2] = quadruple & 0xff;
  }
  return bytes;
}
