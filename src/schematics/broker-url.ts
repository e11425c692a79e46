import { MqttError } from '../errors.js';
import { mayHoldUserInfo, quoted } from '../quoted.js';

/** Throws INVALID_ARGUMENT unless browsers can connect to this URL, and everybody may read it, because it becomes part of a bundle. */
export function assertBrokerUrl(url: string): void {
  if (mayHoldUserInfo(url))
    throw invalid(
      "the URL contains an @, like a user name with its password, and all visitors of a page can read what is in it; leave them out, and set 'perAttempt' of provideMqtt() to fetch a token",
    );
  const { protocol, hostname } = URL.canParse(url) ? new URL(url) : { protocol: '', hostname: '' };
  if (!/^wss?:$/.test(protocol) || hostname === '')
    throw invalid(
      `${quoted(url)} is no URL for browsers, which use MQTT over WebSocket; it must look like 'ws://localhost:9001' or 'wss://broker.example/mqtt'`,
    );
}

const invalid = (what: string) => new MqttError('INVALID_ARGUMENT', `bad option 'url': ${what}`, { subject: 'url' });
