import { createRequire } from 'node:module';
import { context, propagation, trace as tracing } from '@opentelemetry/api';
import { expect } from 'chai';
import { type Subscription, timer } from 'rxjs';
import ts from 'typescript';
import * as library from '../../src/index.js';
import * as openTelemetry from '../../src/opentelemetry/index.js';
import * as shared from '../../src/shared/index.js';
import * as store from '../../src/store/index.js';
import * as testing from '../../src/testing/index.js';
import * as trace from '../../src/trace/index.js';
import { countAssertion } from '../support/assertions.js';
import { expectUnhandled } from '../support/unhandled.js';
import { type Block, blocks, blocksOf } from './blocks.js';

/** ms of a block's life, after its last statement. */
const LIFE = 15;
const nodeRequire = createRequire(import.meta.url);

/** Frameworks need more than a broker: test/angular and test/nestjs are where that is. */
const ofFramework = ({ prelude, code }: Block) =>
  /'(@angular|rxjs-mqtt\/angular|@nestjs|rxjs-mqtt\/nestjs)\b/.test(prelude + code);
const runnable = blocks().filter(block => block.noRun === '' && !ofFramework(block));

describe('the code in README and docs runs, against a broker in memory', () => {
  // what a block about OpenTelemetry sets is global
  after(() => {
    for (const api of [tracing, context, propagation]) api.disable();
  });

  const { setInterval } = globalThis;
  // a page may watch something for ever; that does not keep the tests from ending
  before(() => {
    globalThis.setInterval = ((...args: Parameters<typeof setInterval>) =>
      setInterval(...args).unref()) as typeof setInterval;
  });
  after(() => {
    globalThis.setInterval = setInterval;
  });

  for (const block of runnable) it(`${block.page}:${block.line}`, () => run(block));

  it('says why a block does not run', () => {
    expect(blocksOf('page.md', '<!-- no-run: no browser -->\n\n```ts\nx;\n```\n')[0]!.noRun).to.equal('no browser');
    expect(runnable).to.have.length.above(40);
  });

  it('the whole program of README goes on after a payload that is not JSON', async () => {
    const broker = testing.virtualBroker();
    broker.publish('sensors/attic/temperature', 'warm', { retain: true });
    broker.publish('sensors/cellar/temperature', '12', { retain: true });
    const said: unknown[][] = [];
    const program = blocks().find(({ page }) => page === 'README.md')!;
    await run(program, broker, { ...silent, log: (...words) => void said.push(words) });
    expect(said).to.deep.equal([['warmest so far', 12]]);
  });

  it('Z3: each PUBACK goes to the first condition that it meets, and the rest to the one without a condition', async () => {
    const broker = testing.virtualBroker({ authorize: (_client, _action, topic) => topic !== 'forbidden' });
    const said: unknown[][] = [];
    const recipe = blocks().find(({ page, code }) => page === 'docs/coming-from.md' && code.includes('partition('))!;
    const publishes = `
      client.topic$('heard', { qos: 1 }).subscribe();
      for (const topic of ['heard', 'unheard', 'forbidden'])
        client.publish(topic, 'x', { qos: 1 }).subscribe({ error: () => undefined });`;
    const program = { ...recipe, code: recipe.code + publishes };
    await run(program, broker, { ...silent, log: (...words) => void said.push(words) });
    expect(said).to.deep.equal([
      ['acknowledged', 2],
      ['nobody listens', 3],
      ['refused', 4],
    ]);
  });

  it('would not, if it threw or left an error to nobody', async () => {
    const block = (code: string) => ({ page: '', line: 0, prelude: '', noRun: '', code });
    const refused = 'import { mqtt } from "rxjs-mqtt"; mqtt("mqtt://h").publish("a/+").subscribe();';
    const thrown = await run(block('throw new Error("no");')).catch((error: unknown) => error);
    expect(String(thrown)).to.equal('Error: no');
    expectUnhandled('a/+');
    await run(block(refused));
  });
});

/** Runs a block as a module of its own, for a moment. */
async function run(
  { prelude, code }: Block,
  broker = testing.virtualBroker(),
  console: Record<string, (...words: unknown[]) => void> = silent,
): Promise<void> {
  const clients: library.MqttClient[] = [];
  const mqtt: typeof library.mqtt = (url, options = {}) => {
    const given = typeof options === 'function' ? { perAttempt: options } : options;
    const client = library.mqtt(url, { transport: broker.transport, ...given });
    clients.push(client);
    return client;
  };
  const modules: Record<string, unknown> = {
    'rxjs-mqtt': { ...library, mqtt },
    'rxjs-mqtt/testing': testing,
    'rxjs-mqtt/store': store,
    'rxjs-mqtt/opentelemetry': openTelemetry,
    'rxjs-mqtt/shared': shared,
    'rxjs-mqtt/trace': trace,
  };
  const load = (name: string): unknown => modules[name] ?? nodeRequire(name);
  const { outputText } = ts.transpileModule(`${prelude}\n${code}`, {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const body = new AsyncFunction('require', 'exports', 'console', 'it', outputText);
  let timeout: Subscription | undefined;
  countAssertion(); // a block that throws, or takes too long, is a failure
  try {
    await Promise.race([
      body(load, {}, console, test) as Promise<void>,
      new Promise(
        (_, reject) => (timeout = timer(2000).subscribe(() => reject(new Error('it takes longer than 2 s')))),
      ),
    ]);
    await new Promise(resolve => setTimeout(resolve, LIFE));
  } finally {
    timeout?.unsubscribe();
    for (const client of clients) client.close();
  }
}

const AsyncFunction = Object.getPrototypeOf(async () => undefined).constructor as new (
  ...text: string[]
) => (...values: unknown[]) => unknown;

/** A test in a block is run as a part of it. */
const test = (_: string, body: () => void): void => body();

/** What a block has to say. */
const silent: Record<string, (...words: unknown[]) => void> = Object.fromEntries(
  ['log', 'warn', 'error', 'table'].map(name => [name, () => undefined]),
);
