/** One element of a drawing, as text. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  ...content: string[]
): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${attributeText(value)}"`);
  const inside = content.join('');
  return inside === '' ? `<${name}${written.join('')}/>` : `<${name}${written.join('')}>${inside}</${name}>`;
}

/** A group with the text that a reader gets who points at it, which has one line for each part. */
export const group = (kind: string, title: readonly string[] | undefined, ...content: string[]): string =>
  element(
    'g',
    { class: kind },
    title === undefined ? '' : element('title', {}, title.map(escaped).join('\n')),
    ...content,
  );

export function text(x: number, y: number, kind: string, words: string): string {
  return element('text', { x, y, class: kind }, escaped(words));
}

export const line = (x1: number, y1: number, x2: number, y2: number, kind: string): string =>
  element('line', { x1, y1, x2, y2, class: kind });

export const rect = (x: number, y: number, width: number, height: number, kind: string, rx = 0): string =>
  element('rect', { x, y, width, height, class: kind, ...(rx === 0 ? {} : { rx }) });

export const path = (d: string, kind: string): string => element('path', { d, class: kind });

/** The head of a line that goes on. */
export const arrow = (x: number, y: number): string =>
  path(`M${x - 1} ${y - 4}L${x + 6} ${y}L${x - 1} ${y + 4}Z`, 'dot');

/** Text as XML. XML has no place for most control characters, and those of bidirectional text make it look like another one. */
export const escaped = (words: string): string =>
  words
    .replace(/[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, visible)
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');

/** The picture of a control character that Unicode has, or the replacement character. */
function visible(character: string): string {
  const code = character.charCodeAt(0);
  if (code < 0x20) return String.fromCharCode(0x2400 + code);
  return code === 0x7f ? '\u2421' : '\ufffd';
}

/** Half a pixel is as fine as a drawing gets: the same on every machine. */
const attributeText = (value: string | number): string =>
  typeof value === 'number' ? String(Math.round(2 * value) / 2) : value;
