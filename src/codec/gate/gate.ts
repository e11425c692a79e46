import type { ProtocolVersion } from '../../packets.js';
import { packetTypes } from '../packet-types.js';
import { protocolError } from '../../protocol/violations.js';
import { GateReader } from './gate-reader.js';
import { layouts3, layouts5, oldConnack } from './layouts.js';

/**
 * Holds a whole frame from the server to the rules of its packet: everything that its bytes alone can break. The fixed header
 * has been checked (`first-byte.ts`); what depends on the state of the connection is not known here.
 */
export class Gate {
  readonly #version: ProtocolVersion;
  readonly #reader = new GateReader();

  constructor(version: ProtocolVersion) {
    this.#version = version;
  }

  /** Returns the properties of the frame, or throws what is wrong with it. */
  check(bytes: Uint8Array, start: number, body: number, end: number): object | undefined {
    const frame = this.#reader;
    const firstByte = bytes[start]!;
    const { cmd, name } = packetTypes[firstByte >> 4]!;
    frame.open(name, bytes, body, end);
    frame.firstByte = firstByte;
    frame.body = body;
    frame.properties = undefined;

    const isOld = this.#version === 5 && cmd === 'connack' && end - body === 2;
    const layout = isOld ? oldConnack : (this.#version === 5 ? layouts5 : layouts3)[cmd];
    if (layout === undefined) throw protocolError(name, 'a server must not send it');
    for (const step of layout) {
      if (step !== 'mayEnd') step(frame);
      else if (frame.left === 0) return frame.properties;
    }
    if (frame.left > 0) throw frame.malformed(`it has trailing bytes (${frame.left})`);
    return frame.properties;
  }
}
