import { MqttError } from '../errors.js';
import { lateRefusal } from './tls-failure.js';
import { wordsOf } from '../quoted.js';

const statusHints: Readonly<Record<number, string>> = {
  400: 'the server does not take the request; check the path, and whether the port takes ws:// or wss://',
  401: 'the server wants other credentials; see websocket.headers',
  403: 'the server does not allow it; see websocket.headers',
  404: 'there is nothing at that path; most brokers have /mqtt, RabbitMQ has /ws',
  426: 'the server wants another version of HTTP or WebSocket',
  502: 'the broker behind that server does not answer',
  503: 'the server is busy, or the broker behind it does not answer',
  504: 'the broker behind that server does not answer',
};

const errorHints: readonly (readonly [pattern: RegExp, words: string])[] = [
  [
    /subprotocol/i,
    'the server does not speak the sub-protocol; see websocket.protocols, and whether that path leads to MQTT',
  ],
  [/HPE_|Parse Error/, 'that port does not speak HTTP; 1883 and 8883 are for mqtt:// and mqtts://, or it wants wss://'],
  [
    /ECONNRESET|hang up|EPIPE/,
    'the server hung up; 1883 and 8883 are not WebSocket ports, and a port for wss:// does not take ws://',
  ],
];

/** The server answered, with an HTTP status and not with an upgrade: the `cause` has it as `status`. */
export function refusedUpgrade(status: number, { host, pathname }: URL): MqttError {
  const moved = status >= 300 && status < 400;
  const hint =
    statusHints[status] ??
    (moved
      ? 'the server redirects elsewhere; give the URL that it redirects to'
      : 'that is an HTTP server which does not upgrade to WebSocket');
  const cause = Object.assign(new Error(`HTTP ${status}`), { status });
  return upgradeFailed(`no WebSocket at ${host}${pathname}: ${hint} (HTTP ${status})`, cause);
}

export function upgradeFailure(cause: NodeJS.ErrnoException, { host, pathname }: URL): MqttError {
  const text = `${cause.code ?? ''} ${cause.message}`;
  const hint = errorHints.find(([pattern]) => pattern.test(text))?.[1] ?? wordsOf(cause);
  return lateRefusal(cause) ?? upgradeFailed(`no WebSocket at ${host}${pathname}: ${hint}`, cause);
}

const upgradeFailed = (message: string, cause: Error) =>
  new MqttError('CONNECTION_FAILED', message, { phase: 'websocket', cause, retryable: true });
