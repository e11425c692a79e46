import type {
  IAuthPacket,
  IConnackPacket,
  IDisconnectPacket,
  IPubackPacket,
  IPublishPacket,
  ISubackPacket,
  IUnsubackPacket,
  Packet as WirePacket,
} from 'mqtt-packet';
import type { Packet, ProtocolVersion, PublishPacket } from '../../packets.js';
import { connackReasonCodes } from '../gate/reason-codes.js';

/** Converts a packet of mqtt-packet to a packet of this library, with the properties that the gate has read. */
export function packetFromWire(wire: WirePacket, properties: object | undefined, version: ProtocolVersion): Packet {
  const translate = translations[wire.cmd as keyof typeof translations] as Translation;
  const packet = translate(wire, version);
  if (properties !== undefined) packet.properties = properties;
  return packet as Packet;
}

type Translation = (wire: WirePacket, version: ProtocolVersion) => { cmd: string; properties?: object };

const acknowledgement = (wire: IPubackPacket) => ({
  cmd: wire.cmd,
  packetId: wire.messageId!,
  ...(wire.length! > 2 && { reasonCode: wire.reasonCode! }),
});

const translations = {
  connack: (wire: IConnackPacket, version: ProtocolVersion) => {
    const { sessionPresent } = wire;
    const code = wire.returnCode ?? wire.reasonCode ?? 0;
    // A CONNACK of two bytes is of 3.x, also as the answer to a CONNECT of 5.0; some brokers put a reason code of 5.0 there.
    const reasonCode = version === 5 && wire.length! > 2 ? undefined : connackReasonCodes[code];
    if (reasonCode === undefined) return { cmd: wire.cmd, sessionPresent, reasonCode: code };
    return { cmd: wire.cmd, sessionPresent, reasonCode, returnCode: code };
  },
  publish: (wire: IPublishPacket): PublishPacket => {
    const { cmd, topic, qos, retain, dup, messageId = 0 } = wire;
    // mqtt-packet returns Buffers.
    const { buffer, byteOffset, length } = wire.payload as Uint8Array;
    const payload = new Uint8Array(buffer, byteOffset, length);
    return { cmd, topic, payload, qos, retain, dup, packetId: messageId, properties: undefined };
  },
  puback: acknowledgement,
  pubrec: acknowledgement,
  pubrel: acknowledgement,
  pubcomp: acknowledgement,
  suback: (wire: ISubackPacket) => ({
    cmd: wire.cmd,
    packetId: wire.messageId!,
    reasonCodes: wire.granted as number[],
  }),
  unsuback: (wire: IUnsubackPacket) => ({
    cmd: wire.cmd,
    packetId: wire.messageId!,
    reasonCodes: wire.granted ?? [],
  }),
  pingresp: () => ({ cmd: 'pingresp' }),
  disconnect: (wire: IDisconnectPacket) => ({
    cmd: wire.cmd,
    ...(wire.length! > 0 && { reasonCode: wire.reasonCode! }),
  }),
  auth: (wire: IAuthPacket) => ({ cmd: wire.cmd, reasonCode: wire.reasonCode }),
};
