import { firstValueFrom, lastValueFrom } from 'rxjs';
import { type MqttError, type MqttOptions, mqtt } from '../../index.js';
import { type Finding, found } from './finding.js';
import { PATIENCE } from './probe.js';

/** Where brokers usually listen for WebSockets: mosquitto, EMQX, HiveMQ, RabbitMQ, NATS. */
const PORTS = [9001, 8083, 8000, 15675, 8080];
const PATHS = ['/mqtt', '/ws', '/'];

/** Finds out at which paths a broker takes MQTT over WebSocket: at its own URL, or at the usual ports of its host. */
export async function checkWebSockets(url: URL, options: MqttOptions): Promise<Finding[]> {
  const isWeb = /^wss?:$/.test(url.protocol);
  const isSecure = /^(mqtts|wss|ssl|tls):$/.test(url.protocol);
  const hosts = isWeb
    ? [url.host]
    : isSecure
      ? [`${url.hostname}:8084`, `${url.hostname}:443`]
      : PORTS.map(port => `${url.hostname}:${port}`);
  const paths = isWeb ? [...new Set([url.pathname, ...PATHS])] : PATHS;
  const scheme = isSecure ? 'wss' : 'ws';
  const tried = hosts.flatMap(host => paths.map(path => `${scheme}://${host}${path}`));
  const answers = await Promise.all(
    tried.map(async target => ((await connects(target, !isWeb, options)) ? target : undefined)),
  );
  const working = answers.filter(target => target !== undefined);
  return [
    found('WebSocket', working.length > 0, working.length > 0 ? working.join(' ') : `nothing at ${hosts.join(', ')}`),
  ];
}

/** A refusal by MQTT counts, too. What listens at a port that was only guessed gets no credentials. */
async function connects(url: string, isGuessed: boolean, { clientId: _, ...given }: MqttOptions): Promise<boolean> {
  const { username: _name, password: _password, authentication: _exchange, ...anonymous } = given;
  const client = mqtt(url, { ...(isGuessed ? anonymous : given), connectTimeout: PATIENCE, reconnect: false });
  try {
    await firstValueFrom(client.connect());
    return true;
  } catch (error) {
    return ['CONNECTION_REFUSED', 'UNSUPPORTED_PROTOCOL_VERSION'].includes((error as MqttError).code);
  } finally {
    await lastValueFrom(client.disconnect(), { defaultValue: undefined });
  }
}
