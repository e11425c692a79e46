import { expect } from 'chai';
import fc from 'fast-check';
import { MqttError } from '../../../src/errors.js';
import { matches } from '../../../src/protocol/topics/match.js';
import { paramsOf, parseTemplate } from '../../../src/protocol/topics/template.js';

describe('named wildcards', () => {
  for (const [template, filter, topic, params] of [
    ['a/b', 'a/b', 'a/b', {}],
    ['+', '+', 'a', {}],
    ['#', '#', 'a/b', {}],
    ['+a', '+', 'x', { a: 'x' }],
    ['+a', '+', '', { a: '' }],
    ['#all', '#', 'x/y', { all: 'x/y' }],
    ['+a/+b', '+/+', '/', { a: '', b: '' }],
    ['+a/+b', '+/+', '/finance', { a: '', b: 'finance' }],
    ['a/+b/c/+d', 'a/+/c/+', 'a/1/c/2', { b: '1', d: '2' }],
    ['a/+/+d/#', 'a/+/+/#', 'a/1/2/3/4', { d: '2' }],
    ['a/+b/#rest', 'a/+/#', 'a/1', { b: '1', rest: '' }],
    ['a/+b/#rest', 'a/+/#', 'a/1/', { b: '1', rest: '' }],
    ['a/+b/#rest', 'a/+/#', 'a/1//2', { b: '1', rest: '/2' }],
    ['a/#rest', 'a/#', 'a', { rest: '' }],
    ['$share/g/+a/b', '$share/g/+/b', 'x/b', { a: 'x' }],
    ['$SYS/+a', '$SYS/+', '$SYS/x', { a: 'x' }],
    ['+größe/+_/+$', '+/+/+', '1/2/3', { größe: '1', _: '2', $: '3' }],
    ['+constructor/+toString', '+/+', '1/2', { constructor: '1', toString: '2' }],
  ] as const) {
    it(`${template} of ${JSON.stringify(topic)}: ${JSON.stringify(params)}`, () => {
      const parsed = parseTemplate(template);
      expect(parsed.filter).to.equal(filter);
      expect(matches(filter, topic)).to.equal(true);
      expect(paramsOf(parsed, topic)).to.deep.equal(params);
    });
  }

  for (const [template, why] of [
    ['+1', 'for a name'],
    ['a/+b c/d', 'for a name'],
    ['+a-b', 'for a name'],
    ['+__proto__', 'for a name'],
    ['+a/b/+a', 'twice'],
    ['+a/#a', 'twice'],
    ['#a/b', 'before its end'],
    ['a+', 'beside other characters'],
    ['+a/b+', 'beside other characters'],
    ['+a/#/b', 'before the end'],
    ['$share/+g/a', 'wildcard in its group'],
    ['', 'empty'],
  ] as const) {
    it(`${JSON.stringify(template)} is refused: ${why}`, () => {
      const check = expect(() => parseTemplate(template)).to.throw(MqttError, why);
      check.with.property('code', 'INVALID_ARGUMENT');
    });
  }

  it('holds for every topic: what the params say, put in for the names, is the topic', () => {
    const level = fc.stringMatching(/^[a-z]{0,3}$/);
    const part = fc.record({ text: level, named: fc.boolean() });
    const parts = fc.array(part, { minLength: 1, maxLength: 6 }).filter(all => all.some(({ text }) => text !== ''));
    fc.assert(
      fc.property(parts, fc.array(level, { maxLength: 3 }), fc.boolean(), (levels, below, rest) => {
        const names = levels.map(({ text, named }, i) => (named ? `+n${i}` : text));
        const template = [...names, ...(rest ? ['#rest'] : [])].join('/');
        fc.pre(template !== '');
        const topic = [...levels.map(({ text }) => text), ...(rest ? below : [])].join('/');
        const parsed = parseTemplate(template);
        expect(matches(parsed.filter, topic)).to.equal(true);
        const params = paramsOf(parsed, topic);
        levels.forEach(({ text, named }, i) => expect(params[`n${i}`]).to.equal(named ? text : undefined));
        if (rest) expect(params.rest).to.equal(below.join('/'));
      }),
    );
  });
});

describe('a template behind a prefix', () => {
  it('takes the names from the topic, which has no prefix', () => {
    const template = parseTemplate('$share/group/devices/+id/#rest');
    expect(template).to.include({ filter: '$share/group/devices/+/#', prefix: '$share/group/' });
    expect(paramsOf(template, 'devices/7/a/b')).to.deep.equal({ id: '7', rest: 'a/b' });
    expect(paramsOf(template, '$share/group/devices/7/a')).to.deep.equal({ id: '7', rest: 'a' });
  });

  it('a wildcard within a level, and one at the end, give no name', () => {
    for (const filter of ['a/+', '+/a', '#', 'a/#']) expect(parseTemplate(filter).names, filter).to.deep.equal([]);
    expect(parseTemplate('a/+b').names).to.deep.equal([{ name: 'b', level: 1, isRest: false }]);
    for (const filter of ['a+b', 'a/b#']) {
      expect(() => parseTemplate(filter), filter)
        .to.throw()
        .that.includes({ code: 'INVALID_ARGUMENT', subject: filter });
    }
  });
});
