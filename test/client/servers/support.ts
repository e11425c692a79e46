import { type Observable, asyncScheduler, filter, map } from 'rxjs';
import { type MqttClient, type MqttOptions, type ServerOptions, type Transport, mqtt } from '../../../src/index.js';
import { type VirtualBroker, type VirtualBrokerOptions, virtualBroker } from '../../../src/testing/index.js';
import { describePacket } from '../../support/packets.js';

/** Brokers that have nothing to do with each other, one a host, and a transport that leads to each. */
export function brokers<const N extends string>(options: Readonly<Record<N, VirtualBrokerOptions>>) {
  const names = Object.keys(options) as N[];
  const all = Object.fromEntries(names.map(name => [name, virtualBroker(options[name])])) as Record<N, VirtualBroker>;
  const transport: Transport = target => all[target.url.hostname as N].transport(target);
  return { ...all, transport };
}

/** A client that fails over at once, in the order of the servers, and lives for so many ms. */
export function client(
  servers: readonly (string | ServerOptions)[],
  options: MqttOptions,
  lifetime: number,
): MqttClient {
  const reconnect = { initial: 1, jitter: 'none', factor: 1 } as const;
  const made = mqtt(servers, { protocolVersion: 5, random: () => 0, reconnect, ...options });
  asyncScheduler.schedule(() => made.close(), lifetime);
  return made;
}

export const at = (ms: number, work: () => void): void => void asyncScheduler.schedule(work, ms);

/** What the broker receives, in words: `CONNECT v5 resume`, `PUBLISH q1 #1 t`. */
export const received = ({ packet$ }: VirtualBroker): Observable<string> =>
  packet$.pipe(
    filter(({ direction }) => direction === 'received'),
    map(({ packet }) => describePacket(packet)),
  );
