import { PacketEncoder } from '../../codec/encoder.js';
import { MqttError } from '../../errors.js';
import type { AuthPacket, DisconnectPacket } from '../../packets.js';

/**
 * The DISCONNECT without the words for which it is too large [MQTT-3.14.2-3] [MQTT-3.14.2-4]: user properties go first, the session
 * expiry interval last.
 */
export function fitting(packet: DisconnectPacket, maximumPacketSize = Infinity): DisconnectPacket {
  if (packet.properties === undefined || maximumPacketSize === Infinity) return packet;
  const { properties, ...bare } = packet;
  const { userProperties: _, ...rest } = properties;
  const { reasonString: __, ...needed } = rest;
  const candidates = [packet, { ...bare, properties: rest }, { ...bare, properties: needed }];
  return candidates.find(each => new PacketEncoder(5).write(each) <= maximumPacketSize) ?? bare;
}

/** Throws for an AUTH that is larger than the broker accepts [MQTT-3.2.2-15]: there is nothing in it that could be left out. */
export function assertFits(packet: AuthPacket, maximumPacketSize: number): void {
  if (maximumPacketSize === Infinity) return;
  const size = new PacketEncoder(5).write(packet);
  if (size <= maximumPacketSize) return;
  throw new MqttError(
    'AUTHENTICATION_FAILED',
    `the AUTH takes ${size} bytes, the broker accepts ${maximumPacketSize}`,
    {
      reasonCode: 0x80,
      phase: 'auth',
      retryable: true,
    },
  );
}
