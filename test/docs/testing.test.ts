import { deepStrictEqual } from 'node:assert';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import * as rxjs from 'rxjs';
import ts from 'typescript';
import { Thermostat } from '../../examples/testing/thermostat.js';
import * as library from '../../src/index.js';
import * as testing from '../../src/testing/index.js';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const page = read('docs/testing.md');
const blocks = [...page.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, code]) => code!);

type Names = Record<string, unknown>;

describe('docs/testing.md', () => {
  it('shows the example as it is', () => {
    expect(blocks[0]).to.equal(read('examples/testing/thermostat.ts').replace('./library.js', 'rxjs-mqtt'));
  });

  const tests = blocks.filter(code => /^it\(/m.test(code));
  it('has tests that can be run', () => expect(tests).to.have.length(5));

  for (const code of tests) {
    const it_ = (name: string, test: () => void) => void it(name, test);
    const own = { Thermostat, it: it_, assert: { deepEqual: deepStrictEqual } };
    const { default: _, 'module.exports': __, ...names } = { ...rxjs, ...library, ...testing, ...own } as Names;
    const { outputText } = ts.transpileModule(code, { compilerOptions: { target: ts.ScriptTarget.ES2022 } });
    // eslint-disable-next-line @typescript-eslint/no-implied-eval -- it is our own page
    new Function(...Object.keys(names), outputText)(...Object.values(names));
  }
});
