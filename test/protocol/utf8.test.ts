import { expect } from 'chai';
import fc from 'fast-check';
import {
  decodeUtf8,
  encodeUtf8,
  encodeUtf8Into,
  isMqttString,
  isWellFormed,
  utf8ByteLength,
} from '../../src/protocol/utf8.js';

const anyString = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map(unit => String.fromCharCode(unit)) });
const wellFormed = fc.string({ unit: 'binary' });

describe('UTF-8 strings', () => {
  it('knows lone surrogates', () => {
    for (const text of ['\ud800', '\udc00', 'a\ud83d', '\ude00\ud83d', 'x\udfffy'])
      expect(isWellFormed(text)).to.equal(false);
    for (const text of ['', 'abc', '\u{1f600}', 'é\u{10ffff}', '\ue000\ud7ff'])
      expect(isWellFormed(text)).to.equal(true);
  });

  it('counts as many bytes as TextEncoder writes, for every string', () => {
    fc.assert(fc.property(anyString, text => utf8ByteLength(text) === new TextEncoder().encode(text).length));
    for (const text of ['\ud800\ud800\udc00', '\u{1f600}\ud83d', '\u07ff\u0800\uffff']) {
      expect(utf8ByteLength(text)).to.equal(new TextEncoder().encode(text).length);
    }
  });

  it('gives back what it encoded', () => {
    fc.assert(
      fc.property(wellFormed, fc.nat(5), (text, offset) => {
        const target = new Uint8Array(offset + utf8ByteLength(text));
        expect(encodeUtf8Into(text, target, offset)).to.equal(utf8ByteLength(text));
        expect(target.slice(offset)).to.deep.equal(encodeUtf8(text));
        expect(decodeUtf8(target, offset)).to.equal(text.includes('\0') ? undefined : text);
      }),
    );
  });

  it('keeps a byte order mark [MQTT-1.5.4-3]', () => {
    expect(decodeUtf8(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).to.equal('\ufeffa');
  });

  const illFormed: [string, number[]][] = [
    ['a lone continuation byte', [0x80]],
    ['a sequence cut short', [0xe2, 0x82]],
    ['an overlong slash', [0xc0, 0xaf]],
    ['an overlong three byte form', [0xe0, 0x80, 0xaf]],
    ['a surrogate', [0xed, 0xa0, 0x80]],
    ['a code point above U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
    ['0xFF', [0xff]],
    ['U+0000', [0x61, 0x00]],
    ['an overlong U+0000', [0xc0, 0x80]],
  ];
  for (const [name, bytes] of illFormed) {
    it(`refuses ${name}`, () => expect(decodeUtf8(Uint8Array.from(bytes))).to.equal(undefined));
  }

  it('says which strings MQTT can carry', () => {
    expect(isMqttString('')).to.equal(true);
    expect(isMqttString('é'.repeat(32767))).to.equal(true);
    expect(isMqttString('é'.repeat(32768))).to.equal(false);
    expect(isMqttString('a\0')).to.equal(false);
    expect(isMqttString('a\ud800')).to.equal(false);
  });
});
