/**
 * The seeds of this run: those of the test, or what `CHAOS_SEEDS` says, such as `7,9` or `1-500`. The title of a test has its seed, so a
 * failure is replayed with `CHAOS_SEEDS=7`.
 */
export function seeds(...usual: readonly number[]): readonly number[] {
  const asked = process.env.CHAOS_SEEDS;
  if (asked === undefined || asked === '') return usual;
  return asked.split(',').flatMap(part => {
    const [first = NaN, last = first] = part.split('-').map(Number);
    if (!Number.isInteger(first) || !Number.isInteger(last) || last < first) {
      throw new Error(`CHAOS_SEEDS must be seeds or ranges of them, such as 7,9 or 1-500, not '${asked}'`);
    }
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });
}
