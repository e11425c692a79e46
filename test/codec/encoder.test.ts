import { runInNewContext } from 'node:vm';
import { expect } from 'chai';
import { Slab } from '../../src/codec/bytes/slab.js';
import { PacketEncoder } from '../../src/codec/encoder.js';
import type { PublishPacket } from '../../src/packets.js';
import { publish } from './examples.js';
import { encode, hex, wire } from './support.js';

describe('PacketEncoder', () => {
  const at = (size: number): PublishPacket => ({
    ...(publish as PublishPacket),
    payload: new Uint8Array(size).fill(size),
  });

  it('hands over all that was written since the last time as one', () => {
    const encoder = new PacketEncoder(4);
    expect(encoder.write({ cmd: 'puback', packetId: 1 })).to.equal(4);
    expect(encoder.write({ cmd: 'pingreq' })).to.equal(2);
    expect(encoder.size).to.equal(6);
    expect(hex(encoder.take())).to.equal('40020001c000');
    expect(encoder.size).to.equal(0);
    expect(encoder.take()).to.have.length(0);
    encoder.write({ cmd: 'pingreq' });
    expect(hex(encoder.take())).to.equal('c000');
  });

  it('never writes again to what it handed over', () => {
    const encoder = new PacketEncoder(4);
    const taken: [Uint8Array, string][] = [];
    for (let size = 0; size < 90_000; size = size * 2 + 1) {
      let written = 0;
      for (let i = 0; i < 30; i++) written += encoder.write(at(size));
      const bytes = encoder.take();
      expect(bytes).to.have.length(written);
      taken.push([bytes, hex(bytes)]);
    }
    for (const [bytes, before] of taken) expect(hex(bytes) === before).to.equal(true);
  });

  it('writes again to what it was given back, but not over what waits', () => {
    const encoder = new PacketEncoder(4);
    encoder.write({ cmd: 'puback', packetId: 1 });
    const first = encoder.take();
    encoder.write({ cmd: 'puback', packetId: 2 });
    encoder.giveBack();
    expect(hex(encoder.take())).to.equal('40020002');
    encoder.giveBack();
    encoder.write({ cmd: 'puback', packetId: 3 });
    expect(hex(first)).to.equal('40020003');
    expect(hex(encoder.take())).to.equal('40020003');
  });

  it('keeps no buffer once it is released, but what waits in it', () => {
    const encoder = new PacketEncoder(4);
    encoder.write({ cmd: 'puback', packetId: 1 });
    encoder.release();
    const first = encoder.take();
    expect(hex(first)).to.equal('40020001');
    encoder.release();
    encoder.write({ cmd: 'puback', packetId: 2 });
    const second = encoder.take();
    expect(hex(second)).to.equal('40020002');
    expect(second.buffer).not.to.equal(first.buffer);
  });

  it('lets go of what it handed over: it changes what a caller changes nowhere else', () => {
    const encoder = new PacketEncoder(4);
    encoder.write({ cmd: 'puback', packetId: 1 });
    const first = encoder.take();
    encoder.write({ cmd: 'puback', packetId: 2 });
    first.fill(0xff);
    expect(hex(encoder.take())).to.equal('40020002');
  });

  it('takes payloads of every size, alone and behind others', () => {
    const encoder = new PacketEncoder(5);
    const sizes = [0, 1, 120, 121, 122, 123, 16_370, 16_380, 65_520, 65_536, 70_000, 2_097_150, 3_000_000, 5];
    for (const size of sizes) expect(encoder.write(at(size)), `${size}`).to.equal(encodedSize(size));
    const bytes = encoder.take();
    let position = 0;
    for (const size of sizes) {
      position += encodedSize(size);
      if (size > 0) expect(bytes[position - 1]).to.equal(size & 0xff);
    }
    expect(position).to.equal(bytes.length);
  });

  it('takes bytes of another realm', () => {
    const payload = runInNewContext('Uint8Array.of(1, 2)') as Uint8Array;
    expect(hex(encode(4, { ...publish, payload }))).to.equal(hex(wire("30 [0003 'a/b' 0102]")));
  });

  it('does not hold on to the room of a large packet', () => {
    const slab = new Slab();
    for (const size of [10, 1_000_000, 10]) {
      slab.reserve(size);
      slab.raw(new Uint8Array(size));
    }
    expect(slab.take()).to.have.length(1_000_020);
    expect(slab.bytes.length).to.be.at.most(65_536);
  });

  it('copies the payload, so that its owner may change it', () => {
    const encoder = new PacketEncoder(4);
    const packet = at(3);
    encoder.write(packet);
    packet.payload.fill(0);
    expect(hex(encoder.take())).to.match(/030303$/);
  });

  it('never loses a byte at the end of its buffer', () => {
    for (let size = 65_500; size < 65_540; size++) {
      const bytes = encode(5, at(size));
      expect(bytes).to.have.length(encodedSize(size));
      expect(bytes.at(-1)).to.equal(size & 0xff);
    }
    for (let acks = 16_380; acks < 16_388; acks++) {
      const encoder = new PacketEncoder(5);
      for (let i = 0; i < acks; i++) {
        encoder.write({ cmd: 'puback', packetId: 0x4142 });
        if (i === 10) encoder.take();
      }
      encoder.write({ cmd: 'puback', packetId: 0x4142, reasonCode: 0x80 });
      expect(hex(encoder.take()).slice(-18)).to.equal('400241424003414280');
    }
  });

  it('writes each topic as it is, however many there are and however often they change', () => {
    const encoder = new PacketEncoder(4);
    const topics = Array.from({ length: 19_000 }, (_, i) => `topic/${i}`);
    const some = topics.slice(0, 50);
    for (const topic of ['é', 'a', 'é', 'b', ...some, ...some, ...topics, ...topics.slice(-50), ...some]) {
      encoder.write({ ...(publish as PublishPacket), topic });
      const bytes = encoder.take();
      expect(Buffer.from(bytes.subarray(4, -1)).toString()).to.equal(topic);
    }
  });

  function encodedSize(payload: number): number {
    const remaining = 2 + 3 + 1 + payload;
    return 1 + [0x80, 0x4000, 0x200000].filter(bound => remaining >= bound).length + 1 + remaining;
  }
});
