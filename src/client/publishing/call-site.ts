import { type Observable, catchError, throwError } from 'rxjs';
import { MqttError } from '../../errors.js';

type Caller = (...args: never[]) => unknown;

/** Of V8: fills in `stack`, from the caller of `below` on. */
type Capture = (target: object, below: Caller) => void;

/** Errors of the stream show where `called` was called: by then the stack has nothing left of it. */
export function withCallSite<T>(source$: Observable<T>, called: Caller): Observable<T> {
  const site: { stack?: string } = {};
  const { captureStackTrace } = Error as { captureStackTrace?: Capture };
  if (captureStackTrace) captureStackTrace(site, called);
  // other engines show a frame or two of ours before it
  else site.stack = new Error().stack ?? '';
  return source$.pipe(
    catchError((error: unknown) => {
      // the first line names the object whose stack it is, in engines that have such a line
      if (MqttError.is(error)) error.stack += `\nPublished at\n${site.stack!.replace(/^(?!\s+at |.*@).*\n/, '')}`;
      return throwError(() => error);
    }),
  );
}
