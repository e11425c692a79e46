import { type Observable, type Subscription, asyncScheduler, catchError, map, of } from 'rxjs';
import { wordsOf } from '../../quoted.js';
import type { StoreBounds } from '../model/event-store.js';
import { type OpenedTrace, openTrace } from '../model/open-trace.js';
import { element } from './dom.js';

/** ms for which the URL of a file stays valid, so that a browser that asks where to put it can still read it. */
const KEPT = 60_000;

/** Saves a file on the machine of the user. */
export function download(file: Blob, name: string): Subscription {
  const url = URL.createObjectURL(file);
  element('a', { href: url, download: name }).click();
  return asyncScheduler.schedule(() => URL.revokeObjectURL(url), KEPT);
}

/** Reads a trace file. Emits the trace, or the words of the error: a file that cannot be read is not the end of the inspector. */
export function openFile(
  file: File,
  bounds: StoreBounds,
): Observable<{ readonly opened: OpenedTrace } | { readonly error: string }> {
  return openTrace(file, bounds).pipe(
    map(opened => ({ opened })),
    catchError((error: unknown) => of({ error: wordsOf(error) })),
  );
}
