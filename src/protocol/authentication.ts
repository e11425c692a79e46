import type { AuthenticationChallenge } from '../options/authentication.js';
import type { MqttError } from '../errors.js';
import type { AuthPacket, ConnackPacket } from '../packets.js';
import { protocolError } from './violations.js';

/** Reason codes of AUTH (5.0 section 3.15.2.1). */
export const CONTINUE = 0x18;
export const REAUTHENTICATE = 0x19;

export function createAuthPacket(reasonCode: number, method: string, data: Uint8Array | undefined): AuthPacket {
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
    throw authenticationError(cmd, `it names ${found} authentication method instead of the agreed one`);
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
  throw authenticationError('connack', 'it has authentication properties, but CONNECT had none');
}

/** Throws PROTOCOL_ERROR for an AUTH before CONNACK that does not continue, as only CONNACK ends the exchange [MQTT-4.12.0-2]. */
export function assertContinues({ reasonCode }: AuthPacket): void {
  if (reasonCode !== CONTINUE)
    throw authenticationError('auth', 'it does not continue the authentication, which only CONNACK can end');
}

/** Returns the error for a packet that breaks the rules of an authentication (5.0 section 4.12). */
export function authenticationError(cmd: 'auth' | 'connack', what: string): MqttError {
  return protocolError(cmd.toUpperCase(), what, 0x82, 'auth');
}
