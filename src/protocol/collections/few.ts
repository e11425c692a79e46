/**
 * A set that has one member in most cases, which is then stored without a Set; `undefined` is empty. A Set takes 152 bytes, and hundreds of
 * thousands of them slow garbage collection. Members may be anything but Sets and `undefined`.
 */
export type Few<T> = T | Set<T> | undefined;

export const hasMember = <T>(few: Few<T>, member: T): boolean =>
  few instanceof Set ? few.has(member) : few === member;

/** Returns the set with one more member. The old one must not be used any more. */
export function withMember<T>(few: Few<T>, member: T): Few<T> {
  if (few === undefined || few === member) return member;
  return few instanceof Set ? few.add(member) : new Set([few, member]);
}

/** Returns the set without a member. The old one must not be used any more. */
export function withoutMember<T>(few: Few<T>, member: T): Few<T> {
  if (!(few instanceof Set)) return few === member ? undefined : few;
  few.delete(member);
  return few.size === 0 ? undefined : few;
}

/** Returns the members in the order in which they were added. */
export function membersOf<T>(few: Few<T>): Iterable<T> {
  if (few === undefined) return [];
  return few instanceof Set ? few : [few];
}
