import type { AuthenticationChallenge } from '../options/authentication.js';
import { MqttError } from '../errors.js';
import type { AuthPacket, ConnackPacket } from '../packets.js';

/** Reason codes of AUTH (5.0 section 3.15.2.1). */
export const CONTINUE = 0x18;
export const REAUTHENTICATE = 0x19;

export function authPacket(reasonCode: number, method: string, data: Uint8Array | undefined): AuthPacket {
  const properties = { authenticationMethod: method, ...(data === undefined ? {} : { authenticationData: data }) };
  return { cmd: 'auth', reasonCode, properties };
}

/** Returns the challenge of an AUTH or a successful CONNACK. Throws PROTOCOL_ERROR unless it names the agreed method [MQTT-4.12.0-5]. */
export function challengeOf(packet: AuthPacket | ConnackPacket, method: string): AuthenticationChallenge {
  const { cmd, reasonCode, properties } = packet;
  const isFinal = reasonCode !== CONTINUE;
  // a successful AUTH may be empty (5.0 section 3.15.2.1)
  const isEmptyAuth = cmd === 'auth' && isFinal && properties === undefined;
  if (properties?.authenticationMethod !== method && !isEmptyAuth) {
    const found = properties?.authenticationMethod === undefined ? 'no' : 'another';
    throw violation(`${cmd.toUpperCase()} names ${found} authentication method instead of the agreed one`);
  }
  const { authenticationData = new Uint8Array(), reasonString, userProperties } = properties ?? {};
  return {
    data: authenticationData,
    final: isFinal,
    ...(reasonString === undefined ? {} : { reasonString }),
    ...(userProperties === undefined ? {} : { userProperties }),
  };
}

/** Throws PROTOCOL_ERROR for a CONNACK with authentication properties where CONNECT had none [MQTT-4.12.0-6]. */
export function assertUnauthenticated({ properties }: ConnackPacket): void {
  if (properties?.authenticationMethod === undefined && properties?.authenticationData === undefined) return;
  throw violation('CONNACK has authentication properties, but CONNECT had none');
}

/** Throws PROTOCOL_ERROR for an AUTH before CONNACK that does not continue, as only CONNACK ends the exchange [MQTT-4.12.0-2]. */
export function assertContinues({ reasonCode }: AuthPacket): void {
  if (reasonCode !== CONTINUE)
    throw violation('AUTH before CONNACK does not continue the authentication; only CONNACK can end it');
}

function violation(message: string): MqttError {
  return new MqttError('PROTOCOL_ERROR', message, { reasonCode: 0x82, phase: 'auth', retryable: true });
}
