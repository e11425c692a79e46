/** Char codes of the characters that mean something in topic names and filters (5.0 section 4.7.1). */
export const SLASH = 0x2f;
export const PLUS = 0x2b;
export const HASH = 0x23;
export const DOLLAR = 0x24;

/** Whether a filter can match more than one topic: it has `+` or `#`. */
export function hasWildcard(filter: string): boolean {
  return filter.includes('+') || filter.includes('#');
}
