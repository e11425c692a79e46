import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { assertVersion, trimmed } from '../../scripts/build/mqtt-packet.js';
import { removeChecks, removeFunctions, replaceTexts } from '../../scripts/build/trim.js';

const source = (file: string): string => readFileSync(`node_modules/mqtt-packet/${file}`, 'utf8');

describe('What the build takes out of mqtt-packet', () => {
  it('replaces texts as often as they must occur', () => {
    expect(
      replaceTexts('a.js', 'one two one', [
        ['one', '1', 2],
        [/t\w+/, '2'],
      ]),
    ).to.equal('1 2 1');
    expect(() => replaceTexts('a.js', 'one two', [['one', '', 2]])).to.throw(
      'mqtt-packet has changed, so that a.js cannot be trimmed: one occurs 1 times instead of 2',
    );
  });

  it('removes functions and methods', () => {
    const code = 'function a() { return b(); }\nfunction b() {}\nclass C { a() {} c() {} }';
    expect(removeFunctions('a.js', code, ['b', 'c'])).to.equal('function a() { return b(); }\n\nclass C { a() {}  }');
    expect(() => removeFunctions('a.js', code, ['d'])).to.throw("a.js cannot be trimmed: it has no function 'd'");
  });

  const check = (code: string, count = 1) => removeChecks('a.js', code, 'fail', count);

  it('removes checks', () => {
    expect(check('if (a) fail()\nb()')).to.equal(';\nb()');
    expect(check('() => { if (a) { fail(); return false } }')).to.equal('() => { ; }');
    expect(check('function f() { if (a) return fail(1) }')).to.equal('function f() { ; }');
    expect(check('if (a) { fail() } else { b() }')).to.equal('{ b() }');
    expect(check('if (a) b(); else fail()')).to.equal('if (a) b();');
    expect(check('if (a) b(); else if (c) fail(); else d()')).to.equal('if (a) b(); else d()');
    expect(check('switch (a) { case 1: b(); break; default: fail() }')).to.equal('switch (a) { case 1: b(); break;  }');
  });

  it('removes no other branches', () => {
    for (const code of ['if (a) { b(); fail() }', 'if (a) { fail(); b() }', 'if (a) failure()', 'fail()']) {
      expect(check(code, 0)).to.equal(code);
    }
  });

  it('keeps a condition that calls a method', () => {
    expect(check('if (!this._next()) fail()')).to.equal('!this._next();');
    expect(() => check('if (!this._next()) fail(); else b()')).to.throw('has effects: !this._next()');
  });

  it('fails if there is a check more or less', () => {
    expect(() => check('if (a) fail(); if (b) fail()')).to.throw(
      'a check that calls fail() occurs 2 times instead of 1',
    );
  });

  it('fails the build for another version of mqtt-packet', () => {
    expect(() => assertVersion('9.0.2')).not.to.throw();
    expect(() => assertVersion('9.0.3')).to.throw(
      'mqtt-packet has version 9.0.3, but the build leaves parts out of 9.0.2',
    );
  });

  const changes: readonly [what: string, file: string, from: string | RegExp, to: string][] = [
    ['another module', 'parser.js', `require('bl')`, `require('other')`],
    ['another message for debug()', 'parser.js', `debug('_parseByte: result: %o', result)`, ''],
    ['a check more', 'parser.js', 'this._list.consume(1)', `if (zero) return this._emitError(new Error('new'))`],
    ['a packet that is parsed elsewhere', 'parser.js', /_parseSubscribe/g, '_readSubscribe'],
    ['properties that are kept elsewhere', 'parser.js', /packet\.properties = /g, 'packet.other = '],
    ['states of another form', 'parser.js', '_states = [', '_states = new Array('],
    ['another way to parse', 'parser.js', 'parse (buf) {', 'async parse (buf) {'],
    ['another packet', 'packet.js', 'module.exports = ', 'exports.Packet = '],
  ];
  for (const [what, file, from, to] of changes) {
    it(`fails the build if ${file} has ${what}`, () => {
      const before = source(file);
      const after = before.replace(from, to);
      expect(after).not.to.equal(before);
      expect(() => trimmed[file]!(before)).not.to.throw();
      expect(() => trimmed[file]!(after)).to.throw();
    });
  }
});
