import { join, resolve } from 'node:path';
import { run } from './commands.js';
import { addPackages } from './consumer.js';

/** The compilers that the types are for, by where they are. */
export const compilers: Readonly<Record<string, (compilers: string) => string>> = {
  'TypeScript 5.6': folder => join(folder, 'typescript56/bin/tsc'),
  'TypeScript 5.9': folder => join(folder, 'typescript59/bin/tsc'),
  'TypeScript 6': () => resolve('node_modules/typescript/bin/tsc'),
  'TypeScript 7': folder => join(folder, 'typescript7/bin/tsc'),
};

/** Compiles the consumer with its libraries checked, too, as ES module and as CommonJS, without the types of Node and of ws. */
export async function checkTypes(tsc: string, consumer: string): Promise<void> {
  const compile = (...args: string[]) => run(process.execPath, [tsc, '-p', 'tsconfig.json', ...args], consumer);
  await compile();
  await compile('--module', 'Preserve', '--moduleResolution', 'Bundler');
}

/** Compiles the consumer where types of Node are installed: nothing in the package may bring them into a program that does not name them. */
export async function checkTypesBesideNode(tsc: string, consumer: string): Promise<void> {
  addPackages(consumer, '@types/node', '@types/ws');
  await checkTypes(tsc, consumer);
}

/** Compiles a program with the databases of `levelStore`, whose types are not there for all that comes before. */
export async function checkTypesOfDatabases(tsc: string, consumer: string): Promise<void> {
  await run(process.execPath, [tsc, '-p', 'tsconfig.store.json'], consumer);
}

/** The same for the entry points for Angular, which is not there for all that comes before. */
export async function checkAngular(consumer: string): Promise<void> {
  addPackages(consumer, '@angular/core', '@angular/compiler');
  const tsc = resolve('node_modules/typescript/bin/tsc');
  await run(process.execPath, [tsc, '-p', 'tsconfig.angular.json'], consumer);
  await run(process.execPath, ['use-angular.mjs'], consumer);
}

/** The same for OpenTelemetry. */
export async function checkOpenTelemetry(consumer: string): Promise<void> {
  addPackages(consumer, '@opentelemetry/api', '@opentelemetry/sdk-trace-base');
  const tsc = resolve('node_modules/typescript/bin/tsc');
  await run(process.execPath, [tsc, '-p', 'tsconfig.opentelemetry.json'], consumer);
  await run(process.execPath, ['use-opentelemetry.mjs'], consumer);
}
