import type { ProtocolVersion } from '../../packets.js';
import { packetTypes } from '../packet-types.js';
import { protocolError } from '../../protocol/violations.js';
import { GateReader } from './gate-reader.js';
import { connack3Layout, layouts3, layouts5 } from './layouts.js';

/**
 * Checks a frame from the server against the rules of its packet type, as far as they depend on its bytes alone. `first-byte.ts` has
 * checked the fixed header; rules that depend on the state of the connection are checked elsewhere.
 */
export class Gate {
  readonly #version: ProtocolVersion;
  readonly #reader = new GateReader();

  constructor(version: ProtocolVersion) {
    this.#version = version;
  }

  /** Returns the properties of the frame. Throws for a frame that breaks a rule. */
  check(bytes: Uint8Array, start: number, body: number, end: number): object | undefined {
    const frame = this.#reader;
    const firstByte = bytes[start]!;
    const { cmd, name } = packetTypes[firstByte >> 4]!;
    frame.open(name, bytes, body, end);
    frame.firstByte = firstByte;
    frame.body = body;
    frame.properties = undefined;

    const isConnack3 = this.#version === 5 && cmd === 'connack' && end - body === 2;
    const layout = isConnack3 ? connack3Layout : (this.#version === 5 ? layouts5 : layouts3)[cmd];
    if (layout === undefined) throw protocolError(name, 'a server must not send it');
    for (const step of layout) {
      if (step !== 'mayEnd') step(frame);
      else if (frame.left === 0) return frame.properties;
    }
    if (frame.left > 0) throw frame.malformed(`it has trailing bytes (${frame.left})`);
    return frame.properties;
  }
}
