import { Buffer as NodeBuffer } from 'node:buffer';
import { expect } from 'chai';
import { Buffer, asBuffer } from '../../src/codec/mqtt-packet/browser/buffer.js';
import { BufferList } from '../../src/codec/mqtt-packet/browser/buffer-list.js';
import { EventEmitter } from '../../src/codec/mqtt-packet/browser/events.js';
import { getProperties } from '../../src/codec/mqtt-packet/browser/properties.js';
import { wire } from './support.js';

describe('The stand-ins for what mqtt-packet takes from Node', () => {
  it('Buffer: makes, measures and writes as that of Node', () => {
    for (const Class of [Buffer, NodeBuffer]) {
      const bytes = Class.allocUnsafe(2);
      bytes.writeUInt8(0xfe, 0);
      bytes.writeUInt8(0, 1);
      expect([...bytes]).to.deep.equal([0xfe, 0]);
      expect(Class.byteLength('aé€😀')).to.equal(10);
      expect(Class.byteLength(Class.allocUnsafe(4))).to.equal(4);
      expect(Class.isBuffer(Class.from([1, 2]).subarray(1)), 'a part of a Buffer').to.equal(true);
      expect(Class.isBuffer(new Uint8Array(1))).to.equal(false);
    }
  });

  it('asBuffer: the same bytes, not a copy', () => {
    const bytes = Uint8Array.of(1, 2, 3).subarray(1);
    const buffer = asBuffer(bytes);
    expect(Buffer.isBuffer(buffer)).to.equal(true);
    buffer[0] = 9;
    expect([...bytes]).to.deep.equal([9, 3]);
  });

  it('BufferList: reads what is left of its one buffer, and not beyond', () => {
    const list = new BufferList();
    expect(list.length).to.equal(0);
    list.append(Uint8Array.of(0, 1, 2, 0xff, 0xfe, 0xfd, 0xfc, 0xef, 0xbb, 0xbf, 0x61));
    list.consume(2);
    expect(list.length).to.equal(9);
    expect(list.readUInt8(0)).to.equal(2);
    expect(list.readUInt16BE(1)).to.equal(0xfffe);
    expect([...list.slice(0, 2)]).to.deep.equal([2, 0xff]);
    expect(list.toString('utf8', 5, 9)).to.equal('\ufeffa');
    expect(() => list.readUInt8(9)).to.throw(RangeError);
    expect(() => list.readUInt16BE(8)).to.throw(RangeError);
  });

  it('getProperties: measures and writes a section of properties, in their order', () => {
    const written: number[] = [];
    const sink = { write: (bytes: Uint8Array) => written.push(...bytes) };
    const properties = { userProperties: [{ a: '1' }, { a: '2' }], receiveMaximum: 5 };
    const section = getProperties(sink, properties);
    section.write();
    expect(written).to.deep.equal([...wire("[26 0001 'a' 0001 '1' 26 0001 'a' 0001 '2' 21 0005]")]);
    expect(section.length).to.equal(written.length);
    getProperties(sink, undefined).write();
    expect(written.at(-1)).to.equal(0);
    expect(getProperties(sink, undefined).length).to.equal(1);
  });

  it('EventEmitter: tells the listener of an event', () => {
    const heard: unknown[] = [];
    const emitter = new EventEmitter();
    expect(emitter.on('packet', packet => heard.push(packet))).to.equal(emitter);
    emitter.emit('packet', 1);
    emitter.emit('error', 2);
    expect(heard).to.deep.equal([1]);
  });
});
