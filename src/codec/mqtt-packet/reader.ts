import { asBuffer, parser as createParser } from '#mqtt-packet';
import type { Packet as WirePacket, Parser } from 'mqtt-packet';
import type { Packet, ProtocolVersion } from '../../packets.js';
import { Gate } from '../gate/gate.js';
import { malformed } from '../../protocol/violations.js';
import { packetFromWire } from './from-wire.js';
import { wordsOf } from '../../quoted.js';

/**
 * Reads any packet that a server may send, one frame at a time: the gate checks it, then mqtt-packet parses it. mqtt-packet merges user
 * properties with the same name, so the properties come from the gate.
 */
export class SlowReader {
  readonly #version: ProtocolVersion;
  readonly #gate: Gate;
  readonly #parser: Parser;
  #packet: WirePacket | undefined;
  #error: unknown;

  constructor(version: ProtocolVersion) {
    this.#version = version;
    this.#gate = new Gate(version);
    this.#parser = createParser({ protocolVersion: version });
    this.#parser.on('packet', packet => (this.#packet = packet));
    this.#parser.on('error', (error: unknown) => (this.#error = error));
  }

  read(bytes: Uint8Array, start: number, body: number, end: number): Packet {
    const properties = this.#gate.check(bytes, start, body, end);
    const firstByte = bytes[start]!;
    // mqtt-packet rejects this legal form of "success, no properties" (5.0 section 3.15.2.1).
    if (firstByte === 0xf0 && end === body) return { cmd: 'auth', reasonCode: 0 };
    let frame = bytes.subarray(start, end);
    // mqtt-packet does not know the DUP flag of a PUBREL in 3.1.
    if (firstByte === 0x6a) {
      frame = frame.slice();
      frame[0] = 0x62;
    }
    return this.#parse(frame, properties);
  }

  #parse(frame: Uint8Array, properties: object | undefined): Packet {
    this.#packet = this.#error = undefined;
    this.#parser.parse(asBuffer(frame));
    if (this.#packet === undefined || this.#error !== undefined) {
      throw malformed('packet', `mqtt-packet cannot parse it (${wordsOf(this.#error)})`);
    }
    return packetFromWire(this.#packet, properties, this.#version);
  }
}
