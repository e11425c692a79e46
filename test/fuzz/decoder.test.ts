import { expect } from 'chai';
import { isDeepStrictEqual } from 'node:util';
import { PacketDecoder } from '../../src/codec/decoder.js';
import { MqttError } from '../../src/errors.js';
import type { Packet, ProtocolVersion } from '../../src/packets.js';
import { corpus, fuzz, patience } from './corpus.js';
import { type Random, cut, frames } from './mutate.js';

interface Outcome {
  readonly packets: Packet[];
  readonly error?: string;
}

const codes = ['MALFORMED_PACKET', 'PROTOCOL_ERROR', 'PACKET_TOO_LARGE'];
const maximumPacketSize = 2048;
const sentinel = Uint8Array.of(0x40, 2, 0x12, 0x34);
const pingresp = Uint8Array.of(0xd0, 0);

function fail(what: string): never {
  throw new Error(what);
}

/** The packets of a stream that comes in these pieces, and how it ends. */
function outcome(version: ProtocolVersion, pieces: readonly Uint8Array[]): Outcome {
  const decoder = new PacketDecoder(version, { maximumPacketSize });
  const packets: Packet[] = [];
  try {
    for (const piece of pieces) {
      decoder.push(piece);
      for (let packet; (packet = decoder.next()) !== undefined;) packets.push(packet);
    }
    return { packets };
  } catch (error) {
    if (!MqttError.is(error)) fail(`not an MqttError: ${String(error)}`);
    if (!codes.includes(error.code)) fail(`a code that is none of the decoder: ${error.code}`);
    if ((error.reasonCode ?? 0) < 0x80) fail(`no reason code: ${error.message}`);
    staysDead(decoder, error);
    return { packets, error: `${error.code} ${error.reasonCode} ${error.message}` };
  }
}

function staysDead(decoder: PacketDecoder, error: MqttError): void {
  for (const chunk of [new Uint8Array(0), pingresp]) {
    decoder.push(chunk);
    let again: unknown;
    try {
      again = decoder.next();
    } catch (thrown) {
      again = thrown;
    }
    if (again !== error) fail(`after a violation it gave ${String(again)}`);
  }
}

function same(what: string, left: unknown, right: unknown): void {
  if (!isDeepStrictEqual(left, right)) expect(left, what).to.deep.equal(right);
}

/** `bytes` in the middle of others that must not be looked at. */
function embedded(bytes: Uint8Array, filler: number): Uint8Array {
  const room = new Uint8Array(bytes.length + 16).fill(filler);
  room.set(bytes, 8);
  return room.subarray(8, 8 + bytes.length);
}

function check(version: ProtocolVersion, bytes: Uint8Array, random: Random): void {
  const before = bytes.slice();
  const whole = outcome(version, [bytes]);
  same('cut', outcome(version, cut(bytes, random)), whole);
  same('in front of 0xff', outcome(version, [embedded(bytes, 0xff)]), whole);
  same('in front of 0', outcome(version, [embedded(bytes, 0)]), whole);
  same('the input', bytes, before);

  // whole packets, with another behind: both are there, and nothing of one in the other
  const end = frames(bytes).at(-1)?.end ?? 0;
  const packets = bytes.subarray(0, end);
  const alone = outcome(version, [packets]);
  for (const next of [sentinel, pingresp]) {
    const joined = outcome(version, [Uint8Array.from([...packets, ...next])]);
    if (alone.error !== undefined) same('with a packet behind', joined, alone);
    else same('with a packet behind', joined, { packets: [...alone.packets, ...outcome(version, [next]).packets] });
  }
}

describe('fuzzing the decoder', () => {
  it('the corpus is what its names say', () => {
    for (const { name, version, bytes } of corpus) {
      const { packets, error } = outcome(version, [bytes]);
      if (/^v\d-valid/.test(name)) expect([packets.length, error], name).to.deep.equal([1, undefined]);
      if (/^v\d-refused/.test(name)) expect(error, name).to.be.a('string');
      if (/^v\d-spoiled/.test(name)) expect(packets[0], name).to.have.nested.property('refusal.reasonCode');
    }
  });

  it('every stream ends in packets or one error, the same however it is cut', async function () {
    this.timeout(patience(0.3));
    const tried = await fuzz('decoder', 30, 0.3, check);
    expect(tried).to.be.greaterThan(corpus.length - 1);
  });
});
