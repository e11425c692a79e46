/** px that a text takes at the most: as wide as in the widest of the fonts that a reader may have (DejaVu, Verdana). */
export const widthOf = (words: string, size: number): number =>
  size * Array.from(words).reduce((sum, character) => sum + proportionalWidth(character), 0);

/** px that a text in a monospaced font takes at the most. */
export const widthOfCode = (code: string, size: number): number =>
  size * Array.from(code).reduce((sum, character) => sum + (isWide(character) ? 1.25 : 0.62), 0);

function proportionalWidth(character: string): number {
  if (/[ijlI.,:;'|!()[\]"]/.test(character)) return 0.41;
  if (/[mwMW@%]/.test(character)) return 0.98;
  if (/[A-Z]/.test(character)) return 0.76;
  if (character === ' ') return 0.34;
  return character > '~' ? 1.1 : 0.64;
}

/** Characters of East Asian scripts are as wide as two of a Latin script. */
const isWide = (character: string): boolean => /^[\u1100-\u115f\u2e80-\u{10ffff}]/u.test(character);

/** The text, cut to a number of characters. */
export function shortened(text: string, most: number): string {
  // Reads no more of a long payload than is shown.
  const characters = Array.from(text.slice(0, 2 * most + 2));
  return characters.length > most ? `${characters.slice(0, most - 1).join('')}…` : text;
}

/** The code, cut to a width in px. */
export function fittedCode(code: string, size: number, width: number): string {
  let most = Math.ceil(width / widthOfCode('m', size));
  while (widthOfCode(shortened(code, most), size) > width) most--;
  return shortened(code, most);
}

/** The text in lines that are at most this wide, in px. */
export function wrappedText(text: string, size: number, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = lines.length > 0 ? `${lines.at(-1)} ${word}` : word;
    if (lines.length > 0 && widthOf(longer, size) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}
