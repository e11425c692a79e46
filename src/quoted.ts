/** More of a piece of foreign text is not shown: the sentence around it is to stay readable. */
const LONGEST_PIECE = 150;
const LONGEST_KEY = 60;
/** A message is at most so long, whatever it is made of. */
const LONGEST_MESSAGE = 2_000;

/** An @, also one that is full-width, small or percent-encoded, any number of times. */
const AT = /[@\uff20\ufe6b]|%(?:25)*(?:40|EF%(?:25)*BC%(?:25)*A0|EF%(?:25)*B9%(?:25)*AB)/i;

/**
 * What a terminal or a log file acts on, and what cannot be seen: control characters (C0, C1), marks that turn the direction of text,
 * separators of lines, characters of no width, and halves of surrogate pairs.
 */

const UNSAFE =
  /[\0-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\u{e0000}-\u{e007f}]/gu;

const names: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Text of strangers, or of the user, as a piece of a message: in single quotes, its control characters escaped, its length bounded. */
export function quoted(text: string): string {
  return `'${piece(text)}'`;
}

/** The same without the quotes: for the words of a broker, a library or the system, in which a message goes on. */
export function piece(text: string): string {
  return printable(text, LONGEST_PIECE);
}

/** A key as it may be shown: it can be anything, also a URL that was spread by mistake. Of what is no word it shows nothing. */
export function showKey(key: string): string {
  return /[:/\\%]/.test(key) || mayHoldUserInfo(key) ? '...' : printable(key, LONGEST_KEY);
}

/** Whether there may be user info of a URL in `text`, however badly the URL is written. */
export function mayHoldUserInfo(text: string): boolean {
  return AT.test(text);
}

/** What was thrown, in its own words, as a piece of a message. */
export function wordsOf(thrown: unknown): string {
  return piece(describe(thrown instanceof Error ? thrown.message : thrown));
}

/** A whole message. For those that make errors and warnings, so that no message can forget to quote. */
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
  // each escaped character has become several
  return isLong || safe.length > longest ? `${safe.slice(0, longest)}...` : safe;
}

function escape(character: string): string {
  const code = character.codePointAt(0)!.toString(16);
  return names[character] ?? (code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`);
}

function describe(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return 'what was thrown has no text';
  }
}
