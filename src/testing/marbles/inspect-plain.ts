import { isBytes } from '../../protocol/bytes.js';
import { decodeUtf8 } from '../../protocol/utf8.js';

const deepest = 3;
const unseen = /[\u0000-\u001f\u007f-\u009f]/;

/** `0x87` */
export const hex = (byte: number): string => `0x${byte.toString(16)}`;

/** Returns bytes as text in quotes if they are printable UTF-8, otherwise in hexadecimal: `<00 ff>`. */
export function textOf(bytes: Uint8Array): string {
  const text = decodeUtf8(bytes, 0, bytes.length);
  if (text !== undefined && !unseen.test(text)) return JSON.stringify(text);
  const shown = Array.from(bytes.subarray(0, 16), byte => byte.toString(16).padStart(2, '0'));
  return `<${shown.join(' ')}${bytes.length > 16 ? ` ... ${bytes.length} bytes` : ''}>`;
}

/** Returns a value as in source code. `special` returns another description of some objects. */
export function inspectWith(special: (value: object) => string | undefined, value: unknown, depth = 0): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'function') return `[function ${value.name}]`;
  if (typeof value !== 'object' || value === null) return typeof value === 'bigint' ? `${value}n` : String(value);
  if (isBytes(value)) return textOf(value);
  const description = special(value);
  if (description !== undefined) return description;
  if (depth === deepest) return '...';
  const inside = (item: unknown) => inspectWith(special, item, depth + 1);
  if (Array.isArray(value)) return `[${value.map(inside).join(', ')}]`;
  const entries = Object.entries(value).map(([key, item]) => `${key}: ${inside(item)}`);
  return entries.length === 0 ? '{}' : `{ ${entries.join(', ')} }`;
}
