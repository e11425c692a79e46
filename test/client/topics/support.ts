import { type Observable, concatMap, map, takeUntil, timer } from 'rxjs';
import type { MqttClient, MqttMessage, TopicOptions } from '../../../src/index.js';

export const inWords = (message: MqttMessage): string => `${message.topic}=${message.text()}`;

/** The messages of a filter from one moment on, until another, in words. */
export function topicFrom(
  ms: number,
  mqtt: MqttClient,
  filter: string | readonly string[],
  options: TopicOptions = {},
  until?: number,
  words: (message: MqttMessage) => string = inWords,
): Observable<string> {
  const messages$ = timer(ms).pipe(
    concatMap(() => mqtt.topic$(filter, options)),
    map(words),
  );
  return until === undefined ? messages$ : messages$.pipe(takeUntil(timer(until)));
}
