import { dirname, join, relative } from 'node:path/posix';
import type { TypeScript, Tree } from './devkit.js';
import { CLASS, COMPONENT, ROUTE, route, tag } from './files.js';
import type { RootComponent } from './root-component.js';
import { SourceText } from './source-text.js';

/** The names of the files that `ng new` has given to the routes of an application. */
const ROUTES = ['app.routes.ts', 'app-routing-module.ts', 'app-routing.module.ts'];

/**
 * Adds a route to the first component, which is in this folder, and returns its path. It is that of the start page if there is no other
 * route, because a server that renders an application knows only the paths of its routes. Returns undefined, and changes nothing, if there
 * is no array of routes, or if the path is taken.
 */
export function addRoute(tree: Tree, ts: TypeScript, folder: string): string | undefined {
  const file = ROUTES.map(name => join(folder, name)).find(name => tree.exists(name));
  if (file === undefined) return undefined;
  const source = read(tree, ts, file);
  const path = source.lengthOf('Routes') === 0 ? '' : ROUTE;
  if (source.hasProperty('path', path)) return undefined;
  const changed = source.withFirstElement('Routes', route(path, `./${COMPONENT}`));
  if (changed === undefined) return undefined;
  tree.overwrite(file, changed.text);
  return path;
}

/** Adds the tag of the first component to the template of the root component. Returns false, and changes nothing, if it finds no place. */
export function addTag(tree: Tree, ts: TypeScript, root: RootComponent, folder: string, prefix: string): boolean {
  const element = `<${tag(prefix)} />`;
  const component = read(tree, ts, root.path);
  const templateUrl = component.stringOf('Component', 'templateUrl');
  const template = templateUrl === undefined ? undefined : join(dirname(root.path), templateUrl);
  if (template !== undefined && !tree.exists(template)) return false;
  const shown = template === undefined ? component.withTextIn('Component', 'template', element) : component;

  const { module } = root;
  const path = module ?? root.path;
  const owner = module === undefined ? shown : read(tree, ts, module);
  const declared = owner?.withElement(module === undefined ? 'Component' : 'NgModule', 'imports', CLASS);
  if (shown === undefined || declared === undefined) return false;

  if (template === undefined) tree.overwrite(root.path, shown.text);
  else tree.overwrite(template, `${tree.readText(template).trimEnd()}\n\n${element}\n`);
  tree.overwrite(path, declared.withImport(CLASS, pathTo(folder, path)).text);
  return true;
}

/** Gives a mock client to the test of the root component, which shows the first one. Returns false if it finds no place in the test. */
export function adaptTest(tree: Tree, ts: TypeScript, root: RootComponent, folder: string): boolean {
  const path = root.path.replace(/\.ts$/, '.spec.ts');
  if (!tree.exists(path)) return true;
  const provided = read(tree, ts, path)
    .withElement('configureTestingModule', 'providers', 'provideMockMqtt()')
    ?.withImport('provideMockMqtt', 'rxjs-mqtt/angular/testing');
  const declared =
    root.module === undefined
      ? provided
      : provided?.withElement('configureTestingModule', 'imports', CLASS)?.withImport(CLASS, pathTo(folder, path));
  if (declared !== undefined) tree.overwrite(path, declared.text);
  return declared !== undefined;
}

const read = (tree: Tree, ts: TypeScript, path: string): SourceText => new SourceText(ts, tree.readText(path));

/** How the file at `from` imports the first component. */
function pathTo(folder: string, from: string): string {
  const path = relative(dirname(from), join(folder, COMPONENT));
  return path.startsWith('.') ? path : `./${path}`;
}
