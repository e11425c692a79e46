import { join } from 'node:path';
import { expect } from 'chai';
import { Linter, type Rule } from 'eslint';
import { root } from './blocks.js';

describe('scripts/eslint/message-style.js', () => {
  let rule: Rule.RuleModule;
  before(async () => {
    const { messageStyle } = (await import(join(root, 'scripts/eslint/message-style.js'))) as {
      messageStyle: Rule.RuleModule;
    };
    rule = messageStyle;
  });

  const faultsOf = (code: string) =>
    new Linter()
      .verify(`const text = ${code};`, {
        plugins: { project: { rules: { style: rule } } },
        rules: { 'project/style': 2 },
      })
      .map(({ messageId, message }) => messageId ?? message);

  const bad: [code: string, ...faults: string[]][] = [
    [`'the broker is gone.'`, 'sentences'],
    [`'the broker is gone. It may come back'`, 'sentences'],
    ['`${url} is gone. ` + `It may come back`', 'sentences'],
    ["`${url} is gone` + '. It may come back'", 'sentences'],
    [`'a; b; is gone'`, 'semicolons'],
    ['`${why}; it is gone; ` + remedy', 'semicolons'],
    [`'the topic "a" is gone'`, 'doubleQuotes'],
    [`"set the option 'clean' to false"`, 'article'],
    [`'set option clean to false'`, 'unquotedOption'],
    ['`set option ${name} to false`', 'unquotedOption'],
    [`'give the certificate as tls.ca'`, 'unquotedPath'],
  ];
  for (const [code, ...faults] of bad)
    it(`finds what is wrong with ${code}`, () => {
      expect(faultsOf(code)).to.deep.equal(faults);
    });

  const good = [
    `'properties.receiveMaximum'`,
    `"set option 'clean' to false; the session then lasts"`,
    `"give the certificate as 'tls.ca' (5.0 section 4.1)"`,
    '`it takes { topic, payload, ... }, not ${kind}`',
    "`option '${name}` + `' is missing`",
    '`${host}.${domain}`',
    `"subscribe to topic$, or set 'clean'"`,
  ];
  for (const code of good)
    it(`accepts ${code}`, () => {
      expect(faultsOf(code)).to.deep.equal([]);
    });
});
