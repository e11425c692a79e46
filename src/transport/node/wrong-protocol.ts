import { MqttError } from '../../errors.js';

/** Whether the first bytes of a server are not MQTT, but something that often is where MQTT was looked for. */
export function wrongProtocol([first, second]: Uint8Array): MqttError | undefined {
  // an alert of TLS
  if (first === 0x15 && second === 0x03) return wrong('it speaks TLS: use mqtts:// (or wss://)');
  // 'HT' of 'HTTP/1.1 400 Bad Request'
  if (first === 0x48 && second === 0x54) return wrong('it speaks HTTP: use ws:// or wss://, or the port of MQTT');
  return undefined;
}

const wrong = (words: string) =>
  new MqttError('CONNECTION_FAILED', `that port does not speak MQTT; ${words}`, { phase: 'mqtt', retryable: true });
