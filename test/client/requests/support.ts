import { type Observable, concatMap, map, takeUntil, timer } from 'rxjs';
import type { MqttClient, MqttMessage, PublishPacket, RequestOptions } from '../../../src/index.js';
import { publish } from '../../support/packets.js';

export const fixed = { initial: 3, jitter: 'none' } as const;
/** Where the replies to a client of this name go. */
export const me = { clientId: 'me', reconnect: fixed } as const;
export const inbox = 'rxjs-mqtt/reply/me';

const decoder = new TextDecoder();

/** The id of the nth request of a client whose `random` says 1. */
export const idOf = (n: number): string => `ffffffffffffffff-${n}`;

/** The reply to the nth request of a client. */
export const reply = (n: number, payload: string, topic = inbox): PublishPacket =>
  publish(topic, { payload, properties: { correlationData: Buffer.from(idOf(n)) } });

/** A request of the nth id of a client called you. */
export const asked = (topic: string, n: number, payload = '', responseTopic = 'rxjs-mqtt/reply/you'): PublishPacket =>
  publish(topic, { payload, properties: { responseTopic, correlationData: Buffer.from(String(n)) } });

/** A request from one moment on, until another; its replies in words. */
export function requestAt(
  ms: number,
  mqtt: MqttClient,
  topic: string,
  options: RequestOptions = {},
  until?: number,
): Observable<string> {
  const reply$ = timer(ms).pipe(
    concatMap(() => mqtt.request(topic, 'x', options)),
    map((message: MqttMessage) => message.text()),
  );
  return until === undefined ? reply$ : reply$.pipe(takeUntil(timer(until)));
}

/** Every PUBLISH that goes out: `topic <- response topic (correlation data) payload`. */
export const exchanges = (mqtt: MqttClient): Observable<string> =>
  mqtt.packet$.pipe(
    concatMap(({ direction, packet }) => (direction === 'sent' && packet.cmd === 'publish' ? [packet] : [])),
    map(({ topic, payload, properties = {} }) => {
      const { responseTopic, correlationData } = properties;
      return [
        topic,
        responseTopic ? `<- ${responseTopic}` : '',
        correlationData ? `(${decoder.decode(correlationData)})` : '',
        decoder.decode(payload),
      ]
        .filter(Boolean)
        .join(' ');
    }),
  );
