import { join, resolve } from 'node:path';
import { startAedes } from '../support/aedes.js';
import { run } from './commands.js';

/** Runs the tests in a folder with Jest, which loads CommonJS. The versions of Node differ in what they give to `require()`. */
export const checkJest = (node: string, tools: string, folder: string): Promise<void> =>
  withBroker(url => run(node, [join(tools, 'jest/bin/jest.js'), '--rootDir=.', '--ci'], folder, { BROKER: url }));

/** Runs the tests of an application with Vitest, which loads ES modules. */
export const checkVitest = (consumer: string): Promise<void> =>
  withBroker(url =>
    run(process.execPath, [resolve('node_modules/vitest/vitest.mjs'), 'run', '--globals'], join(consumer, 'vitest'), {
      BROKER: url,
    }),
  );

async function withBroker(use: (url: string) => Promise<unknown>): Promise<void> {
  const broker = await startAedes();
  try {
    await use(broker.url);
  } finally {
    await broker.close();
  }
}
