import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import type { MqttMessage } from '../../src/index.js';
import { outputOf } from '../../src/cli/run-program.js';
import { askPassword } from '../../src/cli/terminal.js';
import { linesOf } from '../../src/cli/payload-input.js';
import { runHere, terminalInMemory } from './support.js';

describe('What is written on the command line', () => {
  const mistakes: [string[], string][] = [
    [['publish'], "unknown command 'publish'; did you mean pub?"],
    [['rec'], "unknown command 'rec'; did you mean record?"],
    [['xy'], "unknown command 'xy'; see rxjs-mqtt --help"],
    [['sub', 'sensors/#'], "'sensors/#' is no URL; a URL begins with its scheme"],
    [['sub', 'mqtt://localhost', 'a', '-z'], "unknown option '-z'\n"],
    [['sub', 'mqtt://localhost', 'a', '-n'], "option '--count' needs a value\n"],
    [['sub', 'mqtt://localhost', 'a', '--json=1'], "option '--json' takes no value"],
    [['sub', 'mqtt://localhost', 'a', '--no-retained', '--retained-only'], 'write --no-retained or --retained-only'],
    [['pub', 'mqtt://localhost', 'a', '-5'], "unknown option '-5'; write -- before an argument that begins with '-'"],
    [['pub', 'mqtt://localhost', 'a', '-r=1'], "unknown option '-='"],
    [['pub', 'mqtt://localhost', 'a', '--id', '-5'], "write one that begins with '-' as '--id=-...'"],
    [['request', 'mqtt://localhost', 'a', 'b', '--file', 'c'], 'write a payload or --file, not both'],
    [['respond', 'mqtt://localhost'], 'which requests? Write a filter'],
    [['respond', 'mqtt://localhost', 'a'], 'which reply? Write it after the filter'],
    [['respond', 'mqtt://localhost', 'a', 'b', 'c'], "'c' is too much"],
    [['respond', 'mqtt://localhost', 'a', 'b', '--exec', 'c'], 'write one of a reply, --file and --exec'],
    [['record', 'mqtt://localhost', 'a'], 'which file? Write it before the URL'],
    [['replay', 'mqtt://localhost'], 'which trace? Write the name of its file before the URL'],
    [['replay', 'trace.jsonl', 'mqtt://localhost', 'a'], "'a' is too much"],
  ];
  for (const [args, message] of mistakes) {
    it(`is corrected: ${args.join(' ')}`, async () => {
      const { code, out, err } = await runHere(args);
      expect(err).to.include(message);
      expect([code, out]).to.deep.equal([2, '']);
    });
  }

  it('is a payload behind --, even if it looks like an option', async () => {
    const { code, out, err } = await runHere(['pub', 'mqtt://127.0.0.1:1', 'a', '--', '--help']);
    expect([code, out]).to.deep.equal([1, '']);
    expect(err).to.include('ECONNREFUSED');
  });

  it('is a password that nobody sees', async () => {
    const { input, stderr, terminal } = terminalInMemory({ isTTY: true });
    const password = askPassword(terminal);
    input.write('top secret\r');
    expect(await password).to.equal('top secret');
    expect(String(stderr.read())).to.equal('Password: \n');
  });

  it('is a program that ends, with those that it has started, when nobody waits for its output', async function () {
    if (process.platform !== 'linux') this.skip();
    const { stderr, terminal } = terminalInMemory();
    const request = { topic: 'a', payload: new Uint8Array() } as MqttMessage;
    const running = outputOf('sleep 1000 & echo $! >&2; wait', request, terminal).subscribe();
    const pid = Number(String((await once(stderr, 'data'))[0]));
    expect(pid).to.be.above(0);
    running.unsubscribe();
    const isRunning = () => {
      try {
        // an orphan that nobody has waited for still has its process id
        return !/^\d+ \(sleep\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
      } catch {
        return false;
      }
    };
    while (isRunning()) await new Promise(resolve => setImmediate(resolve));
  });

  it('is lines of bytes, which need not be text', async () => {
    const chunks = ['a\r', '\nb', '\xff', '\n\n', 'li\u2028ne\nc\rd'].map((text, i) =>
      Buffer.from(text, i === 2 ? 'latin1' : 'utf8'),
    );
    const lines: string[] = [];
    for await (const line of linesOf(
      (async function* () {
        yield* await Promise.resolve(chunks);
      })(),
    ))
      lines.push(Buffer.from(line).toString('latin1'));
    expect(lines).to.deep.equal(['a', 'b\xff', '', 'li\xe2\x80\xa8ne', 'c\rd']);
  });
});
