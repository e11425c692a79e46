import { type MutantResult, type PartialStrykerOptions } from '@stryker-mutator/api/core';
import { Stryker } from '@stryker-mutator/core';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

interface Part {
  readonly mutate: string;
  /** Files and folders of the tests that are to notice it: the whole suite would take minutes for each mutant. */
  readonly tests: readonly string[];
  /** Names in the paths of tests that take seconds: models and thousands of streams. */
  readonly without?: RegExp;
}

const parts: Readonly<Record<string, Part>> = {
  protocol: { mutate: 'src/protocol/**/*.ts', tests: ['test/protocol', 'test/operators'], without: /many|ack-after/ },
  operators: {
    mutate: 'src/operators/**/*.ts',
    // What decides on the next attempt is tested with clients.
    tests: [
      'test/operators',
      ...['strategies', 'failover', 'verdict'].map(it => `test/client/reconnect-${it}.test.ts`),
    ],
  },
  topics: {
    mutate: 'src/client/topics/**/*.ts',
    tests: ['test/client/topics.test.ts', 'test/client/topics', 'test/client/manual'],
    without: /model|interactions|many|copies\.test|flow-control|manual\/left/,
  },
  store: {
    mutate: 'src/store/*.ts',
    tests: ['test/store', 'test/protocol/restore.test.ts'],
    without: /level-store|session-store-tests|recipes|web-lock/,
  },
};

function testFiles(path: string): string[] {
  if (path.endsWith('.ts')) return [path];
  const names = readdirSync(path, { recursive: true, encoding: 'utf8' });
  return names
    .filter(name => name.endsWith('.test.ts'))
    .sort()
    .map(name => `${path}/${name}`);
}

/** Mutates one part, or only these files of it. The reports lie in coverage/mutation. */
async function mutate(name: string, { mutate, tests, without }: Part, files: readonly string[]): Promise<void> {
  const report = `coverage/mutation/${name}`;
  const options: PartialStrykerOptions = {
    mutate: files.length > 0 ? [...files] : [mutate],
    testRunner: 'mocha-tsx',
    testFiles: tests.flatMap(testFiles).filter(file => without?.test(file) !== true),
    plugins: [fileURLToPath(new URL('mocha-runner.ts', import.meta.url))],
    coverageAnalysis: 'perTest',
    // Each mutant of a constant of a module would need a process of its own.
    ignoreStatic: true,
    concurrency: 1,
    maxTestRunnerReuse: 0,
    timeoutMS: 4000,
    timeoutFactor: 3,
    dryRunTimeoutMinutes: 10,
    ignorePatterns: ['/dist', '/coverage', '/docs', '/examples', '/bench', '/marbles'],
    tempDirName: '.stryker-tmp',
    reporters: ['json', 'html', 'progress-append-only'],
    jsonReporter: { fileName: `${report}.json` },
    htmlReporter: { fileName: `${report}.html` },
    allowConsoleColors: false,
  };
  const results = await new Stryker(options).runMutationTest();
  summarize(name, results);
}

function summarize(name: string, results: readonly MutantResult[]): void {
  const count = (...statuses: MutantResult['status'][]) =>
    results.filter(({ status }) => statuses.includes(status)).length;
  const [killed, alive] = [count('Killed', 'Timeout'), count('Survived', 'NoCoverage')];
  for (const { status, fileName, location, mutatorName, replacement } of results) {
    if (status !== 'Survived' && status !== 'NoCoverage') continue;
    console.log(`${fileName}:${location.start.line}:${location.start.column} ${status} ${mutatorName}: ${replacement}`);
  }
  console.log(`${name}: ${((100 * killed) / (killed + alive)).toFixed(1)} % of ${killed + alive} mutants were noticed`);
}

// The node options of .mocharc.json, which Stryker does not read; they hold for its processes too.
process.env.NODE_OPTIONS = '--import=tsx --conditions=rxjs-mqtt-source --no-experimental-require-module';

const [asked, ...files] = process.argv.slice(2);
if (asked !== undefined && parts[asked] === undefined) {
  throw new Error(`'${asked}' is none of the parts ${Object.keys(parts).join(', ')}`);
}
for (const [name, part] of Object.entries(parts)) {
  if (asked === undefined || asked === name) await mutate(name, part, files);
}
