import { type Observable, map } from 'rxjs';
import type { MqttClient } from '../../src/index.js';
import { type MqttMarbles, virtualBroker } from '../../src/testing/index.js';

/** A client on a broker in memory, both on the virtual time of the test. */
export function onBroker({ client }: MqttMarbles, options: Parameters<MqttMarbles['client']>[1] = {}, lifetime = 50) {
  const broker = virtualBroker({ latency: 1 });
  return { broker, mqtt: client(broker, options, lifetime) };
}

/** Everything a stream says from now on: its values in words, and its end. */
export function heard<T>(stream$: Observable<T>, words: (value: T) => string): string[] {
  const log: string[] = [];
  stream$.subscribe({
    next: value => log.push(words(value)),
    error: (error: unknown) => log.push(`#${(error as { code: string }).code}`),
    complete: () => log.push('|'),
  });
  return log;
}

/** The long-lived streams that show, each value as a word. */
export const showing = (mqtt: MqttClient): Record<string, Observable<string>> => ({
  packet$: mqtt.packet$.pipe(map(({ packet }) => packet.cmd)),
  ack$: mqtt.ack$.pipe(map(({ kind }) => kind)),
  unrouted$: mqtt.unrouted$.pipe(map(({ topic }) => topic)),
  undecodable$: mqtt.undecodable$.pipe(map(({ message }) => message.topic)),
  warning$: mqtt.warning$.pipe(map(({ code }) => code)),
});
