/** What of DER (X.690) a certificate is made of. */

const der = (tag: number, ...content: Uint8Array[]): Buffer => {
  const body = Buffer.concat(content);
  const length: number[] = [];
  for (let left = body.length; left > 0; left >>= 8) length.unshift(left & 0xff);
  const head = body.length < 0x80 ? [body.length] : [0x80 | length.length, ...length];
  return Buffer.concat([Uint8Array.of(tag, ...head), body]);
};

export const sequence = (...items: Uint8Array[]) => der(0x30, ...items);
export const set = (...items: Uint8Array[]) => der(0x31, ...items);
export const integer = (...bytes: number[]) => der(0x02, Uint8Array.from(bytes));
export const boolean = (value: boolean) => der(0x01, Uint8Array.of(value ? 0xff : 0));
export const octets = (...items: Uint8Array[]) => der(0x04, ...items);
export const bits = (...items: Uint8Array[]) => der(0x03, Uint8Array.of(0), ...items);
export const utf8 = (text: string) => der(0x0c, Buffer.from(text));
/** In the context of what holds it, constructed or not. */
export const tagged = (number: number, ...items: Uint8Array[]) => der(0xa0 | number, ...items);
export const implicit = (number: number, content: Uint8Array) => der(0x80 | number, content);

/** As certificates have it until 2050: two digits of the year. */
export const utcTime = (date: Date) =>
  der(0x17, Buffer.from(`${date.toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`));

export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = rest.flatMap(part => {
    const groups = [part & 0x7f];
    for (let left = part >>> 7; left > 0; left >>>= 7) groups.unshift((left & 0x7f) | 0x80);
    return groups;
  });
  return der(0x06, Uint8Array.of(first * 40 + second, ...bytes));
}
