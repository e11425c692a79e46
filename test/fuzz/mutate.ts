/** The same numbers from 0 to 1 for the same seed (mulberry32). */
export type Random = () => number;

export { seeded } from '../broker/seeded.js';

/** An integer from 0 to below `bound`. */
export const below = (random: Random, bound: number): number => Math.floor(random() * bound);

type Mutation = (bytes: number[], random: Random, other: Uint8Array) => void;

const telling = [0, 1, 0x7f, 0x80, 0xff];
const longest = 4096;

/** A short piece somewhere in `bytes`. */
function range(bytes: { readonly length: number }, random: Random): [from: number, length: number] {
  const from = below(random, bytes.length + 1);
  return [from, below(random, Math.min(16, bytes.length - from) + 1)];
}

/** Where the frames begin, as far as their lengths hold. */
export function frames(bytes: ArrayLike<number>): { start: number; body: number; end: number }[] {
  const found = [];
  for (let start = 0; start < bytes.length;) {
    let length = 0;
    let body = start + 1;
    for (let shift = 0; ; shift += 7) {
      if (body >= bytes.length || shift > 21) return found;
      const byte = bytes[body++]!;
      length += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) break;
    }
    const end = body + length;
    if (end > bytes.length) return found;
    found.push({ start, body, end });
    start = end;
  }
  return found;
}

const mutations: readonly Mutation[] = [
  function flipBit(bytes, random) {
    const at = below(random, bytes.length);
    if (at < bytes.length) bytes[at]! ^= 1 << below(random, 8);
  },
  function setByte(bytes, random) {
    const at = below(random, bytes.length);
    if (at < bytes.length) bytes[at] = telling[below(random, telling.length)]!;
  },
  function anyByte(bytes, random) {
    const at = below(random, bytes.length);
    if (at < bytes.length) bytes[at] = below(random, 256);
  },
  function insert(bytes, random) {
    const noise = Array.from({ length: 1 + below(random, 8) }, () => below(random, 256));
    bytes.splice(below(random, bytes.length + 1), 0, ...noise);
  },
  function remove(bytes, random) {
    bytes.splice(...range(bytes, random));
  },
  function duplicate(bytes, random) {
    const [from, length] = range(bytes, random);
    bytes.splice(from, 0, ...bytes.slice(from, from + length));
  },
  function splice(bytes, random, other) {
    const [from, length] = range(other, random);
    const at = below(random, bytes.length + 1);
    bytes.splice(at, below(random, 3) * length, ...other.slice(from, from + length));
  },
  /** The head of this one and the tail of another. */
  function cross(bytes, random, other) {
    bytes.splice(below(random, bytes.length + 1), Infinity, ...other.slice(below(random, other.length + 1)));
  },
  function append(bytes, _random, other) {
    bytes.push(...other);
  },
  /** The remaining length, or a byte of it. */
  function changeLength(bytes, random) {
    const found = frames(bytes);
    const at = (found[below(random, found.length)]?.start ?? 0) + 1;
    if (at < bytes.length) bytes[at] = (bytes[at]! + below(random, 9) - 4) & 0xff;
  },
  /** A two-byte length, of a string for instance. */
  function changeInnerLength(bytes, random) {
    const at = below(random, bytes.length - 1);
    if (at < 0 || at + 1 >= bytes.length) return;
    const value = [0, 1, 0x7fff, 0xffff, bytes.length, bytes.length - at - 2][below(random, 6)]!;
    bytes.splice(at, 2, (value >> 8) & 0xff, value & 0xff);
  },
  /** A frame with a body of another length, its remaining length mended: what is wrong is inside. */
  function resizeFrame(bytes, random) {
    const found = frames(bytes);
    const frame = found[below(random, found.length)];
    if (frame === undefined) return;
    const { start, body, end } = frame;
    const length = Math.max(0, Math.min(127, end - body + below(random, 9) - 4));
    const kept = Array.from({ length }, (_, i) => (body + i < end ? bytes[body + i]! : below(random, 256)));
    bytes.splice(start + 1, end - start - 1, length, ...kept);
  },
];

/** `bytes` with one to four changes; `other` lends what is spliced in. */
export function mutate(bytes: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  const result = Array.from(bytes);
  for (let left = 1 + below(random, 4); left > 0; left--) {
    mutations[below(random, mutations.length)]!(result, random, other);
    if (result.length > longest) result.length = longest;
  }
  return Uint8Array.from(result);
}

/** `bytes` in pieces of random sizes; often whole, often byte by byte. */
export function cut(bytes: Uint8Array, random: Random): Uint8Array[] {
  const largest = [bytes.length, 1, 4, 64][below(random, 4)]!;
  const pieces: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = largest === bytes.length ? largest : 1 + below(random, largest);
    pieces.push(bytes.slice(at, at + size));
    at += size;
  }
  return pieces;
}

/** A smaller input that fails too: ever smaller pieces are left out as long as it does. */
export function reduce(bytes: Uint8Array, fails: (bytes: Uint8Array) => boolean): Uint8Array {
  let smallest = bytes;
  for (let size = Math.ceil(bytes.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < smallest.length;) {
      const less = Uint8Array.from([...smallest.subarray(0, at), ...smallest.subarray(at + size)]);
      if (fails(less)) smallest = less;
      else at += size;
    }
  }
  return smallest;
}
