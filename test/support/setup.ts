import type { Context, Done, Func, RootHookObject, Test } from 'mocha';
import { config } from 'rxjs';
import { endConsoleLines, keepConsoleLines } from './console.js';
import { failWithoutAssertion } from './assertions.js';
import { checkUnhandled, failOnUnhandled, recordUnhandled } from './unhandled.js';

config.onUnhandledError = recordUnhandled;
process.setUncaughtExceptionCaptureCallback(recordUnhandled);
keepConsoleLines();

// Mocha emits a rejection of a test once more, and drops it when nobody else listens.
const rejected = new WeakSet<Promise<unknown>>();
process.on('unhandledRejection', (reason, promise) => {
  if (rejected.has(promise)) return;
  rejected.add(promise);
  recordUnhandled(reason);
});

// A mutation run starts the same tests once for each mutant.
const wrapped = new WeakSet<Test>();

export const mochaHooks: RootHookObject = {
  beforeEach(this: Context) {
    const test = this.currentTest;
    if (!test?.fn || wrapped.has(test)) return;
    wrapped.add(test);
    checkedInside(test as Test & { fn: Func });
  },
  afterEach(this: Context) {
    endConsoleLines(this.currentTest?.state === 'failed');
  },
  afterAll: checkUnhandled,
};

/** The checks are part of the test and no hooks, because a failing root hook would end the whole run. */
function checkedInside(test: Test & { fn: Func }): void {
  const { fn } = test;
  const body = fn.length > 0 ? withCallback(fn) : fn;
  test.async = false; // it returns a promise now
  test.fn = function (this: Context) {
    return failOnUnhandled(test.fullTitle(), () => failWithoutAssertion(() => body.call(this, undefined as never)));
  };
}

function withCallback(fn: Func): (this: Context) => Promise<void> {
  return function () {
    return new Promise((resolve, reject) => {
      const done: Done = error => (error === undefined ? resolve() : reject(error as Error));
      fn.call(this, done);
    });
  };
}
