import type { TracePayload } from '../../trace/trace-event.js';

/** How a payload can be read. */
export type PayloadView = 'text' | 'json' | 'hex';

/** What the details show of a payload at most, so that a large one does not stop the page. */
const LONGEST_TEXT = 64 * 1024;
const LONGEST_HEX = 8 * 1024;
/** Characters up to which a text is parsed to find out whether it is JSON. */
const LONGEST_JSON = 1024 * 1024;

const none: TracePayload = { length: 0 };

/** Returns the payload of a packet of a trace. */
export function payloadOf(packet: Readonly<Record<string, unknown>>): TracePayload {
  const { payload } = packet;
  return typeof payload === 'object' && payload !== null && 'length' in payload ? (payload as TracePayload) : none;
}

/** Returns the view in which a payload reads best: JSON for objects, arrays and numbers, text for other text, and hex for bytes. */
export function bestView(payload: TracePayload): PayloadView {
  if (payload.text === undefined) return payload.base64 === undefined ? 'text' : 'hex';
  return /^\s*[[{]/.test(payload.text) && isJson(payload.text) ? 'json' : 'text';
}

/** Returns a payload as a view shows it, or a sentence that says why it cannot. */
export function payloadAs(
  view: PayloadView,
  payload: TracePayload,
  bytesPerRow: 8 | 16 = 16,
): { readonly body?: string; readonly note?: string } {
  if (payload.value !== undefined)
    return { body: JSON.stringify(payload.value, null, 2), note: 'As the recorder wrote it.' };
  if (payload.text === undefined && payload.base64 === undefined) return { note: withoutBytes(payload) };
  if (view === 'hex') return hexView(bytesOf(payload), payload.length, bytesPerRow);
  if (payload.text === undefined) return { note: 'The payload is not UTF-8 text. Look at it in hex.' };
  if (view === 'text') return cut(payload.text);
  if (payload.text.length > LONGEST_JSON) return { note: 'The payload is too long to be shown as JSON.' };
  return isJson(payload.text) ? cut(indented(payload.text)) : { note: 'The payload is not JSON.' };
}

/** Returns a payload in one short line, for a list. */
export function payloadLine(payload: TracePayload): string {
  if (payload.text !== undefined) return payload.text.slice(0, 200);
  if (payload.base64 !== undefined) {
    const bytes = decodeBase64(payload.base64.slice(0, 64));
    return `${hexOf(bytes, ' ')}${bytes.length < payload.length ? '…' : ''}`;
  }
  if (payload.value !== undefined) return JSON.stringify(payload.value).slice(0, 200);
  return payload.hash === undefined ? '' : `hash ${payload.hash}`;
}

function withoutBytes({ length, hash }: TracePayload): string {
  if (length === 0) return 'The payload is empty.';
  return hash === undefined
    ? `The trace has the length of this payload only: ${length} bytes.`
    : `The trace has the length and the hash of this payload only: ${length} bytes, ${hash}.`;
}

function cut(text: string): { body: string; note?: string } {
  if (text.length <= LONGEST_TEXT) return { body: text };
  return { body: text.slice(0, LONGEST_TEXT), note: `The first ${LONGEST_TEXT} of ${text.length} characters.` };
}

function isJson(text: string): boolean {
  if (text.length > LONGEST_JSON) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * Indents valid JSON. It copies numbers and strings as they are: parsing and writing them would change numbers that a double cannot hold,
 * and drop members with the same name.
 */
function indented(json: string): string {
  const parts: string[] = [];
  let depth = 0;
  let length = 0;
  const line = () => `\n${'  '.repeat(Math.min(depth, 50))}`;
  for (const [token] of json.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"|[[{]\s*[\]}]|[[\]{},:]|[^\s[\]{},:"]+/g)) {
    let part = token;
    if (token === '{' || token === '[') {
      depth++;
      part += line();
    } else if (token === '}' || token === ']') {
      depth--;
      part = line() + token;
    } else if (token === ',') part += line();
    else if (token === ':') part = ': ';
    else if (/^[[{]/.test(token)) part = token[0]! + token.at(-1)!;
    parts.push(part);
    if ((length += part.length) > 2 * LONGEST_TEXT) break;
  }
  return parts.join('');
}

function bytesOf({ text, base64 = '' }: TracePayload): Uint8Array {
  // Each character of a text has at least one byte.
  return text === undefined
    ? decodeBase64(base64.slice(0, 4 * Math.ceil(LONGEST_HEX / 3)))
    : new TextEncoder().encode(text.slice(0, LONGEST_HEX));
}

function decodeBase64(base64: string): Uint8Array {
  try {
    return Uint8Array.from(atob(base64), character => character.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}

const hexOf = (bytes: Uint8Array, between: string): string =>
  Array.from(bytes, byte => byte.toString(16).padStart(2, '0')).join(between);

function hexView(bytes: Uint8Array, length: number, bytesPerRow: number): { body: string; note?: string } {
  const lines: string[] = [];
  const shown = bytes.subarray(0, LONGEST_HEX);
  for (let offset = 0; offset < shown.length; offset += bytesPerRow) {
    const row = shown.subarray(offset, offset + bytesPerRow);
    const groups: string[] = [];
    for (let start = 0; start < bytesPerRow; start += 8)
      groups.push(hexOf(row.subarray(start, start + 8), ' ').padEnd(23));
    const characters = Array.from(row, byte => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '·')).join(
      '',
    );
    lines.push(`${offset.toString(16).padStart(6, '0')}  ${groups.join('  ')}  ${characters}`);
  }
  const body = lines.join('\n');
  return shown.length < length ? { body, note: `The first ${shown.length} of ${length} bytes.` } : { body };
}
