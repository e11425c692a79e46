import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  ReplaySubject,
  defer,
  endWith,
  filter,
  fromEvent,
  interval,
  map,
  merge,
  share,
  takeUntil,
  takeWhile,
  timer,
} from 'rxjs';
import type { MqttClient } from './library.js';

export interface EventStreamOptions {
  /** How many messages are kept, for readers that are new or come back. Default 100. */
  readonly keep?: number;
  /** ms for which messages are kept after the last reader has left. Default 60,000. */
  readonly linger?: number;
  /** ms between comments that keep the connection open. Default 15,000. */
  readonly heartbeat?: number;
  /** bytes that may wait for a slow reader; then its connection is closed. Default 1 MiB. */
  readonly maxWaiting?: number;
}

/**
 * Returns a request handler of `node:http` that sends the messages of a filter as Server-Sent Events: `{ topic, payload }` as JSON. All readers
 * share one subscription. A reader that comes back with `Last-Event-ID` gets what it has missed.
 */
export function serverSentEvents(
  client: MqttClient,
  topics: string,
  { keep = 100, linger = 60_000, heartbeat = 15_000, maxWaiting = 2 ** 20 }: EventStreamOptions = {},
): (request: IncomingMessage, response: ServerResponse) => void {
  const event$ = defer(() => {
    // An id names its series, because the numbers of another series, or of another process, say nothing about this one.
    const series = randomUUID();
    return client.topic$(topics).pipe(
      map((message, number) => {
        const data = JSON.stringify({ topic: message.topic, payload: message.text() });
        return { series, number, text: `id: ${series}/${number}\ndata: ${data}\n\n` };
      }),
    );
  }).pipe(
    share({
      connector: () => new ReplaySubject(keep),
      resetOnRefCountZero: () => timer(linger),
      resetOnComplete: false, // or the timer would start when disconnect() ends the responses
    }),
  );
  const heartbeat$ = interval(heartbeat).pipe(map(() => ':\n\n'));

  return (request, response) => {
    const [series, number] = String(request.headers['last-event-id']).split('/');
    const missed$ = event$.pipe(
      filter(event => event.series !== series || event.number > Number(number)),
      map(({ text }) => text),
      endWith(undefined), // the heartbeat has no end
    );
    response.writeHead(200, { 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store' });
    response.write('retry: 2000\n\n');
    merge(missed$, heartbeat$)
      .pipe(
        takeWhile((text): text is string => text !== undefined && !response.destroyed),
        takeUntil(fromEvent(response, 'close')),
      )
      .subscribe({
        next: text => {
          response.write(text);
          // Its browser connects again, and gets what is still kept.
          if (response.writableLength > maxWaiting) response.destroy();
        },
        error: () => response.destroy(),
        complete: () => response.end(),
      });
  };
}
