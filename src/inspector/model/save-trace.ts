import { Observable, type SchedulerLike, asyncScheduler } from 'rxjs';
import type { TraceEvent } from '../../trace/trace-event.js';
import type { EventStore } from './event-store.js';

/** Events that are written before other work has its turn. */
const SLICE = 1_000;

const stamp = /* @__PURE__ */ new Intl.DateTimeFormat('sv-SE', { dateStyle: 'short', timeStyle: 'medium' });

/**
 * Emits a trace file with the events that the store keeps, one JSON line an event, and completes. The file begins with the start of the
 * trace, also when the events after it are no longer kept. Long traces are written in slices; unsubscribing gives up.
 */
export function saveTrace(store: EventStore, scheduler: SchedulerLike = asyncScheduler): Observable<Blob> {
  return new Observable(subscriber => {
    const events: TraceEvent[] = [];
    if (store.start && store.first > 0) events.push(store.start);
    // The store drops events while they are written, so they are collected first.
    for (let i = store.first; i < store.end; i++) events.push(store.get(i));
    const parts: Blob[] = [];
    return scheduler.schedule<number>(function (from = 0) {
      const lines = events.slice(from, from + SLICE).map(event => `${JSON.stringify(event)}\n`);
      parts.push(new Blob(lines));
      if (from + SLICE < events.length) {
        this.schedule(from + SLICE);
        return;
      }
      subscriber.next(new Blob(parts, { type: 'application/x-ndjson' }));
      subscriber.complete();
    });
  });
}

/** Returns a name for the file of a trace: `trace-2026-11-29-14-07-09.jsonl` */
export function fileName(startedAt: number | undefined): string {
  const text = startedAt !== undefined && Math.abs(startedAt) <= 8.64e15 ? `-${stamp.format(startedAt)}` : '';
  return `trace${text.replace(/[^\d-]/g, '-')}.jsonl`;
}
