import { type Observable, defer, filter, map, tap } from 'rxjs';
import type { MqttClient } from '../../client/mqtt-client.js';
import type { TraceEvent } from '../trace-event.js';
import { recordTrace } from './record-trace.js';
import type { TraceOptions } from './trace-options.js';
import { type TraceBounds, TraceRing } from './trace-ring.js';

/** What {@link traceOnError} keeps. */
export interface TraceOnErrorOptions extends TraceOptions {
  /** How much is kept: whichever bound is met first. */
  last?: TraceBounds;
}

/**
 * Keeps the last events of a client, and gives them to you as a trace when something went wrong.
 *
 * Emits a trace when a connection ends with an error, when the first attempt of a client fails, when the client closes with an error, and when
 * a warning comes. Attempts that fail one after another call for one trace. If earlier events were forgotten, the trace begins with the packets
 * that opened the connection and made its subscriptions, at 0 ms. Completes when the client closes; errors as {@link recordTrace} does.
 * Unsubscribing forgets the events. Acts per subscription.
 */
export function traceOnError(client: MqttClient, options: TraceOnErrorOptions = {}): Observable<readonly TraceEvent[]> {
  return defer(() => {
    const ring = new TraceRing(options.last);
    const isTrigger = triggers();
    return recordTrace(client, options).pipe(
      tap(event => ring.add(event)),
      filter(isTrigger),
      map(() => ring.trace()),
    );
  });
}

/** Returns the predicate of the events that call for a trace. Attempts that fail one after another call for one trace. */
function triggers(): (event: TraceEvent) => boolean {
  let isKnown = false;
  return event => {
    if (event.type === 'warning') return true;
    if (event.type !== 'state') return false;
    if (event.status === 'connected') isKnown = false;
    if (event.error === undefined) return false;
    const isNew = !isKnown || event.status === 'closed';
    isKnown = true;
    return isNew;
  };
}
