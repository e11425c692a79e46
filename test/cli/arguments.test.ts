import { expect } from 'chai';
import { linesOf } from '../../src/cli/payload-input.js';
import { askPassword } from '../../src/cli/terminal.js';
import { terminalInMemory } from './support.js';

describe('What is written on the command line', () => {
  it('is a password that nobody sees', async () => {
    const { input, stderr, terminal } = terminalInMemory({ isTTY: true });
    const password = askPassword(terminal);
    input.write('top secret\r');
    expect(await password).to.equal('top secret');
    expect(String(stderr.read())).to.equal('Password: \n');
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
