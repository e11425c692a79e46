// What `ng add` uses of the packages of the Angular CLI. They are those of the user's workspace, so their types are described here.
import type typescript from 'typescript';

export type TypeScript = typeof typescript;

/** The files of a workspace, as a schematic reads and changes them. */
export interface Tree {
  exists(path: string): boolean;
  readText(path: string): string;
  create(path: string, content: string): void;
  overwrite(path: string, content: string): void;
  getDir(path: string): { visit(visitor: (path: string) => void): void };
}

export interface SchematicContext {
  readonly logger: { info(message: string): void; warn(message: string): void };
}

/** A step of a schematic. It may return further steps. */
export type Rule = (tree: Tree, context: SchematicContext) => Tree | Rule | Promise<Tree | Rule | void> | void;

export interface Project {
  readonly root: string;
  readonly sourceRoot?: string;
  readonly prefix?: string;
  readonly extensions: Readonly<Record<string, unknown>>;
  readonly targets: ReadonlyMap<string, { readonly options?: Readonly<Record<string, unknown>> }>;
}

/** Builds code with the imports that it needs. */
interface CodeBlock {
  readonly code: (strings: TemplateStringsArray, ...values: unknown[]) => unknown;
  readonly external: (name: string, from: string) => string;
}

/** `@schematics/angular/utility`, which is public. */
export interface AngularUtility {
  readonly readWorkspace: (tree: Tree) => Promise<{ readonly projects: ReadonlyMap<string, Project> }>;
  readonly addRootProvider: (project: string, callback: (block: CodeBlock) => unknown) => Rule;
}
