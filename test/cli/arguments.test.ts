import { expect } from 'chai';
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
});
