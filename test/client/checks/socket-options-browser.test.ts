import { expect } from 'chai';
import { invalidArgument } from '../../../src/client/options/checks/problem.js';
import { record } from '../../../src/client/options/checks/record.js';
import { proxy, tcp, tls } from '../../../src/client/options/checks/socket-options-browser.js';

describe('The options for sockets where the platform opens them', () => {
  const check = record({ proxy, tcp, tls });

  it('may hold anything: the transport says what it takes', () => {
    expect(check({ tls: { ca: 1 }, tcp: {}, proxy: 'x' })).to.equal(undefined);
  });

  for (const [key, value, words] of [
    ['tls', true, "option 'tls' must be a plain object; got a boolean"],
    ['tcp', [], "option 'tcp' must be a plain object; got an array"],
    ['proxy', 1, "option 'proxy' must be a string; got a number"],
  ] as const) {
    it(`${key} is of its type`, () => {
      const problem = check({ [key]: value });
      expect(invalidArgument(problem!, 'option', 'options').message).to.equal(words);
    });
  }
});
