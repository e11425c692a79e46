import { expect } from 'chai';
import { BufferList } from '../../src/codec/mqtt-packet/browser/buffer-list.js';
import { EventEmitter } from '../../src/codec/mqtt-packet/browser/events.js';

describe('The stand-ins for what mqtt-packet takes from Node', () => {
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

  it('EventEmitter: tells the listener of an event', () => {
    const heard: unknown[] = [];
    const emitter = new EventEmitter();
    expect(emitter.on('packet', packet => heard.push(packet))).to.equal(emitter);
    emitter.emit('packet', 1);
    emitter.emit('error', 2);
    expect(heard).to.deep.equal([1]);
  });
});
