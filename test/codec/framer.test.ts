import { expect } from 'chai';
import { PacketDecoder } from '../../src/codec/decoder.js';
import type { PublishPacket } from '../../src/packets.js';
import { caught, decode, itRefuses, variable, versions, wire } from './support.js';

const publish = (payload: Uint8Array): Uint8Array =>
  Buffer.concat([Uint8Array.from([0x30, ...variable(3 + payload.length)]), wire("0001 'a'"), payload]);

describe('Cutting the stream', () => {
  it('takes any cuts, in the fixed header too', () => {
    const sizes = [0, 1, 123, 124, 125, 16_379, 16_380, 16_381];
    const stream = Buffer.concat([...sizes.map(size => publish(new Uint8Array(size).fill(size))), wire('d0 00')]);
    const whole = decode(4, stream);
    expect(whole.map(packet => (packet.cmd === 'publish' ? packet.payload.length : packet.cmd))).to.deep.equal([
      ...sizes,
      'pingresp',
    ]);
    for (const size of [1, 2, 3, 7, 128, 1000]) expect(decode(4, stream, size), `${size}`).to.deep.equal(whole);
  });

  it('takes chunks that are empty, and several before the first next()', () => {
    const decoder = new PacketDecoder(4);
    for (const chunk of ['', '40', '', '02 00 07 d0', '00 d0 00', '']) decoder.push(wire(chunk));
    expect(decoder.next()).to.deep.equal({ cmd: 'puback', packetId: 7 });
    expect(decoder.next()).to.deep.equal({ cmd: 'pingresp' });
    expect(decoder.next()).to.deep.equal({ cmd: 'pingresp' });
    expect(decoder.next()).to.equal(undefined);
  });

  it('does not copy a packet that lies within one chunk', () => {
    const chunk = Buffer.concat([wire('d0 00'), publish(Uint8Array.of(1, 2, 3))]);
    const decoder = new PacketDecoder(4);
    decoder.push(chunk);
    decoder.next();
    const { payload } = decoder.next() as PublishPacket;
    expect(payload.buffer).to.equal(chunk.buffer);
    expect(payload).to.deep.equal(Uint8Array.of(1, 2, 3));
    // No Buffer, whose slice() would be no copy.
    expect(payload.constructor).to.equal(Uint8Array);
  });

  it('gives each packet that spans chunks its own bytes', () => {
    const first = publish(Uint8Array.of(1, 2, 3));
    const second = publish(Uint8Array.of(4, 5, 6));
    const [one, two] = decode(4, Buffer.concat([first, second]), 1) as PublishPacket[];
    expect([one!.payload, two!.payload]).to.deep.equal([Uint8Array.of(1, 2, 3), Uint8Array.of(4, 5, 6)]);
  });

  it('joins 1 MB, byte by byte and in chunks of 16 KiB', () => {
    const payload = Uint8Array.from({ length: 1 << 20 }, (_, i) => i * 31);
    const bytes = publish(payload);
    for (const size of [1, 16_384]) {
      const packets = decode(4, bytes, size) as PublishPacket[];
      expect(packets).to.have.length(1);
      expect(Buffer.compare(packets[0]!.payload, payload)).to.equal(0);
    }
  });

  it('does not set aside what is only announced', () => {
    const sizes = allocations(() => {
      const decoder = new PacketDecoder(4);
      decoder.push(wire('30 ff ff ff 7f 00 01'));
      expect(decoder.next()).to.equal(undefined);
    });
    expect(sizes.reduce((sum, size) => sum + size, 0)).to.be.within(7, 70_000);
  });

  for (const version of versions) {
    itRefuses(version, [
      ['a remaining length of five bytes [MQTT-1.5.5]', '30 ff ff ff ff 01'],
      ['a remaining length of five bytes before the fifth is there', '30 80 80 80 80'],
      ['a remaining length that is not in the shortest form [MQTT-1.5.5-1]', '40 82 00 00 01'],
      ['a remaining length of 0 in two bytes', 'd0 80 00'],
      ['a remaining length of 0 in four bytes', 'd0 80 80 80 00'],
    ]);
  }

  describe('maximumPacketSize [MQTT-3.1.2-24]', () => {
    const read = (hex: string, maximumPacketSize: number) => {
      const decoder = new PacketDecoder(5, { maximumPacketSize });
      decoder.push(wire(hex));
      return decoder.next();
    };

    it('counts the fixed header', () => {
      expect(read("30 05 0001 'a' 00 'x'", 7)).to.include({ cmd: 'publish' });
      expect(caught(() => read("30 05 0001 'a' 00 'x'", 6))).to.include({ code: 'PACKET_TOO_LARGE', reasonCode: 0x95 });
    });

    it('is judged by the fixed header alone', () => {
      expect(read('30 80 02', 259)).to.equal(undefined);
      const error = caught(() => read('30 80 02', 258));
      expect(error).to.include({ code: 'PACKET_TOO_LARGE', reasonCode: 0x95, phase: 'mqtt', retryable: true });
      expect(error.message).to.match(/PUBLISH.*259 bytes.*258.*'properties.maximumPacketSize'/);
    });
  });

  describe('a packet that is longer than its type can be, before a byte of it is kept', () => {
    const types = ['20', '40', '50', '62', '70', '90', 'b0', 'd0'];
    const longest = { 5: { d0: 129 }, 4: { 90: 0x100000 }, 3: { 90: 0x100000 } } as Record<
      number,
      Record<string, number>
    >;
    for (const version of versions) {
      for (const type of [...types, ...(version === 5 ? ['e0', 'f0'] : [])]) {
        it(`${version}: ${type}`, () => {
          const bound = longest[version]![type] ?? (version === 5 ? 0x100000 : 129);
          const announced = (size: number) => {
            const remaining = [2, 3, 4]
              .map(header => size - header)
              .find(rest => variable(rest).length === size - rest - 1)!;
            const decoder = new PacketDecoder(version);
            decoder.push(Uint8Array.from([parseInt(type, 16), ...variable(remaining)]));
            return decoder.next();
          };
          expect(announced(bound)).to.equal(undefined);
          const error = caught(() => announced(bound + 4));
          expect(error).to.include({ code: 'PACKET_TOO_LARGE', reasonCode: 0x95, phase: 'mqtt', retryable: true });
          expect(error.message)
            .to.contain(`${bound + 4} bytes`)
            .and.not.contain('maximumPacketSize');
        });
      }
    }
  });

  it('a decoder that has thrown throws the same again, whatever comes', () => {
    const decoder = new PacketDecoder(5);
    decoder.push(wire('d0 00 00 00 d0 00'));
    expect(decoder.next()).to.deep.equal({ cmd: 'pingresp' });
    const error = caught(() => decoder.next());
    decoder.push(wire('d0 00'));
    expect(caught(() => decoder.next())).to.equal(error);
  });
});

/** The sizes of the byte arrays that `work` allocates. */
function allocations(work: () => void): number[] {
  const sizes: number[] = [];
  const { Uint8Array: original } = globalThis;
  globalThis.Uint8Array = new Proxy(original, {
    construct(target, args: [unknown]) {
      if (typeof args[0] === 'number') sizes.push(args[0]);
      return Reflect.construct(target, args);
    },
  });
  try {
    work();
  } finally {
    globalThis.Uint8Array = original;
  }
  return sizes;
}
