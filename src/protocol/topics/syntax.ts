/** Char codes of the characters that mean something in topic names and filters (5.0 section 4.7.1). */
export const SLASH = 0x2f;
export const PLUS = 0x2b;
export const HASH = 0x23;
export const DOLLAR = 0x24;

/** Whether a filter can match more than one topic: it has `+` or `#`. */
export function hasWildcard(filter: string): boolean {
  return filter.includes('+') || filter.includes('#');
}

const PREFIX = '$share/';

/** A filter without its `$share/group/`, and the group where it has one. */
export interface SharedFilter {
  group?: string;
  filter: string;
}

/** Where the filter behind `$share/group/` begins: 0 for a filter that is not shared (5.0 section 4.8.2). */
export function shareLength(filter: string): number {
  return filter.startsWith(PREFIX) ? filter.indexOf('/', PREFIX.length) + 1 : 0;
}

/** Takes `$share/group/filter` apart; any other filter comes back as it is. */
export function parseShare(filter: string): SharedFilter {
  const start = shareLength(filter);
  if (start === 0) return { filter };
  return { group: filter.slice(PREFIX.length, start - 1), filter: filter.slice(start) };
}
