/** The most characters of a foreign text that a message shows, so that the sentence around it stays readable. */
const LONGEST_PIECE = 150;
const LONGEST_KEY = 60;
/** The most characters of a message, whatever it contains. */
const LONGEST_MESSAGE = 2_000;

/** An @, also if it is full-width, small, or percent-encoded any number of times. */
const AT = /[@\uff20\ufe6b]|%(?:25)*(?:40|EF%(?:25)*BC%(?:25)*A0|EF%(?:25)*B9%(?:25)*AB)/i;

/**
 * The characters on which a terminal or a log file acts, and those that are invisible: control characters (C0, C1), marks that change
 * the direction of text, line separators, characters without width, and lone surrogates.
 */
const UNSAFE =
  /[\0-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\u{e0000}-\u{e007f}]/gu;

const escapes: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Returns foreign text as a part of a message: in single quotes, with its control characters escaped and its length bounded. */
export function quoted(text: string): string {
  return `'${piece(text)}'`;
}

/** Returns the same without quotes, for the words of a broker, a library or the system that continue a message. */
export function piece(text: string): string {
  return printable(text, LONGEST_PIECE);
}

/**
 * Returns a key as a message may show it. A key that could be part of a URL, which was spread into an object by mistake, may hold a
 * credential and is not shown.
 */
export function showKey(key: string): string {
  return /[:/\\%]/.test(key) || mayHoldUserInfo(key) ? '...' : printable(key, LONGEST_KEY);
}

/** Describes the type of a value, without the value. */
export function kindOf(value: unknown): string {
  if (value === null) return 'null';
  if (value === undefined) return 'undefined';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'object') return instanceOf(value);
  return `a ${typeof value}`;
}

/** Returns whether `text` may contain the user info of a URL, however malformed the URL is. */
export function mayHoldUserInfo(text: string): boolean {
  return AT.test(text);
}

/** Returns the message of what was thrown, as a part of another message. */
export function wordsOf(thrown: unknown): string {
  return piece(describe(thrown instanceof Error ? thrown.message : thrown));
}

/** Returns a whole message of an error or warning, escaped and bounded even if the code that composed it forgot to quote. */
export function printableMessage(message: string): string {
  return printable(message, LONGEST_MESSAGE);
}

/** Shows a byte, such as a reason code: `0x1f`. */
export function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, '0')}`;
}

function printable(text: string, longest: number): string {
  const isLong = text.length > longest;
  const safe = (isLong ? text.slice(0, longest) : text).replace(UNSAFE, escape);
  // Escaping makes the text longer.
  return isLong || safe.length > longest ? `${safe.slice(0, longest)}...` : safe;
}

function escape(character: string): string {
  const code = character.codePointAt(0)!.toString(16);
  return escapes[character] ?? (code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`);
}

function describe(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return 'what was thrown has no text';
  }
}

function instanceOf(value: object): string {
  const { constructor } = value;
  const name = typeof constructor === 'function' ? constructor.name : '';
  return name === '' || name === 'Object' ? 'an object' : `an object of class ${showKey(name)}`;
}
