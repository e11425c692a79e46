/** The char codes of the characters with a meaning in topics and filters (5.0 section 4.7.1). */
export const SLASH = 0x2f;
export const PLUS = 0x2b;
export const HASH = 0x23;
export const DOLLAR = 0x24;

/** Whether a filter can match more than one topic, that is, whether it has `+` or `#`. */
export function hasWildcard(filter: string): boolean {
  return filter.includes('+') || filter.includes('#');
}

const PREFIX = '$share/';

/** A filter without its `$share/group/`, and its group where it has one. */
export interface SharedFilter {
  group?: string;
  filter: string;
}

/** Returns the length of `$share/group/` at the beginning of a filter; 0 for other filters (5.0 section 4.8.2). */
export function shareLength(filter: string): number {
  return filter.startsWith(PREFIX) ? filter.indexOf('/', PREFIX.length) + 1 : 0;
}

/** Splits `$share/group/filter` into group and filter. Returns any other filter as it is. */
export function parseShare(filter: string): SharedFilter {
  const start = shareLength(filter);
  if (start === 0) return { filter };
  return { group: filter.slice(PREFIX.length, start - 1), filter: filter.slice(start) };
}
