import { Observable, defer, endWith, ignoreElements, map, takeWhile } from 'rxjs';
import { fromJsonLines } from '../../trace/lines/json-lines.js';
import type { DamagedLine } from '../../trace/lines/line-reader.js';
import type { TraceEvent } from '../../trace/trace-event.js';
import { EventStore, type StoreBounds } from './event-store.js';
import { isShowable } from './is-showable.js';

export interface OpenedTrace {
  readonly name: string;
  readonly store: EventStore;
  /** Lines that are no event of a trace. */
  readonly damaged: number;
  /** Whether the file has more events than the bounds allow. */
  readonly isCut: boolean;
}

/**
 * Reads a trace file, up to the bounds. Emits once and completes. Errors with `TRACE_UNREADABLE` if the file is not a trace. Unsubscribing
 * stops reading.
 */
export function openTrace(file: Blob & { readonly name: string }, bounds: StoreBounds): Observable<OpenedTrace> {
  return defer(() => {
    // The store of a file has no bounds: it would drop the beginning, and what is too long loses its end.
    const store = new EventStore({ events: Infinity, bytes: Infinity });
    let damaged = 0;
    let isCut = false;
    const onDamaged = ({ isTruncated }: DamagedLine) => {
      // The last line of a trace that was cut off is no damage that a user has to know about.
      if (!isTruncated) damaged++;
    };
    const add = (event: TraceEvent) => {
      if (isShowable(event)) store.push(event);
      else damaged++;
    };
    return chunksOf(file).pipe(
      fromJsonLines({ onDamaged }),
      takeWhile(() => {
        isCut = store.end >= bounds.events || store.bytes >= bounds.bytes;
        return !isCut;
      }),
      map(add),
      ignoreElements(),
      endWith(undefined),
      map(() => ({ name: file.name, store, damaged, isCut })),
    );
  });
}

/** Emits the bytes of a file, chunk by chunk. Unsubscribing stops reading. */
function chunksOf(file: Blob): Observable<Uint8Array> {
  return new Observable(subscriber => {
    const reader = file.stream().getReader();
    const read = (): void => {
      reader.read().then(
        ({ done, value }) => {
          if (done) return subscriber.complete();
          subscriber.next(value);
          if (!subscriber.closed) read();
        },
        (error: unknown) => subscriber.error(error),
      );
    };
    read();
    return () => void reader.cancel().catch(() => undefined);
  });
}
