import { digits } from '../table.js';

/** What is read of a heap snapshot, the format of which is that of V8. */
export interface HeapSnapshot {
  readonly snapshot: {
    readonly meta: { readonly node_fields: readonly string[]; readonly node_types: readonly unknown[] };
  };
  /** The fields of each object, one object after the other. */
  readonly nodes: readonly number[];
  readonly strings: readonly string[];
}

/** The objects of one kind with one name: of instances, the name of their constructor. */
export interface HeapClass {
  readonly kind: string;
  readonly name: string;
  readonly count: number;
  /** Their own sizes, without what they refer to. */
  readonly bytes: number;
}

/** Kinds whose names are their contents. */
const valueKinds = new Set(['string', 'concatenated string', 'sliced string', 'number', 'bigint', 'regexp', 'symbol']);

function heapClasses({ snapshot, nodes, strings }: HeapSnapshot): ReadonlyMap<string, HeapClass> {
  const { node_fields: fields, node_types: types } = snapshot.meta;
  const [kindAt, nameAt, sizeAt] = ['type', 'name', 'self_size'].map(field => fields.indexOf(field)) as [
    number,
    number,
    number,
  ];
  const kinds = types[kindAt] as readonly string[];
  const classes = new Map<string, { kind: string; name: string; count: number; bytes: number }>();
  for (let at = 0; at < nodes.length; at += fields.length) {
    const kind = kinds[nodes[at + kindAt]!]!;
    const name = valueKinds.has(kind) ? '' : strings[nodes[at + nameAt]!]! || '(unnamed)';
    const key = `${kind} ${name}`;
    let found = classes.get(key);
    if (found === undefined) classes.set(key, (found = { kind, name, count: 0, bytes: 0 }));
    found.count++;
    found.bytes += nodes[at + sizeAt]!;
  }
  return classes;
}

/** By how much the heap has grown from one snapshot to the next, by class, the largest first. */
export function heapGrowth(before: HeapSnapshot, after: HeapSnapshot): readonly HeapClass[] {
  const earlier = heapClasses(before);
  const none = { count: 0, bytes: 0 };
  return [...heapClasses(after)]
    .map(([key, { kind, name, count, bytes }]) => {
      const { count: oldCount, bytes: oldBytes } = earlier.get(key) ?? none;
      return { kind, name, count: count - oldCount, bytes: bytes - oldBytes };
    })
    .sort((a, b) => b.bytes - a.bytes);
}

/** The `most` largest classes in words, divided by the number of clients. */
export function heapTable(growth: readonly HeapClass[], clients: number, most: number): string {
  const total = growth.reduce((sum, { bytes }) => sum + bytes, 0);
  const line = (bytes: number, count: string, kind: string, name: string) =>
    `${digits(bytes / clients).padStart(10)}${count.padStart(10)}  ${kind.padEnd(14)}${name.slice(0, 60)}`.trimEnd();
  return [
    `${'bytes'.padStart(10)}${'objects'.padStart(10)}  ${'kind'.padEnd(14)}name`,
    ...growth.slice(0, most).map(each => line(each.bytes, digits(each.count / clients), each.kind, each.name)),
    line(total, '', 'all', ''),
  ].join('\n');
}
