import ts from 'typescript';
import type { CliPackages } from '../../src/schematics/cli-packages.js';
import type { AngularUtility, Project, Rule, Tree } from '../../src/schematics/devkit.js';

/** The files of a workspace in memory. */
export class MemoryTree implements Tree {
  constructor(readonly files: Record<string, string>) {}

  exists(path: string): boolean {
    return path in this.files;
  }

  readText(path: string): string {
    const text = this.files[path];
    if (text === undefined) throw new Error(`${path} is not there`);
    return text;
  }

  create(path: string, content: string): void {
    if (this.exists(path)) throw new Error(`${path} is there already`);
    this.files[path] = content;
  }

  overwrite(path: string, content: string): void {
    this.readText(path);
    this.files[path] = content;
  }

  getDir(folder: string): { visit(visitor: (path: string) => void): void } {
    return {
      visit: visitor =>
        Object.keys(this.files)
          .filter(path => path.startsWith(`${folder}/`))
          .forEach(visitor),
    };
  }
}

/** What a workspace has, and the lines that `ng add` has logged. */
export interface Run {
  readonly files: Record<string, string>;
  readonly log: string[];
}

const application: Project = {
  root: '',
  sourceRoot: 'src',
  prefix: 'app',
  extensions: { projectType: 'application' },
  targets: new Map([
    ['build', { options: { browser: 'src/main.ts' } }],
    ['test', {}],
  ]),
};

export const project = (changes: Partial<Project> = {}): Project => ({ ...application, ...changes });

/** The packages of a workspace with these projects. The provider is appended to app.config.ts, which a test reads. */
export function packages(
  projects: Record<string, Project> = { shop: application },
  addRootProvider: AngularUtility['addRootProvider'] = appendProvider,
): CliPackages {
  return {
    ts,
    utility: { readWorkspace: async () => ({ projects: new Map(Object.entries(projects)) }), addRootProvider },
  };
}

const appendProvider: AngularUtility['addRootProvider'] = (name, callback) => tree => {
  const code = (strings: TemplateStringsArray, ...values: unknown[]) => String.raw({ raw: strings }, ...values);
  const block = { code, external: (symbol: string, from: string) => `${from}#${symbol}` };
  const path = 'src/app/app.config.ts';
  tree.overwrite(path, `${tree.readText(path)}${name}: ${String(callback(block))}\n`);
};

/** Runs a rule and the rules that it returns, as a schematic does. */
export async function run(rule: Rule, files: Record<string, string>): Promise<Run> {
  const tree = new MemoryTree({ ...files });
  const log: string[] = [];
  const say = (message: string) => void log.push(message);
  let next: unknown = rule;
  while (typeof next === 'function') next = await (next as Rule)(tree, { logger: { info: say, warn: say } });
  return { files: tree.files, log };
}

/** A standalone application, as `ng new --no-routing` makes it. */
export const standalone = {
  'src/main.ts': `import { bootstrapApplication } from '@angular/platform-browser';
import { appConfig } from './app/app.config';
import { App } from './app/app';

bootstrapApplication(App, appConfig).catch((err) => console.error(err));
`,
  'src/app/app.config.ts': 'providers\n',
  'src/app/app.ts': `import { Component } from '@angular/core';

@Component({
  selector: 'app-root',
  templateUrl: './app.html',
})
export class App {}
`,
  'src/app/app.html': '<h1>Shop</h1>\n',
  'src/app/app.spec.ts': `import { TestBed } from '@angular/core/testing';
import { App } from './app';

TestBed.configureTestingModule({
  imports: [App],
});
`,
};

/** The same with routes. */
export const routed = {
  ...standalone,
  'src/app/app.routes.ts': `import { Routes } from '@angular/router';

export const routes: Routes = [];
`,
};

/** An application with an NgModule. */
export const modular = {
  ...standalone,
  'src/main.ts': `import { platformBrowser } from '@angular/platform-browser';
import { AppModule } from './app/app-module';

platformBrowser().bootstrapModule(AppModule);
`,
  'src/app/app-module.ts': `import { NgModule } from '@angular/core';
import { BrowserModule } from '@angular/platform-browser';
import { App } from './app';

@NgModule({
  declarations: [App],
  imports: [
    BrowserModule,
  ],
  bootstrap: [App],
})
export class AppModule {}
`,
};
