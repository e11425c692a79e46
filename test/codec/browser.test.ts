import { expect } from 'chai';
import fc from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { bundleCodec } from '../../scripts/build/codec.js';
import { PacketDecoder } from '../../src/codec/decoder.js';
import { PacketEncoder } from '../../src/codec/encoder.js';
import type { Packet, ProtocolVersion } from '../../src/packets.js';
import { browserBundle } from '../support/browser-bundle.js';
import { clientPacket, serverPacket } from './arbitraries.js';
import { versions } from './support.js';

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
    try {
      return decoder.next();
    } catch (error) {
      return String(error);
    }
  }

  for (const version of versions) {
    it(`writes what that for Node writes, ${version}`, () => {
      fc.assert(
        fc.property(fc.oneof(clientPacket(version), serverPacket(version)), packet => {
          expect(encoded(browser, version, packet)).to.deep.equal(encoded(codec, version, packet));
        }),
        { numRuns: 500 },
      );
    });

    it(`reads and refuses what that for Node does, ${version}`, () => {
      const change = fc.option(fc.tuple(fc.nat(), fc.nat(255)));
      fc.assert(
        fc.property(serverPacket(version), change, (packet, changed) => {
          const bytes = encoded(codec, version, packet).slice();
          if (changed) bytes[changed[0] % bytes.length] = changed[1];
          expect(decoded(browser, version, bytes)).to.deep.equal(decoded(codec, version, bytes));
        }),
        { numRuns: 1000 },
      );
    });
  }

  it('comes with the licence of each package in it', () => {
    expect(licences)
      .to.match(/^mqtt-packet \d+\.\d+\.\d+\n/)
      .and.to.include('Permission is hereby granted');
  });
});
