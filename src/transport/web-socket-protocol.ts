import { MqttError } from '../errors.js';
import { piece } from '../quoted.js';
import type { TransportTarget } from './link.js';

/** Returns the URL for the upgrade: the given one without its fragment. The client has added a default path. */
export function upgradeUrl({ url }: TransportTarget): URL {
  const upgrade = new URL(url);
  upgrade.hash = '';
  return upgrade;
}

/** Returns the sub-protocols to offer: `mqtt` [MQTT-6.0.0-3], or `mqttv3.1` for MQTT 3.1. */
export function subProtocols({ options, protocolVersion }: TransportTarget): string[] {
  return [...(options.websocket?.protocols ?? [protocolVersion === 3 ? 'mqttv3.1' : 'mqtt'])];
}

/** Describes why a server closed the WebSocket; undefined if neither its close code nor a text gives a reason. */
export function closeReason(code: number, reason = ''): string | undefined {
  if (reason === '' && codesWithoutReason.has(code)) return undefined;
  const words = piece(reason);
  return `the broker closed the WebSocket with code ${code}${words && `: ${words}`}`;
}

/** Returns the error for a text frame: MQTT uses binary frames only [MQTT-6.0.0-1]. */
export const textFrame = (): MqttError =>
  new MqttError('PROTOCOL_ERROR', 'a text frame came from the WebSocket; MQTT uses binary frames only', {
    reasonCode: 0x82,
    retryable: true,
  });

/** Close codes without a reason: normal, going away, no code, no close frame (RFC 6455 section 7.4.1). */
const codesWithoutReason: ReadonlySet<number> = new Set([1000, 1001, 1005, 1006]);
