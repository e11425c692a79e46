import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect } from 'chai';
import * as rxjs from 'rxjs';
import { timer } from 'rxjs';
import ts from 'typescript';
import { MqttError } from '../../../src/index.js';
import * as testing from '../../../src/testing/index.js';
import { type TraceToMarblesOptions, traceToMarbles } from '../../../src/testing/index.js';
import { type TraceEvent, parseTrace } from '../../../src/trace/index.js';
import { recordScene } from './support.js';

const nodeRequire = createRequire(import.meta.url);

/** Runs the file, with another expectation than the empty one. Returns what its test throws. */
function runTest(code: string, expectation = "toBe('', {})"): Error | undefined {
  const compiled = ts.transpileModule(code.replace("toBe('', {})", expectation), {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
    reportDiagnostics: true,
  });
  expect(compiled.diagnostics).to.deep.equal([]);
  let failure: Error | undefined;
  const runner = {
    describe: (_: string, body: () => void) => body(),
    it: (_: string, body: () => void) => {
      try {
        body();
      } catch (error) {
        failure = error as Error;
      }
    },
  };
  const modules: Record<string, unknown> = { mocha: runner, vitest: runner, rxjs, 'rxjs-mqtt/testing': testing };
  // eslint-disable-next-line @typescript-eslint/no-implied-eval -- the file that was written is what is tested
  const run = new Function('require', 'exports', compiled.outputText) as (require: unknown, exports: object) => void;
  run((name: string) => modules[name] ?? nodeRequire(name), {});
  return failure;
}

const scene = (): TraceEvent[] =>
  recordScene((client, broker) => {
    client.topic$('in/#', { qos: 1 }).subscribe();
    timer(500).subscribe(() => {
      for (const payload of ["it's", 'two', Uint8Array.of(0, 255)]) broker.publish('in/a', payload, { qos: 1 });
    });
    timer(1000).subscribe(() => broker.cut());
    timer(3000).subscribe(() => broker.publish('in/b', 'three', { qos: 1 }));
  });

describe('traceToMarbles', () => {
  it('writes a test with the diagrams of what came, and an expectation to fill in', () => {
    expect(traceToMarbles(scene())).to.equal(
      [
        "import { describe, it } from 'mocha';",
        "import { type Sendable, mqttMarbles } from 'rxjs-mqtt/testing';",
        '',
        'const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);',
        '',
        '// what the broker sends, by the letters of the diagrams',
        'const packets: Record<string, Sendable> = {',
        "  a: { cmd: 'connack', sessionPresent: false, reasonCode: 0 },",
        "  b: { cmd: 'suback', packetId: 1, reasonCodes: [1] },",
        "  c: { cmd: 'publish', topic: 'in/a', payload: bytes('it\\'s'), qos: 1, retain: false, dup: false, packetId: 1 },",
        "  d: { cmd: 'publish', topic: 'in/a', payload: bytes('two'), qos: 1, retain: false, dup: false, packetId: 2 },",
        "  e: { cmd: 'publish', topic: 'in/a', payload: Uint8Array.of(0, 255), qos: 1, retain: false, dup: false, packetId: 3 },",
        "  f: { cmd: 'suback', packetId: 2, reasonCodes: [1] },",
        "  g: { cmd: 'publish', topic: 'in/b', payload: bytes('three'), qos: 1, retain: false, dup: false, packetId: 1 },",
        '};',
        '',
        "describe('a trace', () => {",
        '  it(',
        "    'does what it should',",
        '    mqttMarbles(({ broker, client, expectObservable }) => {',
        '      // one diagram for each link',
        '      const attempts = [',
        "        '20ms a 19ms b 459ms (cde) 495ms #',",
        "        '20ms a 19ms f 949ms g',",
        '      ];',
        '      // ms from the end of each link to the next attempt',
        '      const delays = [1010];',
        "      const mqtt = client(broker(attempts, packets), { clientId: 'me', clean: true, keepalive: 60, protocolVersion: 5, reconnect: ({ wait }) => wait(delays.shift() ?? 1000) }, 10026);",
        '      // your pipeline',
        "      const value$ = mqtt.topic$('in/#', { qos: 1 });",
        "      expectObservable(value$).toBe('', {});",
        '    }),',
        '  );',
        '});',
        '',
      ].join('\n'),
    );
  });

  it('writes a test that runs, and whose failure shows what to expect', () => {
    const code = traceToMarbles(scene());
    const failure = runTest(code);
    expect(failure!.message).to.include('in/a "it\'s" q1').and.include('in/b "three" q1').and.include('<00 ff>');
  });

  for (const broker of ['mosquitto', 'rabbitmq', 'nats']) {
    it(`writes a test of the trace of ${broker}, in parts`, () => {
      const text = readFileSync(new URL(`../../traces/${broker}.jsonl`, import.meta.url), 'utf8');
      const code = traceToMarbles(parseTrace(text), { runner: 'vitest', from: 800, to: 2600 });
      expect(code).to.include("from 'vitest'");
      const failure = runTest(code);
      expect(failure!.message).to.include('readings/');
      const count = (text: string, pattern: RegExp) => text.match(pattern)?.length ?? 0;
      expect(count(code, /cmd: 'publish'/g)).to.be.above(15);
    });
  }
  it('refuses options that it does not know, and a trace with too many packets', () => {
    const refused = (options: TraceToMarblesOptions, trace: readonly TraceEvent[] = scene()) => {
      try {
        return traceToMarbles(trace, options);
      } catch (error) {
        expect(error).to.be.instanceOf(MqttError).with.property('code', 'INVALID_ARGUMENT');
        return (error as MqttError).message;
      }
    };
    expect(refused({ until: 5 } as never)).to.include("unknown option 'until' of traceToMarbles(); known are 'runner'");
    expect(refused({ runner: 'jest' as never })).to.include("is 'jest'; it must be 'mocha' or 'vitest'");
    expect(refused({ from: 5, to: 4 })).to.include("are '5' and '4'");
    const many = recordScene((client, broker) => {
      client.topic$('in').subscribe();
      timer(100).subscribe(() => {
        for (let i = 0; i < 600; i++) broker.publish('in', `${i}`);
      });
    });
    expect(refused({}, many)).to.include("choose a part of it by the options 'from' and 'to'");
  });
});
