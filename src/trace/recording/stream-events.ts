import { EMPTY, Observable, map } from 'rxjs';
import { addHooks } from '../../client/instrumentation/add-hooks.js';
import { instrumentationOf } from '../../client/instrumentation/instrumentation.js';
import type { MqttClient } from '../../client/mqtt-client.js';
import { MqttError } from '../../errors.js';
import type { Ending } from '../../hooks.js';
import type { TraceError, TraceStream } from '../trace-event.js';
import type { Redactor } from './redactor.js';

interface StreamChange {
  /** Counts the subscribers from 1. */
  readonly stream: number;
  readonly filters: readonly string[];
  /** Undefined for a subscriber that has come. */
  readonly ending?: Ending;
}

const changes = { completed: 'completed', failed: 'errored', unsubscribed: 'left' } as const;

/** Emits when a stream of messages gets a subscriber, and when that one leaves or the stream ends. Completes for a client that has no hooks. */
export function streamEvents(client: MqttClient, at: () => number, redactor: Redactor): Observable<TraceStream> {
  if (instrumentationOf(client) === undefined) return EMPTY;
  return new Observable<StreamChange>(subscriber => {
    let count = 0;
    return addHooks(client, {
      onStream: ({ filters }) => {
        const stream = ++count;
        subscriber.next({ stream, filters });
        return { onEnded: ending => subscriber.next({ stream, filters, ending }) };
      },
    });
  }).pipe(
    map(({ stream, filters, ending }): TraceStream => {
      const known = { type: 'stream' as const, at: at(), stream, filters: filters.map(redactor.topic) };
      if (ending === undefined) return { ...known, change: 'subscribed' };
      const error = ending.status === 'failed' ? { error: plainError(ending.error, filters, redactor) } : {};
      return { ...known, change: changes[ending.status], ...error };
    }),
  );
}

/** The words of an error of the application may be a payload. */
const plainError = (error: unknown, filters: readonly string[], redactor: Redactor): TraceError =>
  MqttError.is(error)
    ? redactor.error(error, filters)
    : { code: error instanceof Error ? error.name : typeof error, message: redactor.foreignError(error) };
