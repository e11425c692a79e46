/** px that words take, at the most: as wide as the widest of the fonts that a reader may have (DejaVu, Verdana). */
export const widthOf = (words: string, size: number): number =>
  size * Array.from(words).reduce((sum, each) => sum + wide(each), 0);

export const widthOfCode = (code: string, size: number): number => size * 0.62 * code.length;

function wide(character: string): number {
  if (/[ijlI.,:;'|!()[\]"]/.test(character)) return 0.41;
  if (/[mwMW@%]/.test(character)) return 0.98;
  if (/[A-Z]/.test(character)) return 0.76;
  if (character === ' ') return 0.34;
  return 0.64;
}
