import { ByteWriter } from '../bytes/byte-writer.js';
import { PacketEncoder } from '../encoder.js';
import { connackReasonCodes } from '../gate/reason-codes.js';
import { place } from '../properties/table.js';
import { PropertyWriter } from '../properties/writer.js';
import { requireInteger, unencodable } from '../unencodable.js';
import type { ConnackPacket, Packet, ProtocolVersion, SubackPacket, UnsubackPacket } from '../../packets.js';

type ServerPacket = ConnackPacket | SubackPacket | UnsubackPacket;

/** Writes the packets that only a server sends, too. */
export class ServerEncoder extends PacketEncoder {
  readonly #version: ProtocolVersion;

  constructor(version: ProtocolVersion) {
    super(version);
    this.#version = version;
  }

  override write(packet: Packet): number {
    switch (packet.cmd) {
      case 'connack':
        return this.#frame(0x20, packet, place.connack, connackFields(packet, this.#version), []);
      case 'suback':
        return this.#frame(0x90, packet, place.ack, packetIdOf(packet), reasonCodesOf(packet));
      case 'unsuback': {
        // UNSUBACK has reason codes in 5.0 only (section 3.11.3).
        const codes = this.#version === 5 ? reasonCodesOf(packet) : [];
        return this.#frame(0xb0, packet, place.ack, packetIdOf(packet), codes);
      }
      case 'pingresp':
        return this.append(Uint8Array.of(0xd0, 0));
      default:
        return super.write(packet);
    }
  }

  /** Appends a packet: its fields, its properties in 5.0, and its payload. */
  #frame(
    firstByte: number,
    { cmd, properties = {} }: ServerPacket,
    where: number,
    fields: readonly number[],
    payload: readonly number[],
  ): number {
    const body = new ByteWriter();
    body.reserve(fields.length + 4 + payload.length);
    body.raw(Uint8Array.from(fields));
    if (this.#version === 5) {
      const writer = new PropertyWriter();
      const size = writer.write(cmd, properties, where);
      body.reserve(4 + size + payload.length);
      body.variable(size);
      body.raw(writer.bytes.subarray(0, size));
    }
    body.raw(Uint8Array.from(payload));

    const frame = new ByteWriter();
    frame.reserve(5 + body.position);
    frame.uint8(firstByte);
    frame.variable(body.position);
    frame.raw(body.bytes.subarray(0, body.position));
    return this.append(frame.bytes.subarray(0, frame.position));
  }
}

function connackFields(packet: ConnackPacket, version: ProtocolVersion): number[] {
  const { cmd, sessionPresent, reasonCode } = packet;
  const code = version === 5 ? reasonCode : (packet.returnCode ?? connackReasonCodes.indexOf(reasonCode));
  requireInteger(cmd, 'the return code', code, 0, 0xff);
  return [sessionPresent ? 1 : 0, code];
}

function packetIdOf({ cmd, packetId }: SubackPacket | UnsubackPacket): number[] {
  requireInteger(cmd, 'the packet identifier', packetId, 1, 0xffff);
  return [packetId >> 8, packetId & 0xff];
}

function reasonCodesOf({ cmd, reasonCodes }: SubackPacket | UnsubackPacket): readonly number[] {
  if (reasonCodes.length === 0) throw unencodable(cmd, 'it holds no reason codes');
  for (const code of reasonCodes) requireInteger(cmd, 'a reason code', code, 0, 0xff);
  return reasonCodes;
}
