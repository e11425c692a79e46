import { dirname, join } from 'node:path/posix';
import type { TypeScript, Tree } from './devkit.js';
import { SourceText } from './source-text.js';

/** The component that an application starts with. */
export interface RootComponent {
  readonly path: string;
  /** The file of the NgModule that declares it, unless it is standalone. */
  readonly module?: string;
}

/** Finds the component that `bootstrapApplication()` or the module of `bootstrapModule()` names. */
export function findRootComponent(tree: Tree, ts: TypeScript, main: string): RootComponent | undefined {
  const read = (path: string) => new SourceText(ts, tree.readText(path));
  const imported = (from: string, name: string | undefined): string | undefined => {
    const specifier = name === undefined ? undefined : read(from).importOf(name);
    if (specifier?.startsWith('.') !== true) return undefined;
    const path = `${join(dirname(from), specifier)}.ts`;
    return tree.exists(path) ? path : undefined;
  };

  if (!tree.exists(main)) return undefined;
  const component = imported(main, read(main).nameGivenTo('bootstrapApplication'));
  if (component !== undefined) return { path: component };
  const module = imported(main, read(main).nameGivenTo('bootstrapModule'));
  if (module === undefined) return undefined;
  const path = imported(module, read(module).namesOf('NgModule', 'bootstrap')[0]);
  return path === undefined ? undefined : { path, module };
}
