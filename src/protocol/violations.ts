import { type ConnectionPhase, MqttError, type MqttErrorCode } from '../errors.js';
import type { Packet, PubackPacket } from '../packets.js';

/** Returns the error for bytes that cannot be parsed as the packet they should be (5.0 section 1.2, "Malformed Packet"). */
export function malformed(packet: string, what: string): MqttError {
  return violation('MALFORMED_PACKET', 0x81, `malformed ${packet} from the broker: ${what}`);
}

/** Returns the error for a packet that can be parsed, and that the protocol does not allow (5.0 section 1.2, "Protocol Error"). */
export function protocolError(
  packet: string,
  what: string,
  reasonCode = 0x82,
  phase: ConnectionPhase = 'mqtt',
): MqttError {
  return violation('PROTOCOL_ERROR', reasonCode, `protocol error in ${packet} from the broker: ${what}`, phase);
}

/** Returns the error for a packet above the Maximum Packet Size of this client [MQTT-3.1.2-24]. */
export function tooLarge(packet: string, size: number, maximum: number): MqttError {
  const what =
    `${packet} from the broker is too large: it announces ${size} bytes, this client allows ${maximum}; ` +
    `raise it by option 'properties.maximumPacketSize'`;
  return violation('PACKET_TOO_LARGE', 0x95, what);
}

/** Returns the error for a packet that announces more bytes than this client reads of its type, whatever the options allow. */
export function impossiblyLong(packet: string, size: number, longest: number): MqttError {
  const what = `${packet} from the broker is too large: it announces ${size} bytes, and this packet has at most ${longest}`;
  return violation('PACKET_TOO_LARGE', 0x95, what);
}

const mayExplain: readonly string[] = ['connack', 'publish', 'disconnect'];

/** Throws for a reason string or user properties that CONNECT has declined: Request Problem Information 0 (5.0 section 3.1.2.11.7). */
export function assertTerse(packet: Packet): void {
  const { cmd, properties } = packet as PubackPacket;
  if (mayExplain.includes(cmd) || (properties?.reasonString ?? properties?.userProperties) === undefined) return;
  const what = "a reason string or user properties, though 'requestProblemInformation' is false [MQTT-3.1.2-29]";
  throw protocolError(cmd.toUpperCase(), what);
}

/** Describes the protocol that a server speaks instead of MQTT, by the first two bytes it sends; undefined if it may be MQTT. */
export function foreignProtocol(first: number | undefined, second: number | undefined): string | undefined {
  // "HT" of "HTTP/1.1 400 Bad Request"
  if (first === 0x48 && second === 0x54) return 'it speaks HTTP: use ws:// or wss://, or the port of MQTT';
  // an alert or handshake record of TLS, version 3.x
  if ((first === 0x15 || first === 0x16) && second === 0x03) return 'it speaks TLS: use mqtts:// or wss://';
  return undefined;
}

function violation(
  code: MqttErrorCode,
  reasonCode: number,
  message: string,
  phase: ConnectionPhase = 'mqtt',
): MqttError {
  return new MqttError(code, message, { reasonCode, phase, retryable: true });
}
