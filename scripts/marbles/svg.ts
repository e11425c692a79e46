/** One element of a drawing, as text. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  ...content: string[]
): string {
  const given = Object.entries(attributes).map(([key, value]) => ` ${key}="${written(value)}"`);
  const inside = content.join('');
  return inside === '' ? `<${name}${given.join('')}/>` : `<${name}${given.join('')}>${inside}</${name}>`;
}

export function text(x: number, y: number, kind: string, words: string): string {
  return element('text', { x, y, class: kind }, escaped(words));
}

export const line = (x1: number, y1: number, x2: number, y2: number, kind: string): string =>
  element('line', { x1, y1, x2, y2, class: kind });

export const rect = (x: number, y: number, width: number, height: number, kind: string, rx = 0): string =>
  element('rect', { x, y, width, height, class: kind, ...(rx === 0 ? {} : { rx }) });

export const path = (d: string, kind: string): string => element('path', { d, class: kind });

export const escaped = (words: string): string =>
  words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');

/** Half a pixel is as fine as a drawing gets: the same on every machine. */
const written = (value: string | number): string =>
  typeof value === 'number' ? String(Math.round(2 * value) / 2) : value;
