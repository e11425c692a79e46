import type { TransportTarget } from './link.js';
import { piece } from '../quoted.js';
import type { MqttError } from '../errors.js';
import { protocolError } from '../protocol/violations.js';

/** The URL for the upgrade, as it was given; the client has put in the path of a URL that has none. */
export function upgradeUrl({ url }: TransportTarget): URL {
  const upgrade = new URL(url);
  upgrade.hash = '';
  return upgrade;
}

/** The sub-protocols to offer: `mqtt` [MQTT-6.0.0-3], before 3.1.1 it was `mqttv3.1`. */
export function subProtocols({ options, protocolVersion }: TransportTarget): string[] {
  return [...(options.websocket?.protocols ?? [protocolVersion === 3 ? 'mqttv3.1' : 'mqtt'])];
}

/** Close codes that say no more than that it is over: normal, going away, no code, no close frame (RFC 6455 section 7.4.1). */
const silent: ReadonlySet<number> = new Set([1000, 1001, 1005, 1006]);

/** What a server says when it closes for a reason; undefined where it just closes. */
export function closeReason(code: number, reason = ''): string | undefined {
  if (silent.has(code)) return undefined;
  const words = piece(reason);
  return `the broker closed the WebSocket with code ${code}${words && `: ${words}`}`;
}

/** Returns the error for a text frame: MQTT uses binary frames only [MQTT-6.0.0-1]. */
export const textFrame = (): MqttError =>
  protocolError('the WebSocket stream', 'it holds a text frame, and MQTT uses binary frames only');
