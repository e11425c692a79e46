/** What was asked for cannot be done as it was written. It ends the program with the exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Returns the word of a list that somebody probably meant: one that begins alike (`subscribe`, `rec`), or has nearly the same letters. */
export function nearest(word: string, words: readonly string[]): string | undefined {
  const begun = words.find(each => word.length > 2 && (each.startsWith(word) || word.startsWith(each)));
  if (begun !== undefined) return begun;
  const [best] = words
    .map(each => ({ each, distance: distanceOf(word, each) }))
    .filter(({ each, distance }) => distance < word.length && distance <= Math.max(2, each.length / 3))
    .sort((a, b) => a.distance - b.distance);
  return best?.each;
}

/** Returns how many letters have to be added, removed or replaced. */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)));
    row = next;
  }
  return row[b.length]!;
}
