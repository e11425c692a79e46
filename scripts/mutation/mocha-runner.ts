import { type InstrumenterContext, INSTRUMENTER_CONSTANTS, type StrykerOptions } from '@stryker-mutator/api/core';
import { PluginKind, commonTokens, declareClassPlugin, tokens } from '@stryker-mutator/api/plugin';
import {
  type DryRunOptions,
  type DryRunResult,
  DryRunStatus,
  type MutantRunOptions,
  type MutantRunResult,
  type TestResult,
  type TestRunner,
  type TestRunnerCapabilities,
  TestStatus,
  determineHitLimitReached,
  toMutantRunResult,
} from '@stryker-mutator/api/test-runner';
import Mocha from 'mocha';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as setup from '../../test/support/setup.js';
import type * as unhandled from '../../test/support/unhandled.js';

type Setup = typeof setup;
type Unhandled = typeof unhandled;

/**
 * Runs the tests of `testFiles` in the sandbox, once for each mutant, in one process. Stryker's own runner for Mocha
 * looks into the insides of Mocha, which version 12 has renamed; this one uses the public API.
 */
class MochaRunner implements TestRunner {
  static readonly inject = tokens(commonTokens.options);
  readonly #testFiles: readonly string[];
  readonly #instrumenter: InstrumenterContext;
  #mocha: Mocha | undefined;
  #forgetUnhandled: () => Promise<void> = () => Promise.resolve();

  constructor(options: StrykerOptions) {
    this.#testFiles = options.testFiles ?? [];
    const holder = globalThis as unknown as Record<string, InstrumenterContext | undefined>;
    this.#instrumenter = holder[INSTRUMENTER_CONSTANTS.NAMESPACE] ??= {};
  }

  capabilities(): TestRunnerCapabilities {
    return { reloadEnvironment: false }; // A module that was imported stays.
  }

  async init(): Promise<void> {
    const { mochaHooks } = await fromSandbox<Setup>('test/support/setup.ts');
    const { checkUnhandled } = await fromSandbox<Unhandled>('test/support/unhandled.ts');
    this.#forgetUnhandled = () => checkUnhandled().catch(() => undefined);
    const mocha = new Mocha({ reporter: Silent, rootHooks: mochaHooks, timeout: 10_000 });
    mocha.cleanReferencesAfterRun(false);
    for (const file of this.#testFiles) mocha.addFile(resolve(file));
    const instrumenter = this.#instrumenter;
    mocha.suite.beforeEach('name the test for the coverage', function () {
      instrumenter.currentTestId = this.currentTest!.fullTitle();
    });
    this.#mocha = mocha;
  }

  async dryRun({ coverageAnalysis, disableBail }: DryRunOptions): Promise<DryRunResult> {
    const result = await this.#run(this.#loaded(), !disableBail);
    const { mutantCoverage } = this.#instrumenter;
    if (result.status !== DryRunStatus.Complete || coverageAnalysis === 'off' || !mutantCoverage) return result;
    return { ...result, mutantCoverage };
  }

  async mutantRun(options: MutantRunOptions): Promise<MutantRunResult> {
    const { testFilter, disableBail, hitLimit, activeMutant, mutantActivation } = options;
    const instrumenter = this.#instrumenter;
    Object.assign(instrumenter, { hitLimit, hitCount: hitLimit === undefined ? undefined : 0 });
    if (mutantActivation === 'static') instrumenter.activeMutant = activeMutant.id;
    const mocha = await this.#loaded();
    mocha.grep(testFilter ? new RegExp(testFilter.map(id => `^${escaped(id)}$`).join('|')) : /(?:)/);
    instrumenter.activeMutant = activeMutant.id;
    const result = await this.#run(Promise.resolve(mocha), !disableBail);
    return toMutantRunResult(determineHitLimitReached(instrumenter.hitCount, instrumenter.hitLimit) ?? result);
  }

  async #loaded(): Promise<Mocha> {
    const mocha = this.#mocha!;
    if (mocha.suite.suites.length === 0) await mocha.loadFilesAsync();
    return mocha;
  }

  async #run(loading: Promise<Mocha>, bail: boolean): Promise<DryRunResult> {
    try {
      const mocha = await loading;
      bailAll(mocha.suite, bail);
      const tests: TestResult[] = [];
      const add = (test: Mocha.Runnable, outcome: { status: TestStatus.Success | TestStatus.Skipped } | Failure) => {
        const name = test.fullTitle();
        tests.push({ id: name, name, timeSpentMs: test.duration ?? 0, ...outcome });
      };
      await new Promise<void>(done => {
        mocha
          .run(() => done())
          .on('pass', test => add(test, { status: TestStatus.Success }))
          .on('pending', test => add(test, { status: TestStatus.Skipped }))
          .on('fail', (test: Mocha.Runnable, error: unknown) => {
            add(test, {
              status: TestStatus.Failed,
              failureMessage: error instanceof Error ? error.message : String(error),
            });
          });
      });
      return { status: DryRunStatus.Complete, tests };
    } catch (error) {
      return {
        status: DryRunStatus.Error,
        errorMessage: error instanceof Error ? (error.stack ?? error.message) : String(error),
      };
    } finally {
      await this.#forgetUnhandled();
    }
  }
}

/** Stryker reports. */
class Silent extends Mocha.reporters.Base {
  override epilogue(): void {}
}

interface Failure {
  readonly status: TestStatus.Failed;
  readonly failureMessage: string;
}

/** Of the copy of the project that Stryker made: that one the tests import too. */
function fromSandbox<T>(path: string): Promise<T> {
  return import(pathToFileURL(resolve(path)).href) as Promise<T>;
}

/** Ends a run at the first test that fails; Mocha hands `bail` on only while suites are added. */
function bailAll(suite: Mocha.Suite, bail: boolean): void {
  suite.bail(bail);
  for (const child of suite.suites) bailAll(child, bail);
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');

export const strykerPlugins = [declareClassPlugin(PluginKind.TestRunner, 'mocha-tsx', MochaRunner)];
