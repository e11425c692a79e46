import { isBytes } from '../../protocol/bytes.js';
import { decodeUtf8 } from '../../protocol/utf8.js';

/** Returns plain data as an expression of TypeScript. Bytes that are text become a call of `bytes()`. */
export function sourceCodeOf(value: unknown): string {
  if (typeof value === 'string') return textLiteral(value);
  if (typeof value !== 'object' || value === null) return String(value);
  if (isBytes(value)) return bytesLiteral(value);
  if (Array.isArray(value)) return `[${value.map(sourceCodeOf).join(', ')}]`;
  const entries = Object.entries(value).filter(([, part]) => part !== undefined);
  if (entries.length === 0) return '{}';
  return `{ ${entries.map(([key, part]) => `${keyLiteral(key)}: ${sourceCodeOf(part)}`).join(', ')} }`;
}

/** JSON escapes control characters, and a line separator may stand in a literal. */
function textLiteral(text: string): string {
  const inside = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${inside}'`;
}

const keyLiteral = (key: string): string => (/^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(key) ? key : textLiteral(key));

function bytesLiteral(bytes: Uint8Array): string {
  const text = decodeUtf8(bytes);
  if (text !== undefined) return `bytes(${textLiteral(text)})`;
  if (bytes.every(byte => byte === 0)) return `new Uint8Array(${bytes.length})`;
  return `Uint8Array.of(${[...bytes].join(', ')})`;
}
