import { expect } from 'chai';
import fc from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { bundleCodec } from '../../scripts/build/codec.js';
import { PacketDecoder } from '../../src/codec/decoder.js';
import { PacketEncoder } from '../../src/codec/encoder.js';
import type { Packet, ProtocolVersion } from '../../src/packets.js';
import { browserBundle } from '../support/browser-bundle.js';
import { fuzz, patience } from '../fuzz/corpus.js';
import { clientPacket, serverPacket } from './arbitraries.js';
import { caught, encode, versions } from './support.js';
import { unencodable } from './unencodable.js';

const codec = { PacketDecoder, PacketEncoder };
type Codec = typeof codec;

describe('The codec for browsers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'browser-codec-'));
  let browser: Codec;
  let licences: string;

  before(async () => {
    ({ licences } = await bundleCodec());
    const outfile = join(folder, 'codec.mjs');
    writeFileSync(
      outfile,
      await browserBundle(`export * from './src/codec/decoder.ts'; export * from './src/codec/encoder.ts'`, 'esm'),
    );
    browser = (await import(pathToFileURL(outfile).href)) as Codec;
  });

  after(() => rmSync(folder, { recursive: true }));

  function encoded({ PacketEncoder }: Codec, version: ProtocolVersion, packet: Packet): Uint8Array {
    const encoder = new PacketEncoder(version);
    encoder.write(packet);
    return encoder.take();
  }

  function decoded({ PacketDecoder }: Codec, version: ProtocolVersion, bytes: Uint8Array): unknown {
    const decoder = new PacketDecoder(version);
    decoder.push(bytes);
    const packets: Packet[] = [];
    try {
      for (let packet; (packet = decoder.next()) !== undefined;) packets.push(packet);
      return packets;
    } catch (error) {
      return [...packets, String(error)];
    }
  }

  for (const version of versions) {
    it(`writes what that for Node writes, ${version}`, () => {
      fc.assert(
        fc.property(clientPacket(version), packet => {
          expect(encoded(browser, version, packet)).to.deep.equal(encoded(codec, version, packet));
        }),
        { numRuns: 500 },
      );
    });

    it(`reads and refuses what that for Node does, ${version}`, () => {
      const change = fc.option(fc.tuple(fc.nat(), fc.nat(255)));
      fc.assert(
        fc.property(serverPacket(version), change, (packet, changed) => {
          const bytes = encode(version, packet).slice();
          if (changed) bytes[changed[0] % bytes.length] = changed[1];
          expect(decoded(browser, version, bytes)).to.deep.equal(decoded(codec, version, bytes));
        }),
        { numRuns: 1000 },
      );
    });
  }

  it('reads and refuses each frame of the corpus, and mutations of it, as that for Node does', async function () {
    this.timeout(patience(0.1));
    const compared = await fuzz('codec', 8, 0.1, (version, bytes) => {
      const expected = decoded(codec, version, bytes);
      const actual = decoded(browser, version, bytes);
      if (!isDeepStrictEqual(actual, expected)) expect(actual).to.deep.equal(expected);
    });
    expect(compared).to.be.greaterThan(1000);
  });

  it('refuses the packets that have no form on the wire with the same words', () => {
    for (const [packet] of unencodable) {
      const { message } = caught(() => encoded(codec, 5, packet as Packet));
      expect(() => encoded(browser, 5, packet as Packet)).to.throw(message);
    }
    const connect = { cmd: 'connect', clientId: '', clean: false, keepalive: 0 } as const;
    for (const version of [4, 3] as const) {
      const packet = { ...connect, protocolVersion: version } as Packet;
      expect(() => encoded(browser, version, packet)).to.throw('the client id must not be empty');
    }
  });

  it('comes with the licence of each package in it', () => {
    expect(licences)
      .to.match(/^mqtt-packet \d+\.\d+\.\d+\n/)
      .and.to.include('Permission is hereby granted');
  });
});
