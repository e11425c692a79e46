import { type Observable, asyncScheduler, filter, map } from 'rxjs';
import { type ConnectPacket, type MqttClient, type MqttOptions, type ServerOptions, mqtt } from '../../src/index.js';
import type { MqttHelpers } from './marbles.js';
import { connack } from './packets.js';

/** The way of a client in words: `connecting mqtt://a`, `connected`, `waiting 3: CONNECTION_CLOSED`, `closed: SERVER_DISCONNECTED`. */
export const journey = (client: MqttClient): Observable<string> =>
  client.connection$.pipe(
    filter(({ status }) => status !== 'idle' && status !== 'disconnecting'),
    map(state => {
      switch (state.status) {
        case 'connecting':
          return `connecting ${state.url}`;
        case 'reconnecting':
          return `waiting ${state.delay}: ${state.error.code}`;
        case 'closed':
          return state.error === undefined ? 'closed' : `closed: ${state.error.code}`;
        default:
          return state.status;
      }
    }),
  );

/** A client that connects as soon as the test has begun to watch it, and is closed at `lifetime` ms. */
export function connecting(
  servers: string | readonly (string | ServerOptions)[],
  options: MqttOptions,
  lifetime: number,
): MqttClient {
  const client = mqtt(servers, { protocolVersion: 5, random: () => 1, ...options });
  asyncScheduler.schedule(() => client.connect().subscribe({ error: () => undefined }));
  asyncScheduler.schedule(() => client.close(), lifetime);
  return client;
}

/** Of every CONNECT that the client sends, what `tell` says. Subscribe before it connects. */
export const connects = (client: MqttClient, tell: (packet: ConnectPacket) => string): Observable<string> =>
  client.packet$.pipe(
    map(({ packet }) => packet),
    filter(packet => packet.cmd === 'connect'),
    map(tell),
  );

/** When a client connects to which server, as `12 b`; every attempt fails but those that the script knows. */
export function visits(
  { broker }: MqttHelpers,
  servers: string,
  script: string[],
  options: MqttOptions,
  lifetime: number,
): Observable<string> {
  const urls = servers.split('').map(name => `mqtt://${name}`);
  const client = connecting(urls, { transport: broker(script, { a: connack() }), ...options }, lifetime);
  return journey(client).pipe(
    filter(what => what.startsWith('connecting')),
    map(what => what.replace('connecting mqtt://', '')),
  );
}
