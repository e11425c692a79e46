import { PacketEncoder } from '../../codec/encoder.js';
import { MqttError } from '../../errors.js';
import type { AuthPacket, DisconnectPacket } from '../../packets.js';

/**
 * Removes properties from a DISCONNECT that is larger than the broker accepts [MQTT-3.14.2-3] [MQTT-3.14.2-4]: first the user properties,
 * then the reason string, and last the session expiry interval.
 */
export function fitMaximumPacketSize(packet: DisconnectPacket, maximumPacketSize = Infinity): DisconnectPacket {
  if (packet.properties === undefined || maximumPacketSize === Infinity) return packet;
  const { properties, ...bare } = packet;
  const { userProperties: _, ...rest } = properties;
  const { reasonString: __, ...required } = rest;
  const candidates = [packet, { ...bare, properties: rest }, { ...bare, properties: required }];
  return candidates.find(each => new PacketEncoder(5).write(each) <= maximumPacketSize) ?? bare;
}

/** Throws for an AUTH that is larger than the broker accepts [MQTT-3.2.2-15], because nothing of it can be removed. */
export function assertMaximumPacketSize(packet: AuthPacket, maximumPacketSize: number): void {
  if (maximumPacketSize === Infinity) return;
  const size = new PacketEncoder(5).write(packet);
  if (size <= maximumPacketSize) return;
  throw new MqttError(
    'AUTHENTICATION_FAILED',
    `AUTH has ${size} bytes, and the broker accepts at most ${maximumPacketSize}`,
    {
      reasonCode: 0x80,
      phase: 'auth',
      retryable: true,
    },
  );
}
