/** What a filter and its shared forms lead to: one set without a group, one for each group. */
export type Leaf<T> = { group: string | undefined; values: Set<T> }[];

/** False when this group has the value already. */
export function insert<T>(leaf: Leaf<T>, group: string | undefined, value: T): boolean {
  const values = leaf.find(end => end.group === group)?.values;
  if (values === undefined) leaf.push({ group, values: new Set([value]) });
  else if (values.has(value)) return false;
  else values.add(value);
  return true;
}

/** False when this group does not have the value. */
export function remove<T>(leaf: Leaf<T>, group: string | undefined, value: T): boolean {
  const index = leaf.findIndex(end => end.group === group);
  const values = leaf[index]?.values;
  if (values === undefined || !values.delete(value)) return false;
  if (values.size === 0) leaf.splice(index, 1);
  return true;
}

/** Appends the values of all groups to `into`. */
export function collect<T>(leaf: Leaf<T> | undefined, into: T[]): void {
  if (leaf === undefined) return;
  for (const end of leaf) for (const value of end.values) into.push(value);
}
