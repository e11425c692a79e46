/** What is read of `package-lock.json`: the packages by their folders, the project itself with an empty one. */
export interface Lock {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

interface LockedPackage {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta?: Readonly<Record<string, { readonly optional?: boolean }>>;
}

/** The folders of the packages that npm installs for the package in `folder`, itself included: what it needs, directly or not. */
export function installedPackages(lock: Lock, folder: string): ReadonlySet<string> {
  const found = new Set<string>();
  const add = (each: string): void => {
    if (found.has(each)) return;
    found.add(each);
    const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } = lock.packages[each]!;
    const isOptional = (name: string) =>
      optionalDependencies?.[name] !== undefined || peerDependenciesMeta?.[name]?.optional === true;
    // npm installs peers, but not those that are optional
    const peers = Object.keys(peerDependencies ?? {}).filter(name => !isOptional(name));
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies }).concat(peers)) {
      const resolved = resolve(lock, each, name);
      if (resolved !== undefined) add(resolved);
      else if (!isOptional(name)) throw new Error(`package-lock.json has no '${name}' for '${each}'`);
    }
  };
  add(folder);
  return found;
}

/** The folder in which Node finds the package `name` from `folder`: its own `node_modules`, or those of a folder above. */
function resolve({ packages }: Lock, folder: string, name: string): string | undefined {
  for (let above = folder; ; above = above.slice(0, Math.max(0, above.lastIndexOf('/node_modules/')))) {
    const candidate = above === '' ? `node_modules/${name}` : `${above}/node_modules/${name}`;
    if (packages[candidate] !== undefined) return candidate;
    if (above === '') return undefined;
  }
}
