import { MqttError, type MqttErrorCode } from '../errors.js';

/** Bytes that cannot be read as the packet they claim to be (5.0 section 1.2, "Malformed Packet"). */
export function malformed(packet: string, what: string): MqttError {
  return violation('MALFORMED_PACKET', 0x81, `malformed ${packet} from the broker: ${what}`);
}

/** A packet that can be read, with something in it that the protocol does not allow (5.0 section 1.2, "Protocol Error"). */
export function protocolError(packet: string, what: string, reasonCode = 0x82): MqttError {
  return violation('PROTOCOL_ERROR', reasonCode, `protocol error in ${packet} from the broker: ${what}`);
}

export function tooLarge(packet: string, size: number, maximum: number): MqttError {
  const what =
    `${packet} from the broker is too large: it announces ${size} bytes, this client allows ${maximum}; ` +
    `raise it by the option 'properties.maximumPacketSize'`;
  return violation('PACKET_TOO_LARGE', 0x95, what);
}

/** Refused by its fixed header: whatever the user allows, this client reads no such packet. */
export function impossiblyLong(packet: string, size: number, longest: number): MqttError {
  const what = `${packet} from the broker is too large: it announces ${size} bytes, and this packet has at most ${longest}`;
  return violation('PACKET_TOO_LARGE', 0x95, what);
}

function violation(code: MqttErrorCode, reasonCode: number, message: string): MqttError {
  return new MqttError(code, message, { reasonCode, phase: 'mqtt', retryable: true });
}

/** `0x1f` */
export function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, '0')}`;
}
