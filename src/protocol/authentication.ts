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

/** What an AUTH, or a CONNACK that accepts, says to the method agreed on [MQTT-4.12.0-5]. Throws where it says another. */
export function challengeOf(packet: AuthPacket | ConnackPacket, method: string): AuthenticationChallenge {
  const { cmd, reasonCode, properties } = packet;
  const final = reasonCode !== CONTINUE;
  // section 3.15.2.1 lets an AUTH that accepts be empty
  const isEmptyAuth = cmd === 'auth' && final && properties === undefined;
  if (properties?.authenticationMethod !== method && !isEmptyAuth) {
    const found = properties?.authenticationMethod === undefined ? 'no' : 'another';
    throw violation(`${cmd.toUpperCase()} names ${found} authentication method, not the one agreed on`);
  }
  const { authenticationData = new Uint8Array(), reasonString, userProperties } = properties ?? {};
  return {
    data: authenticationData,
    final,
    ...(reasonString === undefined ? {} : { reasonString }),
    ...(userProperties === undefined ? {} : { userProperties }),
  };
}

/** Throws for a CONNACK that speaks of an authentication, where none was asked for [MQTT-4.12.0-6]. */
export function assertUnauthenticated({ properties }: ConnackPacket): void {
  if (properties?.authenticationMethod === undefined && properties?.authenticationData === undefined) return;
  throw violation('CONNACK names an authentication that CONNECT did not ask for');
}

/** Before CONNACK an AUTH can only go on; CONNACK is what ends it [MQTT-4.12.0-2]. */
export function assertGoesOn({ reasonCode }: AuthPacket): void {
  if (reasonCode !== CONTINUE) throw violation('AUTH says success, where only CONNACK can');
}

function violation(what: string): MqttError {
  return new MqttError('PROTOCOL_ERROR', what, { reasonCode: 0x82, phase: 'auth', retryable: true });
}
