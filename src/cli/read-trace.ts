import { createReadStream } from 'node:fs';
import { type Observable, catchError, from, throwError } from 'rxjs';
import { type TraceEvent, fromJsonLines } from '../trace/index.js';
import type { Terminal } from './terminal.js';
import { UsageError } from './usage-error.js';

/** Reads a trace from a file, or from the standard input (`-`). It holds no more than a line. */
export function readTrace(file: string, { stdin }: Terminal): Observable<TraceEvent> {
  const chunks = file === '-' ? stdin : createReadStream(file);
  return from(chunks as AsyncIterable<Uint8Array>).pipe(
    catchError((error: unknown) => {
      const { code } = error as NodeJS.ErrnoException;
      return throwError(() => (code === undefined ? error : new UsageError(`cannot read ${file}: ${code}`)));
    }),
    fromJsonLines(),
  );
}
